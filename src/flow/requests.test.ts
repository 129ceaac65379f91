import { describe, expect, it } from "vitest";
import { journalPath } from "../../test/flow/journal-folder.ts";
import { failureOf, server, testSession } from "../../test/test-session.ts";
import { literalSecret, openSecret } from "../secrets/index.ts";
import { flow, localEngine, TerminalError, UncertainStepError, type Intent, type OnUncertain, type Run } from "./index.ts";

describe("a Session in a run", () => {
  it("throws outside a step, and names run.step; nothing is sent", async () => {
    const api = await server();
    const { session } = testSession({ baseUrl: api.url });
    const loose = flow("loose", () => session.get("/users"));
    const failure = await failureOf(loose.start(undefined, { journal: await journalPath() }));
    expect(failure).toMatchObject({ errorCode: "ERR_OUTSIDE_STEP", cause: { hint: expect.stringContaining("run.step") as string } });
    expect(api.calls).toEqual([]);
  });

  it("sends what a step asks for, and is as before outside of any run", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [1] });
    const { session } = testSession({ baseUrl: api.url });
    const list = flow("list", (run) => run.step("users", () => session.get("/users").json<number[]>()));
    expect(await list.start(undefined, { journal: await journalPath() })).toEqual([1]);
    expect(await session.get("/users").json()).toEqual([1]);
    expect(api.calls.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined]);
  });

  it("sends unsafe requests with the step's key: the same for each attempt, another for each request", async () => {
    const api = await server();
    api.on("POST /orders").reply({ status: 500 }).reply({ status: 201, json: {} });
    api.on("PUT /orders/1").reply({ status: 204 });
    const { session } = testSession({ baseUrl: api.url });
    const order = flow("order", (run) =>
      run.step(
        "order",
        async () => {
          await session.post("/orders", { json: {} }).json();
          await session.post("/orders", { json: {} });
          await session.put("/orders/1", { json: {} });
        },
        { retry: { backoff: 1 }, onUncertain: "repeat" },
      ),
    );
    await order.start(undefined, { id: "keys", journal: await journalPath() });
    const keys = api.calls.map(({ headers }) => String(headers["idempotency-key"]));
    expect(keys).toHaveLength(4);
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
  });

  it("leaves a key that the call gave, and makes `idempotencyKey: true` the step's", async () => {
    const api = await server();
    api.on("POST /orders").reply({ status: 201 });
    const { session } = testSession({ baseUrl: api.url });
    const order = flow("order", (run) =>
      run.step("order", async () => {
        await session.post("/orders", { idempotencyKey: "mine" });
        await session.post("/orders", { idempotencyKey: true });
      }),
    );
    await order.start(undefined, { journal: await journalPath() });
    const [own, made] = api.calls.map(({ headers }) => headers["idempotency-key"]);
    expect(own).toBe("mine");
    expect(made).toMatch(/^[\w-]{43}$/);
  });

  it("is refused two equal unsafe requests at the same time", async () => {
    const api = await server();
    api.on("POST /orders").reply({ status: 201 });
    const { session } = testSession({ baseUrl: api.url });
    const order = flow("order", (run) => run.step("both", () => Promise.all([post(), post()]).then(() => undefined), { retry: false }));
    const post = (): Promise<unknown> => session.post("/orders").bytes();
    const failure = await failureOf(order.start(undefined, { journal: await journalPath() }));
    expect(failure).toMatchObject({ errorCode: "ERR_STEP_KEY" });
  });

  it("refuses an unsafe request that a step left behind: the step's record stays", async () => {
    const api = await server();
    const { session } = testSession({ baseUrl: api.url });
    let left: Promise<unknown> = Promise.resolve();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const careless = flow("careless", async (run) => {
      await run.step("careless", () => {
        left = failureOf(gate.then(() => session.post("/late")));
        return 1;
      });
      release();
      return left.then((error) => (error as { code: string }).code);
    });
    const journal = await journalPath();
    expect(await careless.start(undefined, { id: "late", journal })).toBe("ERR_OUTSIDE_STEP");
    expect(api.calls).toEqual([]);
  });

  it("aborts its request when the run is suspended", async () => {
    const api = await server();
    const stop = new AbortController();
    api.on("GET /slow").hang();
    const { session } = testSession({ baseUrl: api.url });
    const slow = flow("slow", (run) =>
      run.step("slow", () => {
        setTimeout(() => stop.abort(), 20);
        return session.get("/slow").text();
      }),
    );
    const failure = await failureOf(slow.start(undefined, { journal: await journalPath(), signal: stop.signal }));
    expect(failure).toMatchObject({ code: "ERR_RUN_SUSPENDED" });
  });

  it("does not record a secret", async () => {
    const key = literalSecret("value-that-must-not-be-kept", "test");
    await openSecret(key);
    const leak = flow("leak", (run) => run.step("leak", () => ({ list: [{ token: "Bearer value-that-must-not-be-kept" }] })));
    const journal = await journalPath();
    const failure = await failureOf(leak.start(undefined, { journal }));
    expect(failure).toMatchObject({ errorCode: "ERR_SECRET_RECORDED" });
    expect(String(failure)).toContain(".list[0].token");
    expect(String(failure)).not.toContain("must-not-be-kept");
  });
});

/** A run that is stopped in the middle of a step, after `send` was answered, and started again. */
async function interrupted(
  send: (session: ReturnType<typeof testSession>["session"]) => Promise<unknown>,
  onUncertain: OnUncertain<string> | undefined,
  uncertain?: "repeat" | "skip",
): Promise<{ readonly outcome: unknown; readonly sent: number; readonly keys: ReadonlySet<unknown> }> {
  const api = await server();
  api.on("*").reply({ status: 200, json: {} });
  const { session } = testSession({ baseUrl: api.url });
  const stop = new AbortController();
  const journal = await journalPath();
  const change = flow("change", (run: Run) =>
    run.step(
      "change",
      async ({ signal }): Promise<string> => {
        await send(session);
        if (!stop.signal.aborted) stop.abort();
        else return "done";
        signal.throwIfAborted();
        return "never";
      },
      onUncertain === undefined ? {} : { onUncertain },
    ),
  );
  await failureOf(change.start(undefined, { id: "run-1", journal, signal: stop.signal }));
  const outcome = await change
    .start(undefined, { id: "run-1", journal, ...(uncertain === undefined ? {} : { uncertain }) })
    .catch((error: unknown) => error);
  return { outcome, sent: api.calls.length, keys: new Set(api.calls.map(({ headers }) => headers["idempotency-key"])) };
}

type UncertainCase = readonly [OnUncertain<string> | undefined, "repeat" | "skip" | undefined, string | undefined, number];

describe("a step that was interrupted after an unsafe request", () => {
  it("is repeated with the same key where the request is idempotent", async () => {
    const { outcome, sent, keys } = await interrupted((session) => session.put("/a"), undefined);
    expect({ outcome, sent, keys: keys.size }).toEqual({ outcome: "done", sent: 2, keys: 1 });
  });

  it("is repeated where the service honours keys", async () => {
    const { outcome, sent, keys } = await interrupted((session) => session.extend({ honoursIdempotencyKey: true }).post("/a"), undefined);
    expect({ outcome, sent, keys: keys.size }).toEqual({ outcome: "done", sent: 2, keys: 1 });
  });

  it("stops the run otherwise, and tells which requests it is about", async () => {
    const { outcome, sent } = await interrupted((session) => session.post("/a?token=abcdefgh"), undefined);
    expect(outcome).toBeInstanceOf(UncertainStepError);
    expect(outcome).toMatchObject({ code: "ERR_STEP_UNCERTAIN", runId: "run-1", stepId: "change" });
    expect((outcome as UncertainStepError).intents).toMatchObject([{ method: "POST", isRepeatable: false }]);
    expect(String(outcome)).not.toContain("abcdefgh");
    expect(sent).toBe(1);
  });

  it("remembers a request that cannot be repeated after one that can", async () => {
    const { outcome } = await interrupted((session) => session.put("/a").then(() => session.post("/b")), undefined);
    expect((outcome as UncertainStepError).intents.map(({ method }: Intent) => method)).toEqual(["PUT", "POST"]);
  });

  it.each([
    ["repeat", undefined, "done", 2],
    ["skip", undefined, undefined, 1],
    ["ask", "repeat", "done", 2],
    ["ask", "skip", undefined, 1],
    [undefined, "repeat", "done", 2],
    [() => ({ result: "found" }), undefined, "found", 1],
    [(): "repeat" => "repeat", undefined, "done", 2],
    [(): "skip" => "skip", undefined, undefined, 1],
  ] as readonly UncertainCase[])("onUncertain %s, asked: %s gives %s", async (onUncertain, answer, result, count) => {
    const { outcome, sent } = await interrupted((session) => session.post("/a"), onUncertain, answer);
    expect({ outcome, sent }).toEqual({ outcome: result, sent: count });
  });

  it("lets a function find out with requests of its own, but change nothing", async () => {
    const api = await server();
    api.on("GET /a").reply({ json: { id: 7 } });
    const { session } = testSession({ baseUrl: api.url });
    const find: OnUncertain<string> = async () => ({ result: JSON.stringify(await session.get("/a").json()) });
    expect((await interrupted((own) => own.post("/a"), find)).outcome).toBe('{"id":7}');
    const change: OnUncertain<string> = () => session.post("/a").then(() => "repeat");
    expect((await interrupted((own) => own.post("/a"), change)).outcome).toMatchObject({ code: "ERR_OUTSIDE_STEP" });
  });

  it("is not tried again in the same process either, unless onUncertain says so", async () => {
    const api = await server();
    api.on("POST /a").reply({ status: 500 });
    const { session } = testSession({ baseUrl: api.url });
    const post = (onUncertain?: "repeat"): Promise<unknown> =>
      journalPath().then((journal) =>
        failureOf(
          flow("post", (run) =>
            run.step("post", () => session.post("/a").json(), {
              retry: { backoff: 1 },
              ...(onUncertain === undefined ? {} : { onUncertain }),
            }),
          ).start(undefined, { journal }),
        ),
      );
    expect(String(await post())).toContain("may have been processed");
    expect(api.calls).toHaveLength(1);
    await post("repeat");
    expect(api.calls).toHaveLength(4);
  });
});

describe("a cancelled run", () => {
  it("ends its step, runs what the flow does in finally, and stays cancelled", async () => {
    const journal = await journalPath();
    const engine = localEngine({ journal });
    const events: string[] = [];
    const long = flow("long", async (run) => {
      try {
        await run.step("wait", async ({ signal }) => {
          await engine.cancel("x");
          signal.throwIfAborted();
        });
      } finally {
        await run.step("clean up", () => void events.push("cleaned"));
      }
    });
    expect(await failureOf(long.start(undefined, { id: "x", engine }))).toMatchObject({ code: "ERR_RUN_CANCELLED", runId: "x" });
    expect(await failureOf(long.start(undefined, { id: "x", engine }))).toMatchObject({ code: "ERR_RUN_CANCELLED" });
    expect(events).toEqual(["cleaned"]);
    expect(engine.find("x")).toMatchObject({ status: "cancelled", flow: "long" });
    await engine.close();
  });

  it("that no process has, is cancelled at its next step when it is started", async () => {
    const engine = localEngine({ journal: await journalPath() });
    const stop = new AbortController();
    const done: string[] = [];
    const parts = flow("parts", async (run) => {
      await run.step("first", () => void done.push("first"));
      await run.step("stop", ({ signal }) => {
        stop.abort();
        signal.throwIfAborted();
      });
      done.push("never");
    });
    await failureOf(parts.start(undefined, { id: "y", engine, signal: stop.signal }));
    await engine.cancel("y");
    expect(await failureOf(parts.start(undefined, { id: "y", engine }))).toMatchObject({ code: "ERR_RUN_CANCELLED" });
    expect(done).toEqual(["first"]);
    expect(await failureOf(engine.cancel("y"))).toMatchObject({ code: "ERR_RUN_ID" });
    await engine.close();
  });

  it("cancels the runs that it called", async () => {
    const engine = localEngine({ journal: await journalPath() });
    const cleaned: string[] = [];
    const inner = flow("inner", async (run) => {
      try {
        await run.signal("never");
      } finally {
        await run.step("inner clean up", () => void cleaned.push("inner"));
      }
    });
    const outer = flow("outer", async (run) => {
      try {
        await Promise.all([run.call("inner", inner, undefined), run.step("cancel", () => engine.cancel("z"))]);
      } finally {
        await run.step("outer clean up", () => void cleaned.push("outer"));
      }
    });
    expect(await failureOf(outer.start(undefined, { id: "z", engine }))).toMatchObject({ code: "ERR_RUN_CANCELLED" });
    expect(cleaned).toEqual(["inner", "outer"]);
    expect(engine.find("z/inner")?.status).toBe("cancelled");
    await engine.close();
  });
});

describe("a signal", () => {
  it("is waited for, recorded, and counts once", async () => {
    const engine = localEngine({ journal: await journalPath() });
    const approval = flow("approval", async (run) => {
      const answer = await run.signal<{ by: string }>("approve");
      if (answer.by !== "ann") throw new TerminalError(`approved by ${answer.by}`);
      return answer.by;
    });
    const started = approval.start(undefined, { id: "s", engine });
    await run.until(() => engine.steps("s").length > 0);
    expect(engine.steps("s")).toMatchObject([{ id: "approve", kind: "signal", state: "begun", intents: [] }]);
    await engine.signal("s", "approve", { by: "ann" });
    await engine.signal("s", "approve", { by: "eve" }).catch(() => undefined);
    expect(await started).toBe("ann");
    expect(engine.steps("s")).toMatchObject([{ id: "approve", state: "done", value: { by: "ann" } }]);
    expect(await failureOf(engine.signal("s", "approve"))).toMatchObject({ code: "ERR_RUN_ID" });
    expect(await failureOf(engine.signal("unknown", "approve"))).toMatchObject({ code: "ERR_RUN_ID" });
    await engine.close();
  });

  const run = {
    async until(isTrue: () => boolean): Promise<void> {
      while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
    },
  };
});
