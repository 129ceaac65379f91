import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeAfterTest, failureOf, testSession, type TestSession } from "../../test/test-session.ts";
import type { DeadlineError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import type { SessionOptions } from "./options.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

/** A session whose polls wait in no time at all, on a clock that counts the waits. */
function polling(options: SessionOptions = {}): TestSession {
  let now = 0;
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    now += ms;
  };
  return { session: testSession({ baseUrl: api.url, ...options }, { sleep, now: () => now }).session, waits };
}

describe("poll()", () => {
  it("asks until `until` is content, `every` so often", async () => {
    api
      .on("GET /job")
      .reply({ json: { done: false } }, { times: 2 })
      .reply({ json: { done: true } });
    const { session, waits } = polling();
    const response = await session.poll("/job", { until: (r) => r.json<{ done: boolean }>().done, every: "3s" });
    expect([response.json(), api.calls.length, waits]).toEqual([{ done: true }, 3, [3000, 3000]]);
  });

  it("takes an asynchronous `until`, and two seconds between calls by default", async () => {
    api.on("GET /job").reply({ json: 1 }).reply({ json: 2 });
    const { session, waits } = polling();
    expect((await session.poll("/job", { until: async (r) => r.json() === 2 })).json()).toBe(2);
    expect(waits).toEqual([2000]);
  });

  it("follows a 202's Location and waits as long as its Retry-After says", async () => {
    api.on("GET /start").reply({ status: 202, headers: { location: "/jobs/7?x=1", "retry-after": "7" } });
    api
      .on("GET /jobs/7")
      .reply({ status: 202, headers: { "retry-after": "1" } })
      .reply({ text: "done" });
    const { session, waits } = polling({ headers: { "x-api-key": "key-12345678" } });
    const response = await session.poll("/start", { params: { q: "only here" } });
    expect([response.text(), waits]).toEqual(["done", [7000, 2000]]);
    expect(api.calls.map((call) => [call.target, call.headers["x-api-key"]])).toEqual([
      ["/start?q=only+here", "key-12345678"],
      ["/jobs/7?x=1", "key-12345678"],
      ["/jobs/7?x=1", "key-12345678"],
    ]);
  });

  it("does not follow a Location to another origin, with or without a base", async () => {
    const other = closeAfterTest(await fakeServer());
    other.on("*").reply();
    api.on("GET /start").reply({ status: 202, headers: { location: `${other.url}/steal` } });
    for (const [session, target] of [
      [polling().session, "/start"],
      [testSession({ auth: undefined, headers: { "x-api-key": "k" } }).session, `${api.url}/start`],
    ] as const) {
      expect(await failureOf(session.poll(target))).toMatchObject({
        code: "ERR_REDIRECT_REFUSED",
        message: expect.stringMatching(/the 202 points to another origin/),
      });
    }
    expect(other.calls).toHaveLength(0);
  });

  it("ends at its deadline, telling how often it asked and the last answer", async () => {
    api.on("GET /job").reply({ status: 202 });
    const { session, waits } = polling();
    const error = (await failureOf(session.poll("/job", { every: "10s", deadline: "25s" }))) as DeadlineError;
    expect([error.code, error.message, waits]).toEqual([
      "ERR_DEADLINE",
      `GET ${api.url}/job: what was waited for did not come within 25 s; asked 3 times, last answer 202`,
      [10_000, 10_000],
    ]);
  });

  it("does not wait when the server asks for more than is left", async () => {
    api.on("GET /job").reply({ status: 202, headers: { "retry-after": "600" } });
    const { session, waits } = polling();
    expect(await failureOf(session.poll("/job"))).toMatchObject({ code: "ERR_DEADLINE" });
    expect(waits).toEqual([]);
  });

  it("bounds each call by what is left of the deadline", async () => {
    api.on("GET /job").hang();
    const { session } = polling();
    expect(await failureOf(session.poll("/job", { deadline: "30ms" }))).toMatchObject({ code: "ERR_DEADLINE" });
  });

  it("raises a final error status unless `until` accepts it", async () => {
    api.on("GET /job").fail(404);
    const { session } = polling();
    expect(await failureOf(session.poll("/job"))).toMatchObject({ code: "ERR_HTTP_STATUS", status: 404 });
    expect((await session.poll("/job", { until: (r) => r.status === 404 })).status).toBe(404);
  });

  it("is cancelled between two calls", async () => {
    api.on("GET /job").reply({ status: 202 });
    const { session } = testSession({ baseUrl: api.url }, { sleep: undefined });
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 15);
    expect(await failureOf(session.poll("/job", { signal: abort.signal }))).toMatchObject({
      code: "ERR_ABORTED",
      cause: { message: "enough" },
    });
  });

  it("refuses wrong options", async () => {
    const { session } = polling();
    for (const options of [{ until: true }, { every: "often" }, { deadline: 0 }, { stream: true }, { fallback: 1 }, { interval: 1 }]) {
      expect(await failureOf(session.poll("/job", options as object))).toMatchObject({
        name: "InvalidRequestError",
        code: "ERR_INVALID_OPTION",
      });
    }
    expect(api.calls).toHaveLength(0);
  });
});
