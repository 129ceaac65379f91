import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { closeAfterTest, server, testSession } from "../../../test/test-session.ts";
import { flow, type Run } from "../../flow/index.ts";
import { startKubernetes } from "../../playground/kubernetes/index.ts";
import { Cluster } from "../../services/kubernetes/index.ts";
import { planModule, type ModulePlan, type PlannableFlow } from "./plan-flow.ts";

interface Shown {
  readonly out: string;
  readonly code: number;
}

/** A process that has nothing left to do after a few turns. */
function quickProcess(): EventEmitter {
  const events = new EventEmitter();
  const look = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    events.emit("beforeExit", 0);
    if (events.listenerCount("unhandledRejection") > 0) void look();
  };
  void look();
  return events;
}

async function show(load: ModulePlan["load"], options: Partial<ModulePlan> = {}): Promise<Shown> {
  const io = memoryIo();
  const pick = (module: Readonly<Record<string, unknown>>): PlannableFlow | undefined => module["flow"] as PlannableFlow | undefined;
  await planModule(
    { load, pick, input: undefined, id: undefined, journal: undefined, json: false, events: quickProcess(), ...options },
    io,
  );
  return { out: io.stdoutText().replaceAll(/127\.0\.0\.1:\d+/g, "HOST"), code: io.exitCode };
}

const showFlow = (fn: (run: Run) => unknown, options?: Partial<ModulePlan>): Promise<Shown> =>
  show(async () => ({ flow: flow("release", fn) }), options);

describe("the plan of a module", () => {
  it("shows place by place what would be sent, and what cannot be known", async () => {
    const api = await server();
    api.on("GET /users").reply({ json: [{ id: 7 }, { id: 8 }] });
    const { session } = testSession({ baseUrl: api.url });
    const shown = await showFlow(async (run) => {
      const users = await run.step("users", () => session.get("/users").json<{ id: number }[]>());
      await run.sleep("settle", "3d");
      await run.map("tell", users, (branch, { id }) =>
        branch.step("mail", () => session.post("/mails", { json: { to: id, text: "a\u001b[2Jb" } }).json()),
      );
      await run.step("after", () => 1);
    });
    expect(shown).toEqual({
      code: 0,
      out: `plan of release: nothing was changed
users  1 read
settle  would sleep 3 d
tell[7]/mail
  POST http://HOST/mails  held back
    {"to":7,"text":"a\\u001b[2Jb"}
tell[8]/mail
  POST http://HOST/mails  held back
    {"to":8,"text":"a\\u001b[2Jb"}

2 held back, 0 dry runs, 1 read.
What follows on tell[7]/mail, tell[8]/mail is not known: it depends on answers that only the run itself gets.
`,
    });
  });

  it("shows the difference that a cluster tells of", async () => {
    const standIn = closeAfterTest(await startKubernetes());
    const cluster = closeAfterTest(new Cluster({ server: standIn.url, namespace: "shop" }));
    standIn.store.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "shop" },
      data: { colour: "blue", old: "1" },
    });
    const shown = await showFlow(async (run) => {
      await run.step("paint", () =>
        cluster.patch("configmaps", "settings", { data: { colour: "red", old: null, fresh: "1" } }).then(() => 1),
      );
      await run.step("remove", () => cluster.delete("configmaps", "settings").then(() => 1));
    });
    expect(shown).toEqual({
      code: 0,
      out: `plan of release: nothing was changed
paint
  PATCH http://HOST/api/v1/namespaces/shop/configmaps/settings  dry run: would change
    - data.colour: "blue"
    + data.colour: "red"
    - data.old: "1"
    + data.fresh: "1"
remove
  DELETE http://HOST/api/v1/namespaces/shop/configmaps/settings  dry run: would be deleted

0 held back, 2 dry runs, 0 reads.
It came to its end: the run would do nothing more.
What was read after a dry run is as it is now, without the change.
`,
    });
  });

  it("says that the run would fail, or waits for a signal", async () => {
    const shown = await showFlow(async (run) => {
      await run.step("check", () => Promise.reject(new Error("there is no image")));
    });
    expect(shown.code).toBe(1);
    expect(shown.out).toContain("check\n  fails: there is no image\n");
    expect(shown.out).toContain("The run would fail: Run plan: step check failed: there is no image\n");
    const waiting = await showFlow((run) => run.signal("approve"));
    expect(waiting).toMatchObject({ code: 0, out: expect.stringContaining("approve  would wait for this signal\n") as string });
  });

  it("gives the same as JSON", async () => {
    const { session } = testSession();
    const { out, code } = await showFlow((run) => run.step("post", () => session.post("http://writes.invalid/", { json: [1] }).json()), {
      json: true,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      flow: "release",
      isComplete: false,
      entries: [
        { id: "post", kind: "step", state: "held", reads: 0, requests: [{ method: "POST", url: "http://writes.invalid/", body: "[1]" }] },
      ],
    });
  });

  it("plans a script without flows as it is imported, and says what it cannot hold back", async () => {
    const shown = await show(() => import("../../../test/flow/writes-when-imported.ts"));
    expect(shown).toEqual({
      code: 0,
      out: `plan: nothing was changed by errand
  POST http://writes.invalid/one  held back
  PUT http://writes.invalid/two  held back

2 held back, 0 dry runs, 0 reads.
It came to its end: it would send nothing more.
Only requests of errand's sessions were held back: whatever else it does (fetch, files, programs) was done.
`,
    });
    const { session } = testSession();
    const stopped = await show(async () => {
      await session.post("http://writes.invalid/");
      return {};
    });
    expect(stopped.code).toBe(0);
    expect(stopped.out).toContain("It stopped there, for it needs the answer: what follows is not known.\n");
  });

  it("waits for what a script goes on with after its import, and for process.exit", async () => {
    const { session } = testSession();
    const late = async (): Promise<void> => {
      await setImmediate();
      await session.post("http://writes.invalid/late");
    };
    const caught = await show(async () => {
      void late().catch(() => session.put("http://writes.invalid/later").catch(() => undefined));
      return {};
    });
    expect(caught.out).toContain("POST http://writes.invalid/late  held back\n  PUT http://writes.invalid/later  held back\n");
    expect(caught.out).toContain("It came to its end");
    const events = quickProcess();
    const unhandled = await show(
      async () => {
        void late().catch((error: unknown) => events.emit("unhandledRejection", error));
        return {};
      },
      { events },
    );
    expect(unhandled).toMatchObject({ code: 0, out: expect.stringContaining("It stopped there, for it needs the answer") as string });
    const broken = quickProcess();
    const failed = await show(
      async () => {
        await session.post("http://writes.invalid/").catch(() => undefined);
        void setImmediate().then(() => broken.emit("unhandledRejection", new TypeError("undefined is not a post")));
        return {};
      },
      { events: broken },
    );
    expect(failed).toMatchObject({
      code: 1,
      out: expect.stringContaining("It failed, and what follows is not known: undefined is not a post") as string,
    });
    const exiting = new EventEmitter();
    const io = memoryIo();
    const load = async (): Promise<Record<string, unknown>> => {
      await session.post("http://writes.invalid/").catch(() => undefined);
      void setImmediate().then(() => exiting.emit("exit", 3));
      return {};
    };
    void planModule({ load, pick: () => undefined, input: undefined, id: undefined, journal: undefined, json: false, events: exiting }, io);
    await expect.poll(() => io.stdoutText()).toContain("It failed, and what follows is not known: it called process.exit(3)\n");
    expect(io.exitCode).toBe(1);
    io.interrupt();
  });

  it("shows what a module with a flow does as it is loaded, and fails where it cannot be", async () => {
    const { session } = testSession();
    const shown = await show(async () => {
      await session.post("http://writes.invalid/early").catch(() => undefined);
      return { flow: flow("release", () => 1) };
    });
    expect(shown.out).toContain("(as the module is loaded)\n  POST http://writes.invalid/early  held back\n");
    await expect(show(() => Promise.reject(new Error("no such file")))).rejects.toThrow("no such file");
  });
});
