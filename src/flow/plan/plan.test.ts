import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { failureOf, server, testSession } from "../../../test/test-session.ts";
import { isHTTPError } from "../../errors/index.ts";
import { literalSecret } from "../../secrets/index.ts";
import { Slack } from "../../services/slack/index.ts";
import { flow, plan } from "../index.ts";

describe("a plan of plain sessions", () => {
  it("ends where its write was held back, and tells what it would have sent", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [1, 2] });
    const { session } = testSession({ baseUrl: api.url, headers: { "x-api-key": "not to be shown" } });
    const planned = await plan(async () => {
      await session.get("/users").json();
      await session.post("/posts", { params: { access_token: "abc123abc123" }, form: { title: "hi", password: "hunter2hunter2" } });
      expect.unreachable("it went on");
    });
    expect(planned).toMatchObject({ isComplete: false, value: undefined, reads: 1, stoppedBy: { code: "ERR_HELD_BACK" } });
    expect(planned.requests).toEqual([
      {
        method: "POST",
        url: `${api.url}/posts?access_token=[redacted]`,
        outcome: "held",
        body: "title=hi&password=[redacted]",
        status: undefined,
        effect: undefined,
        differences: [],
        note: undefined,
        step: undefined,
      },
    ]);
    expect(JSON.stringify(planned.requests)).not.toMatch(/abc123|hunter2|not to be shown/);
    expect(api.calls.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("goes on where the function catches it, and never puts a fallback in its place", async () => {
    const { session } = testSession();
    const planned = await plan(async () => {
      const codes: unknown[] = [];
      for (const path of ["a", "b"]) {
        const sending = session.delete(`http://writes.invalid/${path}`, { fallback: "instead", retry: { attempts: 5 } });
        codes.push((await failureOf(sending)) instanceof Error);
      }
      return codes;
    });
    expect(planned).toMatchObject({ isComplete: true, value: [true, true] });
    expect(planned.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "DELETE http://writes.invalid/a",
      "DELETE http://writes.invalid/b",
    ]);
  });

  it("looks up no name, signs and opens nothing, waits for nothing, and leaves breaker, limits and listeners alone", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [] });
    const seen: string[] = [];
    const lookup = (name: string): void => {
      seen.push(`lookup of ${name}`);
    };
    const auth = {
      scheme: "custom",
      sign: () => {
        seen.push("signed");
      },
    };
    const options = { breaker: true, concurrency: 1, onAttempt: () => seen.push("attempt"), auth, allowAbsolute: true } as const;
    const { session, waits } = testSession({ ...options, baseUrl: api.url }, { lookup });
    const { value = [] } = await plan(() =>
      Promise.allSettled(Array.from({ length: 60 }, (_, n) => session.put(n % 2 === 0 ? "/x" : "http://name.test/x", { json: {} }))),
    );
    expect(value).toHaveLength(60);
    for (const settled of value) expect(settled).toMatchObject({ status: "rejected", reason: { code: "ERR_HELD_BACK", attempts: [] } });
    expect([seen, waits, api.calls, api.connections]).toEqual([[], [], [], 0]);
    // Sixty failures would have opened the circuit.
    expect((await session.get("/users")).status).toBe(200);
  });

  it("shows of a body what can be shown, and no more than its beginning", async () => {
    const { session } = testSession();
    const bodyOf = async (options: Parameters<typeof session.post>[1]): Promise<string | undefined> => {
      const { requests } = await plan(() => session.post("http://writes.invalid/", options as { stream?: false }));
      return requests[0]?.body;
    };
    expect(await bodyOf(undefined)).toBeUndefined();
    expect(await bodyOf({ json: { auth: literalSecret("s3cr3t-s3cr3t", "env:TOKEN"), list: [1] } })).toBe(
      '{"auth":"[secret env:TOKEN]","list":[1]}',
    );
    expect(await bodyOf({ json: { text: "x".repeat(5000) } })).toHaveLength(1001);
    expect(await bodyOf({ body: '{"token":"s3cr3t-s3cr3t"}' })).toBe('{"token":"[redacted]"}');
    expect(await bodyOf({ body: "plain" })).toBe("plain");
    expect(await bodyOf({ body: new Uint8Array(12) })).toBe("[12 bytes]");
    expect(await bodyOf({ body: new Blob(["abc"]) })).toBe("[3 bytes]");
    expect(await bodyOf({ body: { path: "report.txt" } })).toBe("[file report.txt]");
    expect(await bodyOf({ body: new URLSearchParams({ a: "1", client_secret: "s3cr3t" }) })).toBe("a=1&client_secret=[redacted]");
    expect(await bodyOf({ body: (async function* () {})() })).toBe("[stream]");
    expect(await bodyOf({ form: [["a", "1"]] })).toBe("a=1");
    expect(await bodyOf({ files: { report: { path: "report.txt" } } })).toBe("[files: report]");
  });

  it("sends what is marked safe, and holds back a GET that is marked otherwise", async () => {
    const api = await server();
    api.on("POST /search").reply({ json: ["found"] });
    const { session } = testSession({ baseUrl: api.url });
    const planned = await plan(async () => {
      const found = await session.post("/search", { json: { q: "x" }, safe: true }).json();
      await session.get("/reboot?now=1", { safe: false }).catch(() => undefined);
      return found;
    });
    expect(planned).toMatchObject({ isComplete: true, value: ["found"], reads: 1 });
    expect(planned.requests).toMatchObject([{ method: "GET", url: `${api.url}/reboot?now=1`, outcome: "held" }]);
    expect(api.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /search"]);
  });

  it("plans the runs of flows that are started in it", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [1, 2] });
    const { session } = testSession({ baseUrl: api.url });
    const count = flow("count", (run) =>
      run.step("users", () =>
        session
          .get("/users")
          .json<number[]>()
          .then((users) => users.length),
      ),
    );
    const publish = flow("publish", (run) => run.step("post", () => session.post("/posts").json()));
    const planned = await plan(async () => {
      const total = await count.start(undefined, { journal: "/nowhere/at/all" });
      await publish.start(undefined, { id: "publish-1", journal: "/nowhere/at/all" });
      return total;
    });
    expect(planned).toMatchObject({ isComplete: false, reads: 1, stoppedBy: { code: "ERR_HELD_BACK", runId: "publish-1" } });
    expect(planned.requests).toMatchObject([{ method: "POST", outcome: "held", step: "publish-1/post" }]);
    expect(api.calls.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("tells an error of the function's own, and what was held back before", async () => {
    const { session } = testSession();
    const planned = await plan(async () => {
      await session.post("http://writes.invalid/").catch(() => undefined);
      throw new TypeError("undefined is not a post");
    });
    expect(planned).toMatchObject({
      isComplete: false,
      stoppedBy: { message: "undefined is not a post" },
      requests: [{ outcome: "held" }],
    });
  });

  it("holds a message to Slack back, and does not say that it may have arrived", async () => {
    const { session } = testSession();
    const slack = new Slack({ webhook: "https://hooks.slack.com/services/T0/B0/x", session });
    const planned = await plan(() => slack.send({ text: "deployed" }));
    expect(planned).toMatchObject({ isComplete: false, stoppedBy: { code: "ERR_HELD_BACK" } });
    expect(planned.requests).toMatchObject([{ method: "POST", outcome: "held", body: '{"text":"deployed"}' }]);
    expect(JSON.stringify(planned.requests)).not.toContain("T0/B0");
  });

  it("holds what a module does as it is imported", async () => {
    const planned = await plan(() => import("../../../test/flow/writes-when-imported.ts"));
    expect(planned).toMatchObject({ isComplete: true, value: { first: "ERR_HELD_BACK" } });
    expect(planned.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST http://writes.invalid/one",
      "PUT http://writes.invalid/two",
    ]);
    expect(readFileSync(new URL("../../../test/flow/writes-when-imported.ts", import.meta.url), "utf8")).toContain("await");
  });
});

describe("a service with dry runs", () => {
  it("is sent the write with what makes it one, and the function goes on with the answer", async () => {
    const api = await server();
    api.on("POST /v1/disks").reply({ status: 200, json: { ok: true } });
    const { session } = testSession({
      baseUrl: `${api.url}/v1`,
      dryRun: { params: { validateOnly: true }, headers: { "x-dry-run": "1" } },
    });
    const planned = await plan(() => session.post("/disks", { params: { zone: "a b", validateOnly: "false" }, json: { size: 1 } }).json());
    expect(planned).toMatchObject({ isComplete: true, value: { ok: true } });
    expect(planned.requests).toMatchObject([{ method: "POST", outcome: "dryRun", status: 200, body: '{"size":1}' }]);
    expect(api.calls).toMatchObject([{ headers: { "x-dry-run": "1" } }]);
    expect([...(api.calls[0]?.query ?? [])]).toEqual([
      ["zone", "a b"],
      ["validateOnly", "true"],
    ]);
    // Outside of a plan nothing is added.
    await session.post("/disks");
    expect(api.calls[1]?.query.size).toBe(0);
    expect(api.calls[1]?.headers["x-dry-run"]).toBeUndefined();
  });

  it("is not followed where it redirects, and not believed elsewhere", async () => {
    const api = await server();
    const other = await server();
    api.on("PUT /moved").redirect(`${api.url}/real`, 307);
    const { session } = testSession({ baseUrl: api.url, allowAbsolute: true, dryRun: { params: { dryRun: "All" } } });
    const planned = await plan(async () => {
      const { status } = await session.put("/moved");
      const codes: unknown[] = [];
      for (const sending of [
        session.post(`${other.url}/x`),
        session.post("/x", { dryRun: false }),
        session.extend({ baseUrl: other.url }).post("/x"),
      ])
        codes.push(await failureOf(sending));
      return { status, codes };
    });
    expect(planned).toMatchObject({
      value: { status: 307, codes: [{ code: "ERR_HELD_BACK" }, { code: "ERR_HELD_BACK" }, { code: "ERR_HELD_BACK" }] },
    });
    expect(planned.requests.map(({ outcome }) => outcome)).toEqual(["dryRun", "held", "held", "held"]);
    expect(api.calls.map(({ path }) => path)).toEqual(["/moved"]);
    expect(other.calls).toEqual([]);
  });

  it("says of a refusal what it says", async () => {
    const api = await server();
    api.on("DELETE /disks/1").reply({ status: 409 });
    const { session } = testSession({ baseUrl: api.url });
    const planned = await plan(() => session.delete("/disks/1", { dryRun: { params: { dryRun: 1 } } }).json());
    expect(isHTTPError(planned.stoppedBy)).toBe(true);
    expect(planned.requests).toMatchObject([{ outcome: "dryRun", status: 409, url: `${api.url}/disks/1` }]);
    expect(api.calls[0]?.query.get("dryRun")).toBe("1");
  });

  it("takes no wrong options", async () => {
    const wrong = [{}, { params: {} }, { params: { a: undefined } }, { param: { a: 1 } }, true, { headers: { a: null } }];
    for (const dryRun of wrong) {
      expect(() => testSession({ baseUrl: "http://a.invalid", dryRun: dryRun as never }), JSON.stringify(dryRun)).toThrow(/dryRun/);
      expect(await failureOf(testSession().session.post("http://a.invalid", { dryRun: dryRun as never }))).toMatchObject({
        code: "ERR_INVALID_OPTION",
      });
    }
    expect(() => testSession({ dryRun: { params: { a: 1 } } })).toThrow("dryRun of a session needs its baseUrl");
    expect(await failureOf(testSession().session.post("http://a.invalid", { safe: "yes" as never }))).toMatchObject({
      code: "ERR_INVALID_OPTION",
    });
  });
});
