import { channel } from "node:diagnostics_channel";

/** What the channel `errand:signal` says when a run begins to wait. */
export interface SignalMessage {
  readonly runId: string;
  /** As `engine.signal(runId, name, value)` takes it. */
  readonly name: string;
}

/** `errand:signal` of node:diagnostics_channel: whoever runs a flow can tell people that it waits for them. */
const signalChannel = channel("errand:signal");

/** Tells that a signal is waited for, unless it was there already. */
export function tellWaiting(arriving: Promise<unknown>, message: SignalMessage): void {
  if (!signalChannel.hasSubscribers) return;
  const telling = setImmediate(() => signalChannel.publish(message));
  const isHere = (): void => clearImmediate(telling);
  arriving.then(isHere, isHere);
}
