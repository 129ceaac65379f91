import { describe, expect, it } from "vitest";
import { journalPath } from "../../test/flow/journal-folder.ts";
import { failureOf, server, testSession } from "../../test/test-session.ts";
import { flow, localEngine } from "../flow/index.ts";

describe("a request that is marked safe", () => {
  it("is repeated like a GET, without a key", async () => {
    const api = await server();
    api
      .on("POST /search")
      .fail(503, { times: 2 })
      .reply({ json: ["found"] });
    const { session } = testSession({ baseUrl: api.url, honoursIdempotencyKey: true });
    expect(await session.post("/search", { json: { q: "x" }, safe: true }).json()).toEqual(["found"]);
    expect(api.calls.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined, undefined]);
  });

  it("is not repeated where a GET is not", async () => {
    const api = await server();
    api.on("POST /search").fail(503, { times: 9 });
    const { session } = testSession({ baseUrl: api.url, retry: { methods: ["PUT"] } });
    const response = await session.post("/search", { safe: true });
    expect(response.attempts.map(({ stopped }) => stopped)).toEqual(["method"]);
    expect((await session.post("/search", { safe: true, retry: false })).attempts).toHaveLength(1);
  });

  it("is repeated where its connection breaks, too", async () => {
    const api = await server();
    api.on("POST /search").reset({ times: 1 }).reply({ json: 1 });
    const { session } = testSession({ baseUrl: api.url });
    expect(await session.post("/search", { safe: true }).json()).toBe(1);
  });

  it("needs neither intent nor key in a durable run, and its step is tried again", async () => {
    const api = await server();
    api.on("POST /search").reply({ status: 500 }).reply({ json: 1 });
    const { session } = testSession({ baseUrl: api.url });
    const engine = localEngine({ journal: await journalPath() });
    const states: string[] = [];
    const search = flow("search", (run) =>
      run.step(
        "search",
        async () => {
          const response = await session.post("/search", { safe: true, retry: false });
          states.push(...engine.steps("s").map(({ state }) => state));
          return response.json<number>();
        },
        { retry: { backoff: 1 } },
      ),
    );
    expect(await search.start(undefined, { id: "s", engine })).toBe(1);
    expect(states).toEqual([]);
    expect(api.calls.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined]);
    await engine.close();
  });
});

describe("a GET that is marked otherwise", () => {
  it("is not repeated, unless the call gave a key", async () => {
    const api = await server();
    api.on("GET /reboot").fail(503, { times: 3 }).reply({ json: 1 });
    const { session } = testSession({ baseUrl: api.url });
    expect((await session.get("/reboot", { safe: false })).attempts.map(({ stopped }) => stopped)).toEqual(["method"]);
    expect((await session.get("/reboot", { safe: false, idempotencyKey: "k" })).attempts).toHaveLength(3);
  });

  it("has its intent and key in a durable run", async () => {
    const api = await server();
    api.on("GET /reboot").reply({ json: 1 });
    const { session } = testSession({ baseUrl: api.url });
    const engine = localEngine({ journal: await journalPath() });
    const states: string[] = [];
    const reboot = flow("reboot", (run) =>
      run.step("reboot", async () => {
        const sent = await session.get("/reboot", { safe: false }).json<number>();
        states.push(...engine.steps("r").map(({ state, intents }) => `${state} ${intents.map(({ isRepeatable }) => isRepeatable)}`));
        return sent;
      }),
    );
    expect(await reboot.start(undefined, { id: "r", engine })).toBe(1);
    expect(states).toEqual(["begun false"]);
    expect(api.calls[0]?.headers["idempotency-key"]).toMatch(/^[\w-]{43}$/);
    await engine.close();
  });

  it("leaves PUT and DELETE what they are", async () => {
    const api = await server();
    api.on("PUT /x").fail(503, { times: 1 }).reply({ json: 1 });
    const { session } = testSession({ baseUrl: api.url });
    expect((await session.put("/x", { safe: false })).attempts).toHaveLength(2);
    expect(await failureOf(session.put("/x", { safe: 1 as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });
});
