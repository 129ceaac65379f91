import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { journalPath } from "../../../test/flow/journal-folder.ts";
import { failureOf, server, testSession } from "../../../test/test-session.ts";
import { currentRunScope, type Session } from "../../client/index.ts";
import type { FakeServer } from "../../playground/index.ts";
import { flow, localEngine, plan, type FlowPlan } from "../index.ts";

async function shop(): Promise<{ api: FakeServer; session: Session }> {
  const api = await server();
  api.on("GET /users").reply({ json: [{ id: 7 }, { id: 8 }, { id: 9 }] });
  const { session } = testSession({ baseUrl: api.url });
  return { api, session };
}

/** `place state METHOD /path outcome` of each entry. */
function lines({ entries }: FlowPlan): string[] {
  return entries.map(({ id, kind, state, requests, reads }) => {
    const made = requests.map(({ method, url, outcome }) => ` ${method} ${new URL(url).pathname} ${outcome}`).join("");
    return `${id}${kind === "step" ? "" : ` (${kind})`} ${state}${reads === 0 ? "" : ` ${reads} read`}${made}`;
  });
}

const writes = (api: FakeServer): string[] => api.calls.map(({ method }) => method).filter((method) => method !== "GET");

describe("a planned flow", () => {
  it("sends what it reads, lists what it would write, and says that what follows is not known", async () => {
    const { api, session } = await shop();
    const welcome = flow("welcome", async (run, { title }: { title: string }) => {
      const users = await run.step("users", () => session.get("/users").json<{ id: number }[]>());
      const post = await run.step("post", () =>
        session.post("/posts", { json: { title, count: users.length, password: "hunter2hunter2" } }).json<{ id: number }>(),
      );
      await run.step("read", () => session.get(`/posts/${post.id}`).json());
      return post.id;
    });
    const planned = await welcome.plan({ title: "hello" });
    expect(planned).toMatchObject({ flow: "welcome", isComplete: false, isCut: false, value: undefined, stoppedBy: undefined });
    expect(lines(planned)).toEqual(["users done 1 read", "post held POST /posts held"]);
    const [request] = planned.entries[1]?.requests ?? [];
    expect(request?.body).toBe('{"title":"hello","count":3,"password":"[redacted]"}');
    expect(writes(api)).toEqual([]);
  });

  it("is complete where nothing would be written, and gives the result", async () => {
    const { api, session } = await shop();
    const count = flow("count", (run) =>
      run.step("users", () =>
        session
          .get("/users")
          .json<unknown[]>()
          .then((users) => users.length),
      ),
    );
    const planned = await count.plan(undefined);
    expect(planned).toMatchObject({ isComplete: true, value: 3 });
    expect(writes(api)).toEqual([]);
  });

  it("lists the writes of every item of a map, at whatever concurrency, in the order of the items", async () => {
    const { api, session } = await shop();
    const notify = flow("notify", async (run) => {
      const ids = await run.step("users", () => session.get("/users").json<{ id: number }[]>());
      const many = [...ids, ...Array.from({ length: 20 }, (_, index) => ({ id: 100 + index }))];
      const told = await run.map(
        "tell",
        many,
        (branch, { id }) =>
          branch.step("mail", () =>
            session
              .post(`/mails/${id}`)
              .bytes()
              .then(() => id),
          ),
        { concurrency: 2 },
      );
      await run.step("after", () => told.length);
    });
    const planned = await notify.plan(undefined);
    const expected = [7, 8, 9, ...Array.from({ length: 20 }, (_, index) => 100 + index)];
    expect(lines(planned)).toEqual(["users done 1 read", ...expected.map((id) => `tell[${id}]/mail held POST /mails/${id} held`)]);
    expect(writes(api)).toEqual([]);
  });

  it("goes on with other branches: those of Promise.all, and runs that it calls, by their places", async () => {
    const { session } = await shop();
    const child = flow("child", async (run, { id }: { id: number }) => {
      await run.step("look", () => session.get("/users").json());
      await run.step("change", () =>
        session
          .put(`/users/${id}`, { json: {} })
          .bytes()
          .then(() => 1),
      );
      await run.step("never", () => 1);
    });
    const both = flow("both", async (run) => {
      await Promise.all([
        run.step("left", () =>
          session
            .post("/left")
            .bytes()
            .then(() => 1),
        ),
        run
          .step("right", () => session.get("/users").json())
          .then(() =>
            run.step("right 2", () =>
              session
                .delete("/right")
                .bytes()
                .then(() => 1),
            ),
          ),
        run.callAll("child", child, [{ id: 1 }, { id: 2 }], { concurrency: 1 }),
      ]);
    });
    expect(lines(await both.plan(undefined))).toEqual([
      "left held POST /left held",
      "right done 1 read",
      "child[1]/run/look done 1 read",
      "child[1]/run/change held PUT /users/1 held",
      "child[2]/run/look done 1 read",
      "child[2]/run/change held PUT /users/2 held",
      "right 2 held DELETE /right held",
    ]);
  });

  it("lists sleeps and is past them at once, by its own clock too; a signal ends its branch", async () => {
    const waiting = flow("waiting", async (run) => {
      const before = await run.now();
      await run.sleep("a while", "3d");
      const passed = (await run.now("later")) - before;
      await run.step("slept", () => passed >= 3 * 86_400_000);
      await run.signal("approve");
      await run.step("after", () => 1);
    });
    const startedAt = performance.now();
    const planned = await waiting.plan(undefined);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(lines(planned)).toEqual(["a while (sleep) done", "slept done", "approve (signal) waits"]);
    expect(planned.entries[0]?.sleepMs).toBe(3 * 86_400_000);
  });

  it("tries a step once, runs its finally, and never ends it, even if it catches the error", async () => {
    const { session } = await shop();
    const seen: string[] = [];
    const careless = flow("careless", async (run) => {
      await run.step("post", async () => {
        try {
          await session.post("/posts");
        } catch (error) {
          seen.push(String((error as { code?: string }).code));
        } finally {
          seen.push("finally");
        }
        await session.put("/more").catch(() => undefined);
        return "done";
      });
      seen.push("after");
    });
    const planned = await careless.plan(undefined);
    expect(seen).toEqual(["ERR_HELD_BACK", "finally"]);
    expect(lines(planned)).toEqual(["post held POST /posts held PUT /more held"]);
  });

  it("fails where the run would, with its error; what a flow makes of a failure, it makes in a plan", async () => {
    const { api, session } = await shop();
    api.on("GET /missing").reply({ status: 404 });
    const strict = flow("strict", (run) => run.step("find", () => session.get("/missing").json()));
    const planned = await strict.plan(undefined);
    expect(planned).toMatchObject({ isComplete: false, stoppedBy: { code: "ERR_STEP_FAILED", status: 404, stepId: "find" } });
    expect(planned.entries[0]).toMatchObject({ state: "failed", error: { status: 404 } });
    const lenient = flow("lenient", (run) => run.call("strict", strict, undefined).catch((error: { status: number }) => error.status));
    expect(await lenient.plan(undefined)).toMatchObject({ isComplete: true, value: 404 });
    const wrong = flow("wrong", (run) => run.step("date", () => new Date(0)));
    expect(await wrong.plan(undefined)).toMatchObject({ stoppedBy: { errorCode: "ERR_NOT_JSON" } });
    const loose = flow("loose", () => session.get("/users").json());
    expect(await loose.plan(undefined)).toMatchObject({ stoppedBy: { code: "ERR_OUTSIDE_STEP" } });
  });

  it("waits for steps that the flow left in flight, and for pure code that takes a few turns", async () => {
    const { session } = await shop();
    const leaving = flow("leaving", async (run) => {
      void run.step("left", () =>
        session
          .get("/users")
          .json()
          .then(() => session.post("/left").bytes())
          .then(() => 1),
      );
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return 1;
    });
    expect(lines(await leaving.plan(undefined))).toEqual(["left held 1 read POST /left held"]);
  });

  it("is cut short by its signal and its timeout, with what is known by then; what it reads is aborted", async () => {
    const { api, session } = await shop();
    api.on("GET /slow").hang();
    let aborted: unknown;
    const slow = flow("slow", async (run) => {
      await run.step("users", () => session.get("/users").json());
      await run.step("slow", () =>
        session
          .get("/slow")
          .catch((error: unknown) => (aborted = error))
          .then(() => 1),
      );
    });
    const planned = await slow.plan(undefined, { timeout: 80 });
    expect(planned).toMatchObject({ isComplete: false, isCut: true });
    expect(lines(planned)).toEqual(["users done 1 read", "slow unfinished 1 read"]);
    await expect.poll(() => aborted).toMatchObject({ code: "ERR_ABORTED" });
    const gone = AbortSignal.abort(new Error("enough"));
    expect(await failureOf(slow.plan(undefined, { signal: gone }))).toMatchObject({ message: "enough" });
  });

  it("asks once where it would poll, and does not wait", async () => {
    const { api, session } = await shop();
    api.on("GET /jobs/1").reply({ status: 202, headers: { "retry-after": "60" } });
    const polling = flow("polling", (run) => run.step("job", () => session.poll("/jobs/1").then((response) => response.status)));
    const planned = await polling.plan(undefined);
    expect(lines(planned)).toEqual(["job waits 1 read GET /jobs/1 waits"]);
    expect(planned.entries[0]?.requests[0]?.note).toBe("answered 202; it would be asked again after 60 s");
    expect(api.calls).toHaveLength(1);
  });

  it("goes on from what a run has recorded, and records nothing itself", async () => {
    const { api, session } = await shop();
    api.on("POST /a").reply({ json: { id: 1 } });
    const stop = new AbortController();
    const two = flow("two", async (run) => {
      const { id } = await run.step("a", () => session.post("/a", { idempotencyKey: "a" }).json<{ id: number }>());
      stop.abort();
      await run.step("b", () =>
        session
          .post(`/b/${id}`)
          .bytes()
          .then(() => 1),
      );
    });
    const engine = localEngine({ journal: await journalPath() });
    expect(await failureOf(two.start(undefined, { id: "two-1", engine, signal: stop.signal }))).toMatchObject({
      code: "ERR_RUN_SUSPENDED",
    });
    const before = engine.steps("two-1");
    expect(lines(await two.plan(undefined, { id: "two-1", engine }))).toEqual(["a recorded", "b held POST /b/1 held"]);
    expect(lines(await two.plan(undefined, { id: "two-1", journal: engine.file }))).toEqual(["a recorded", "b held POST /b/1 held"]);
    expect(engine.steps("two-1")).toEqual(before);
    expect(writes(api)).toEqual(["POST"]);
    await engine.close();
    const nowhere = await journalPath();
    expect(lines(await two.plan(undefined, { id: "two-1", journal: nowhere }))).toEqual(["a held POST /a held"]);
    expect(existsSync(nowhere)).toBe(false);
  });

  it("does not decide about a step that may have been done; what onUncertain says of it, holds", async () => {
    const { api, session } = await shop();
    api.on("POST /a").reply({ json: { id: 1 } });
    const stop = new AbortController();
    const interrupted = (onUncertain?: "skip" | "repeat") =>
      flow("interrupted", async (run) => {
        await run.step(
          "a",
          async ({ signal }) => {
            await session.post("/a").json();
            stop.abort();
            signal.throwIfAborted();
          },
          onUncertain === undefined ? {} : { onUncertain },
        );
        await run.step("b", () => 1);
      });
    const engine = localEngine({ journal: await journalPath() });
    await failureOf(interrupted().start(undefined, { id: "i", engine, signal: stop.signal }));
    expect(engine.steps("i").map(({ id, state }) => `${id} ${state}`)).toEqual(["a begun"]);
    const asked = await interrupted().plan(undefined, { id: "i", engine });
    expect(lines(asked)).toEqual(["a held POST /a held"]);
    expect(asked.entries[0]?.requests[0]?.note).toMatch(/may have been processed/);
    expect(lines(await interrupted("skip").plan(undefined, { id: "i", engine }))).toEqual(["a done", "b done"]);
    const repeated = await interrupted("repeat").plan(undefined, { id: "i", engine });
    expect(repeated.entries[0]?.requests).toMatchObject([{ outcome: "held", note: undefined }]);
    expect(writes(api)).toEqual(["POST"]);
    await engine.close();
  });

  it("is quick for many items, and the same each time", async () => {
    const { session } = await shop();
    const many = flow("many", (run) =>
      run.map(
        "put",
        Array.from({ length: 500 }, (_, index) => index),
        (branch, index) =>
          branch.step("one", () =>
            session
              .put(`/items/${index}`, { json: { index } })
              .bytes()
              .then(() => 1),
          ),
      ),
    );
    const startedAt = performance.now();
    const first = await many.plan(undefined);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(first.entries).toHaveLength(500);
    expect(await many.plan(undefined)).toEqual(first);
  });

  it("holds back what is asked for in other words: streams, downloads of a POST, keys, other runs", async () => {
    const { api, session } = await shop();
    const inner = flow("inner", (run) =>
      run.step("post", () =>
        session
          .post("/inner")
          .bytes()
          .then(() => 1),
      ),
    );
    const outer = flow("outer", async (run) => {
      await run.map("all", ["stream", "keyed", "custom", "start"], (branch, what) =>
        branch.step(what, async () => {
          if (what === "stream") await session.post("/stream", { stream: true });
          if (what === "keyed") await session.post("/keyed", { idempotencyKey: true, fallback: "nothing" }).json();
          if (what === "custom") await session.request("PURGE", "/cache");
          await inner.start(undefined, { id: "inner-1", journal: "/nowhere/at/all" });
          return 1;
        }),
      );
    });
    expect(lines(await outer.plan(undefined))).toEqual([
      "all[0]/stream held POST /stream held",
      "all[1]/keyed held POST /keyed held",
      "all[2]/custom held PURGE /cache held",
      "all[3]/start held POST /inner held",
    ]);
    expect(writes(api)).toEqual([]);
  });

  it("holds back what a session of an older copy of errand asks for, which knows no plans", async () => {
    const older = flow("older", (run) =>
      run.step("post", () => {
        const request = {
          method: "POST",
          url: "http://writes.invalid/",
          redactedUrl: "http://writes.invalid/",
          hasOwnKey: false,
          isRepeatable: false,
        };
        currentRunScope()?.step?.begin(request);
        expect.unreachable("it was let through");
      }),
    );
    expect(lines(await older.plan(undefined))).toEqual(["post held POST / held"]);
  });

  it("takes no wrong options", async () => {
    const none = flow("none", () => 1);
    expect(await failureOf(none.plan(undefined, { timeOut: 1 } as never))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    expect(await failureOf(none.plan(undefined, { id: "" }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    expect(await failureOf(plan("no function" as never))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });
});
