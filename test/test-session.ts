import { onTestFinished } from "vitest";
import { withSeams, type Seams } from "../src/client/seams.ts";
import { Session, type SessionOptions } from "../src/client/index.ts";
import { fakeServer, type FakeServer } from "../src/playground/index.ts";
import { rawServer, type RawExchange, type RawServer, type RawServerOptions } from "./raw-server.ts";

/** Closed after the test, in reverse order; not by a hook of this module, which only the first file of a process would register. */
export function closeAfterTest<T extends { close(): Promise<void> }>(resource: T): T {
  onTestFinished(() => resource.close());
  return resource;
}

export interface TestSession {
  readonly session: Session;
  /** The waits between attempts, none of which really took place. */
  readonly waits: number[];
}

/** A session that notes its waits instead of sleeping, and whose jitter is always the whole span. Closed after the test. */
export function testSession(options: SessionOptions = {}, seams: Seams = {}): TestSession {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { session: closeAfterTest(new Session(withSeams({ ...options }, { sleep, random: () => 1, ...seams }))), waits };
}

/** A scripted server, closed after the test. */
export async function server(): Promise<FakeServer> {
  return closeAfterTest(await fakeServer());
}

/** A raw server, closed after the test. */
export async function raw(answer: (exchange: RawExchange) => void, options?: RawServerOptions): Promise<RawServer> {
  return closeAfterTest(await rawServer(answer, options));
}

/** The error a call rejects with, for assertions one by one. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("the call did not fail");
}
