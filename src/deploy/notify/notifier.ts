import { redactText } from "../../secrets/index.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { DeployContext } from "../context.ts";
import type { NotifySpec } from "../file/deploy-file.ts";
import type { NotificationRecord } from "../result.ts";
import type { Message } from "./message.ts";

/**
 * Sends a message to every channel that asked for one of its triggers. What goes wrong here is reported and changes nothing else.
 *
 * A message whose outcome is not known is looked for where a token allows that. Otherwise an alert is sent again and marked; a success is
 * not, for one too many is worse than one too few.
 */
export async function sendMessage(context: DeployContext, message: Message): Promise<readonly NotificationRecord[]> {
  const { file, steps, emit } = context;
  const wanted = file.notify
    .map((spec, index) => ({ spec, index }))
    .filter(({ spec }) => spec.on.some((trigger) => message.triggers.includes(trigger)));
  const records: NotificationRecord[] = [];
  for (const { spec, index } of wanted) {
    const record = await steps.step(`notify ${message.id} ${index}`, ({ attempt, signal }) =>
      deliver(context, { spec, message: { ...message, entry: index }, attempt, signal }),
    );
    emit({ type: "notified", notification: record });
    records.push(record);
  }
  return records;
}

interface Delivery {
  readonly spec: NotifySpec;
  readonly message: Message;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

async function deliver({ services }: DeployContext, { spec, message, attempt, signal }: Delivery): Promise<NotificationRecord> {
  const record = { to: nameOf(spec), subject: message.subject };
  const isRepeat = attempt > 1;
  // A webhook tells nothing about its channel; with a token it is looked up there.
  const isBlind = spec.token === undefined;
  if (isRepeat && isBlind && message.tone === "good")
    return { ...record, problem: "it may have been sent before the interruption; not repeated" };
  try {
    const report = await services.notify(spec, { ...message, isRepeat }, signal);
    const note = isRepeat && isBlind ? { note: "sent again as a possible repeat: a webhook does not tell what was sent" } : {};
    return { ...record, ...note, ...report };
  } catch (error) {
    signal.throwIfAborted();
    return { ...record, problem: redactText(describeError(error)) };
  }
}

function nameOf(spec: NotifySpec): string {
  return spec.channel === undefined ? "slack webhook" : `slack ${spec.channel}`;
}
