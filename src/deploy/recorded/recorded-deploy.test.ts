import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { webDeployment } from "../../../test/deploy/web-deployment.ts";
import { Session } from "../../client/index.ts";
import { flow, FlowError, JournalError, localEngine, RunError, type Engine, type LocalEngine, type OwnedRun } from "../../flow/index.ts";
import { startKubernetes, startSlack, type KubernetesStandIn, type SlackStandIn } from "../../playground/index.ts";
import { Cluster } from "../../services/kubernetes/index.ts";
import { Slack } from "../../services/slack/index.ts";
import { systemClock } from "../clock.ts";
import { kubeCluster } from "../cluster/kube-cluster.ts";
import { deploy, type DeployOptions } from "../deploy.ts";
import type { DeployEvent } from "../events.ts";
import { parseDeployFile } from "../file/read-deploy-file.ts";
import type { Message } from "../notify/message.ts";
import { slackMessage } from "../notify/slack-message.ts";
import type { DeployResult } from "../result.ts";
import type { DeployServices } from "../services.ts";
import { deployFlow } from "./deploy-flow.ts";

/** The tests wait for simulated clusters most of the time: they wait side by side, each cleaning up after itself. */
type OnTestFinished = (clean: () => Promise<void>) => void;

const web = webDeployment({ replicas: 2, env: [{ name: "PASSWORD", value: "hunter2hunter2" }] });

const frame = `version: 1
cluster: { kubeconfig: kubeconfig }
target: { namespace: shop, deployment: web }
notify: [{ slack: { webhook: { secret: env:W } } }]
rollout: { timeout: 20s, failFast: 1ms }
`;
const image2 = "change: { image: { web: web:2 } }\n";
const crash = "change: { image: { web: web:crash } }\n";

/** A cluster, Slack, and a journal; each start of a deploy stands for a process of its own. */
class Stage {
  readonly kubernetes: KubernetesStandIn;
  readonly slack: SlackStandIn;
  readonly directory: string;
  readonly services: DeployServices;
  readonly events: DeployEvent[] = [];
  /** Called when a message has arrived at Slack. */
  onMessage: (message: Message, signal: AbortSignal) => void = () => {};
  secretProblems: DeployServices["secretProblems"] = async () => [];

  constructor(kubernetes: KubernetesStandIn, slack: SlackStandIn, directory: string) {
    this.kubernetes = kubernetes;
    this.slack = slack;
    this.directory = directory;
    const cluster = new Cluster({ server: kubernetes.url });
    const channel = new Slack({ webhook: slack.webhookUrl });
    this.services = {
      cluster: kubeCluster(cluster),
      secretProblems: () => this.secretProblems(),
      query: async () => ({ resultType: "vector", samples: [], warnings: [] }),
      get: async () => ({ status: 200, body: "ok" }),
      notifyProblems: async () => [],
      notify: async (_spec, message, signal) => {
        await channel.send(slackMessage(message), { signal });
        this.onMessage(message, signal);
      },
      close: async () => {
        await Promise.all([cluster.close(), channel.close()]);
      },
    };
  }

  get journal(): string {
    return join(this.directory, "runs.db");
  }

  get patches(): number {
    return this.kubernetes.requests.filter(({ method, status = 0 }) => method === "PATCH" && status < 300).length;
  }

  get subjects(): readonly string[] {
    return this.slack.inbox.map(({ text }) => text.split("\n")[0] ?? "");
  }

  get live(): { readonly metadata: { readonly generation: number; readonly annotations: Record<string, string> } } {
    return this.kubernetes.store.get("deployments", "web", "shop") as never;
  }

  /** Starts or resumes `run-1`, with an engine of its own as another process has. */
  async deploy(text: string, { path = "deploy.yaml", ...options }: DeployOptions & { readonly path?: string } = {}): Promise<DeployResult> {
    const engine = localEngine({ journal: this.journal });
    this.events.length = 0;
    try {
      return await deploy(parseDeployFile(frame + text, path), {
        id: "run-1",
        services: this.services,
        engine,
        ...options,
        onEvent: (event) => {
          this.events.push(event);
          options.onEvent?.(event);
        },
      });
    } finally {
      await engine.close();
    }
  }

  /** The same, suspended at the first event of that type. */
  interrupted(text: string, type: DeployEvent["type"], options: DeployOptions = {}): Promise<DeployResult> {
    const controller = new AbortController();
    const onEvent = (event: DeployEvent): void => {
      if (event.type === type) controller.abort(new Error("Ctrl-C"));
    };
    return this.deploy(text, { ...options, signal: controller.signal, onEvent });
  }

  async reading<T>(look: (engine: LocalEngine) => T): Promise<T> {
    const engine = localEngine({ journal: this.journal });
    try {
      return look(engine);
    } finally {
      await engine.close();
    }
  }
}

async function stage(onTestFinished: OnTestFinished): Promise<Stage> {
  const [kubernetes, slack, directory] = await Promise.all([
    startKubernetes({ speed: 20, seed: [web] }),
    startSlack(),
    mkdtemp(join(tmpdir(), "errand-recorded-")),
  ]);
  await kubernetes.settle();
  const on = new Stage(kubernetes, slack, directory);
  onTestFinished(async () => {
    await on.services.close();
    await Promise.all([kubernetes.close(), slack.close()]);
    await rm(directory, { recursive: true, force: true });
  });
  return on;
}

function types(events: readonly DeployEvent[]): readonly string[] {
  return events.map(({ type }) => type).filter((type) => type !== "rolloutProgress");
}

describe.concurrent("a deploy that is recorded", () => {
  it("gives its recorded result again, and asks nobody", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const first = await on.deploy(`${crash}before: [{ pods: { minReady: 1 } }]\n`);
    expect(first).toMatchObject({ verdict: "rolledBack", exitCode: 11, runId: "run-1" });
    expect(types(on.events)[0]).toBe("started");
    const requests = on.kubernetes.requests.length;
    const again = await on.deploy(`${crash}before: [{ pods: { minReady: 1 } }]\n`);
    expect(again).toEqual(JSON.parse(JSON.stringify(first)));
    expect(types(on.events)).toEqual(["started", "recalled", "ended"]);
    expect([on.kubernetes.requests.length, on.slack.inbox.length]).toEqual([requests, 2]);
    const steps = await on.reading((engine) => engine.steps("run-1"));
    expect(steps.filter(({ kind }) => kind === "step").map(({ id }) => id)).toEqual([
      "preflight",
      "confirm",
      "checks before",
      "patch",
      "watch rollout",
      "notify rolling-back 0",
      "roll back",
      "watch rollback",
      "notify end 0",
    ]);
    expect(String(await readFile(on.journal))).not.toContain("hunter2");
  });

  it("is no other one under another path, and is one with another content", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const first = await on.deploy(image2);
    expect(await on.deploy(image2, { path: "deploys/web.yaml" })).toMatchObject({ verdict: "done", startedAtMs: first.startedAtMs });
    await expect(on.deploy(`${crash}onFailure: stop\n`)).rejects.toMatchObject({
      code: "ERR_RUN_ID",
      message: "Run run-1 was begun with another deploy than deploy.yaml holds now: change, onFailure differ",
      hint: expect.stringContaining("errand deploy --resume run-1"),
    });
    await expect(on.deploy(image2, { context: "other" })).rejects.toMatchObject({ code: "ERR_RUN_ID" });
    expect(on.patches).toBe(1);
  });

  it("is not recorded when it only plans", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    expect(await on.deploy(image2, { planOnly: true })).toMatchObject({ verdict: "planned" });
    expect(await on.reading((engine) => engine.runs())).toEqual([]);
  });

  it("lets whoever listens send requests of its own", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const session = new Session();
    const answers: Promise<number>[] = [];
    const onEvent = ({ type }: DeployEvent): void => {
      if (type === "planned" || type === "patched")
        answers.push(session.post(on.slack.webhookUrl, { json: { text: type } }).then(({ status }) => status));
    };
    expect(await on.deploy(image2, { onEvent })).toMatchObject({ verdict: "done" });
    expect(await Promise.all(answers)).toEqual([200, 200]);
    await session.close();
  });

  it("cannot be remembered in two ways", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const steps = { runId: "x", now: Date.now, uuid: () => "u", step: async () => undefined as never };
    await expect(on.deploy(image2, { steps })).rejects.toMatchObject({ code: "ERR_INVALID_OPTION" });
  });
});

describe.concurrent("a recorded deploy that was interrupted", () => {
  it("says how to go on, and goes on after its last step, without telling the past as news", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const text = `change: { image: { web: web:2 }, restart: true }\nafter: { for: 200ms, every: 100ms, checks: [{ pods: { minReady: 1 } }] }\n`;
    const first = await on.interrupted(text, "rolloutStarted", { confirm: async () => true });
    expect(first).toMatchObject({
      verdict: "suspended",
      exitCode: 130,
      reason: "interrupted during the rollout",
      plan: { runId: "run-1" },
    });
    expect(first.next).toMatch(
      /^The cluster goes on rolling out.* Go on: errand deploy --resume run-1\. Look: kubectl -n shop rollout status/,
    );
    const asked = async (): Promise<boolean> => {
      throw new Error("asked twice");
    };
    expect(await on.deploy(text, { confirm: asked })).toMatchObject({ verdict: "done", startedAtMs: first.startedAtMs });
    expect(types(on.events)).toEqual([
      "started",
      "resumed",
      "rolloutStarted",
      "rolloutEnded",
      "watching",
      "checksStarted",
      "checked",
      "checksEnded",
      "checksStarted",
      "checked",
      "checksEnded",
      "notified",
      "ended",
    ]);
    expect(on.events[1]).toMatchObject({ startedAtMs: first.startedAtMs, done: ["preflight", "confirm", "patch"] });
    expect([on.patches, on.live.metadata.generation]).toEqual([1, 2]);
  });

  it("counts rollout.timeout from the patch, not from the resumption", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const text = "change: { image: { web: web:slow } }\nonFailure: stop\n";
    await on.interrupted(text, "rolloutStarted");
    const clock = { ...systemClock, now: () => Date.now() + 60_000 };
    const result = await on.deploy(text, { clock });
    expect(result).toMatchObject({ verdict: "notRecovered", rollout: { outcome: "timeout" } });
    expect(result.rollout?.elapsedMs).toBeGreaterThan(60_000);
  });

  it("while its patch was on its way brings that to its end, and records it", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "slow", delayMs: 80 }, { method: "PATCH" });
    const controller = new AbortController();
    const watch = setInterval(() => {
      if (on.kubernetes.requests.some(({ method }) => method === "PATCH")) controller.abort(new Error("Ctrl-C"));
    }, 1);
    const first = await on.deploy(image2, { signal: controller.signal });
    clearInterval(watch);
    expect(first).toMatchObject({ verdict: "suspended", reason: "interrupted during the rollout" });
    expect(await on.deploy(image2)).toMatchObject({ verdict: "done" });
    expect(on.events[1]).toMatchObject({ type: "resumed", done: ["preflight", "confirm", "patch"] });
    expect(on.patches).toBe(1);
  });

  it("while an alert was on its way sends it again, and says so", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    on.onMessage = (_message, signal) => {
      controller.abort(new Error("Ctrl-C"));
      signal.throwIfAborted();
    };
    const first = await on.deploy(crash, { signal: controller.signal });
    expect(first).toMatchObject({ verdict: "suspended", reason: "interrupted after it had failed, before it was rolled back" });
    on.onMessage = () => {};
    expect(await on.deploy(crash)).toMatchObject({ verdict: "rolledBack" });
    expect(types(on.events).slice(0, 4)).toEqual(["started", "resumed", "rollingBack", "notified"]);
    expect(on.subjects.map((subject) => /\(possible repeat\)/.test(subject))).toEqual([false, true, false]);
  });

  it("while it told of its success does not tell it twice", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    on.onMessage = (_message, signal) => {
      controller.abort(new Error("Ctrl-C"));
      signal.throwIfAborted();
    };
    const first = await on.deploy(image2, { signal: controller.signal });
    expect(first).toMatchObject({ verdict: "suspended", next: expect.stringMatching(/^Go on: errand deploy --resume run-1\./) });
    expect(first.reason).toBe("interrupted while it was being told how it ended; it came out as done: 2 of 2 pods available");
    expect(await on.deploy(image2)).toMatchObject({
      verdict: "done",
      notifications: [{ problem: expect.stringContaining("not repeated") }],
    });
    expect(on.slack.inbox).toHaveLength(1);
  });

  it("before it began says nothing of what an earlier process did", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.interrupted(image2, "rolloutStarted");
    const result = await on.deploy(image2, { signal: AbortSignal.abort(new Error("Ctrl-C")) });
    expect(result).toMatchObject({
      verdict: "suspended",
      reason: "interrupted at its start",
      next: expect.not.stringContaining("Nothing was changed"),
    });
  });
});

describe.concurrent("a recorded deploy in two processes", () => {
  it("is carried out by one; the other waits and has its result", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const first = on.deploy(image2);
    const seen: string[] = [];
    const other = localEngine({ journal: on.journal });
    const second = await deploy(parseDeployFile(frame + image2, "deploy.yaml"), {
      id: "run-1",
      services: on.services,
      engine: other,
      onEvent: ({ type }) => seen.push(type),
    });
    await other.close();
    expect(second).toEqual(JSON.parse(JSON.stringify(await first)));
    expect([seen, on.patches]).toEqual([["started", "waiting", "ended"], 1]);
  });

  it("that no longer waits leaves it running", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const first = on.deploy(image2);
    const controller = new AbortController();
    const other = localEngine({ journal: on.journal });
    const second = await deploy(parseDeployFile(frame + image2, "deploy.yaml"), {
      id: "run-1",
      services: on.services,
      engine: other,
      signal: controller.signal,
      onEvent: ({ type }) => void (type === "waiting" && controller.abort(new Error("Ctrl-C"))),
    });
    await other.close();
    expect(second).toMatchObject({ verdict: "suspended", reason: expect.stringContaining("goes on in the process that has it") });
    expect(await first).toMatchObject({ verdict: "done" });
  });
});

/** An engine whose runs call `before` for each record. */
function tampered(engine: Engine, before: (stepId: string) => void): Engine {
  const tamper = (run: OwnedRun): OwnedRun =>
    new Proxy(run, {
      get(target, name) {
        if (name === "record")
          return async (...args: Parameters<OwnedRun["record"]>) => {
            before(args[0]);
            await target.record(...args);
          };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  return {
    begin: async (request) => {
      const begun = await engine.begin(request);
      return begun.state === "owned" ? { ...begun, run: tamper(begun.run) } : begun;
    },
    changed: (id, signal) => engine.changed(id, signal),
  };
}

describe.concurrent("a recorded deploy that stops by an error", () => {
  it("goes on when that was mended, and only when asked to", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.secretProblems = async () => {
      throw new TypeError("a fault of ours");
    };
    const failed = {
      code: "ERR_RUN_FAILED",
      message: expect.stringContaining("a fault of ours"),
      hint: expect.stringContaining("errand deploy --resume run-1"),
    };
    await expect(on.deploy(image2)).rejects.toMatchObject(failed);
    on.secretProblems = async () => [];
    await expect(on.deploy(image2)).rejects.toMatchObject(failed);
    expect(await on.deploy(image2, { again: true })).toMatchObject({ verdict: "done" });
    expect(on.patches).toBe(1);
  });

  it("of its journal says what the cluster goes on doing", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const engine = localEngine({ journal: on.journal });
    const broken = tampered(engine, (stepId) => {
      if (stepId === "watch rollout")
        throw new JournalError({ code: "ERR_JOURNAL_FULL", message: "The journal x has no room left", hint: "Make room.", file: "x" });
    });
    await expect(on.deploy(image2, { engine: broken })).rejects.toMatchObject({
      code: "ERR_JOURNAL_FULL",
      message: "The journal x has no room left. The deploy stopped, during the rollout",
      hint: expect.stringMatching(/^Make room\. The cluster goes on rolling out.* Go on: errand deploy --resume run-1\./),
    });
    await engine.close();
    expect(await on.deploy(image2)).toMatchObject({ verdict: "done" });
    expect(on.patches).toBe(1);
  });

  it("because another process took it over says how to wait for that", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const engine = localEngine({ journal: on.journal });
    const frozen = tampered(engine, (stepId) => {
      if (stepId === "confirm") throw new FlowError({ code: "ERR_RUN_TAKEN_OVER", message: "Run run-1 was taken over", runId: "run-1" });
    });
    await expect(on.deploy(image2, { engine: frozen, journal: "own runs.db" })).rejects.toMatchObject({
      code: "ERR_RUN_TAKEN_OVER",
      hint: "Wait for it: errand deploy --resume run-1 --journal 'own runs.db'",
    });
    await engine.close();
    expect(on.patches).toBe(0);
  });

  it("or was cancelled says what is left behind, and is over", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const engine = localEngine({ journal: on.journal });
    const onEvent = ({ type }: DeployEvent): void => {
      if (type === "rolloutStarted") void engine.cancel("run-1");
    };
    const error = await on.deploy("change: { image: { web: web:slow } }\n", { engine, onEvent }).catch((thrown: unknown) => thrown);
    await engine.close();
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({
      code: "ERR_RUN_CANCELLED",
      message: "Run run-1 was cancelled, during the rollout",
      hint: expect.stringMatching(/^The cluster goes on rolling out, and nobody rolls it back if it fails\. Look: /),
    });
    expect(on.patches).toBe(1);
  });
});

describe.concurrent("deployFlow", () => {
  it("deploys in another flow, as a run of its own", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await writeFile(join(on.directory, "kubeconfig"), on.kubernetes.kubeconfig());
    await writeFile(join(on.directory, "webhook"), on.slack.webhookUrl);
    const file = parseDeployFile(
      (frame + image2).replace("env:W", `"file:${join(on.directory, "webhook")}"`),
      join(on.directory, "deploy.yaml"),
    );
    const fleet = flow("fleet", async (run) => (await run.call("web", deployFlow, { file })).verdict);
    const engine = localEngine({ journal: on.journal });
    expect(await fleet.start(undefined, { id: "fleet-1", engine })).toBe("done");
    expect(engine.find("fleet-1/web")).toMatchObject({ flow: "deploy", status: "done" });
    expect(await fleet.start(undefined, { id: "fleet-1", engine })).toBe("done");
    await engine.close();
    expect(on.live.metadata.annotations).toMatchObject({ "errand/run": "fleet-1/web" });
    expect([on.patches, on.slack.inbox.length]).toEqual([1, 1]);
  });
});
