import { fakeServer, type FakeCall } from "../../../src/playground/index.ts";

export interface CountedCall {
  readonly target: string;
  readonly key: string | undefined;
  readonly body: string;
}

export interface CountingServer {
  readonly url: string;
  readonly calls: CountedCall[];
  /** Called with each request before it is answered. */
  onCall: (() => void) | undefined;
  /** Answers take this long. */
  delayMs: number;
  close(): Promise<void>;
}

/** The service that a run works on. It counts calls, and acts once per key. */
export async function countingServer(): Promise<CountingServer> {
  const server = await fakeServer();
  const counting: CountingServer = { url: server.url, calls: [], onCall: undefined, delayMs: 0, close: () => server.close() };
  const note = async (call: FakeCall): Promise<void> => {
    const key = call.headers["idempotency-key"];
    counting.calls.push({ target: `${call.method} ${call.path}`, key: key === undefined ? undefined : String(key), body: call.text() });
    counting.onCall?.();
    if (counting.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, counting.delayMs));
  };
  server.on("*").reply(async (call) => {
    await note(call);
    return { json: {} };
  });
  server.on("GET /items").reply(async (call) => {
    await note(call);
    return { json: Array.from({ length: Number(call.query.get("count")) }, (_each, index) => ({ id: index + 1 })) };
  });
  server.on("GET /items/:id").reply(async (call) => {
    await note(call);
    return { json: { size: Number(call.params["id"]) * 10 } };
  });
  return counting;
}
