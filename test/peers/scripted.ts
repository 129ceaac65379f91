import { afterEach, beforeEach } from "vitest";
import { fakeServer, type FakeCall, type FakeServer } from "../../src/playground/index.ts";

export interface Scripted {
  /** A new one for each test; what no route of the test takes is answered with 200 and "ok". */
  readonly api: FakeServer;
  /** The request that arrived last. */
  last(): FakeCall | undefined;
}

/** To be called once at the top of a file: its tests get a scripted server each. */
export function scripted(): Scripted {
  let api: FakeServer | undefined;
  beforeEach(async () => {
    api = await fakeServer();
    api.on("*").reply({ text: "ok" });
  });
  afterEach(() => api?.close());
  return {
    get api() {
      if (api === undefined) throw new Error("the scripted server is there while a test runs");
      return api;
    },
    last: () => api?.calls.at(-1),
  };
}

/** A body that can be read once. */
export async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
