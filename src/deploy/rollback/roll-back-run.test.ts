import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { webDeployment } from "../../../test/deploy/web-deployment.ts";
import { flow } from "../../flow/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../../playground/index.ts";
import { Cluster } from "../../services/kubernetes/index.ts";
import { kubeCluster } from "../cluster/kube-cluster.ts";
import { deploy, type DeployOptions } from "../deploy.ts";
import type { DeployEvent } from "../events.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import { parseDeployFile } from "../file/read-deploy-file.ts";
import { microTime } from "../lease/lease-record.ts";
import type { Message } from "../notify/message.ts";
import { runSteps } from "../recorded/run-steps.ts";
import type { DeployResult } from "../result.ts";
import type { DeployServices } from "../services.ts";
import { rollBackRun, type RollBackOptions } from "./roll-back-run.ts";

type OnTestFinished = (clean: () => Promise<void>) => void;

const web = webDeployment();

function fileOf(change: string): DeployFile {
  return parseDeployFile(
    `version: 1
cluster: { context: test }
target: { namespace: shop, deployment: web }
notify: [{ slack: { webhook: { secret: env:W } } }]
rollout: { timeout: 20s, failFast: 1ms }
onFailure: stop
change: ${change}
`,
    "deploy.yaml",
  );
}

const image2 = fileOf("{ image: { web: web:2 }, replicas: 4 }");

interface Stage {
  readonly kubernetes: KubernetesStandIn;
  readonly services: DeployServices;
  readonly journal: string;
  readonly messages: Message[];
  readonly events: DeployEvent[];
  /** A deploy whose steps the journal has. */
  deployed(id: string, file: DeployFile, options?: DeployOptions): Promise<DeployResult>;
  /** A deploy of a process that kept no journal, or another one. */
  deployedElsewhere(id: string, file: DeployFile): Promise<DeployResult>;
  rollBack(id: string, options?: RollBackOptions): Promise<DeployResult>;
  edit(patch: object): void;
  live(): {
    metadata: { annotations: Record<string, string> };
    spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
  };
  image(): string | undefined;
  patches(): number;
}

async function stage(onTestFinished: OnTestFinished, options: KubernetesOptions = {}): Promise<Stage> {
  const kubernetes = await startKubernetes({ speed: 20, seed: [web], ...options });
  await kubernetes.settle();
  const cluster = new Cluster({ server: kubernetes.url, session: { retry: { backoff: 5 } } });
  const folder = await mkdtemp(join(tmpdir(), "errand-rollback-"));
  const journal = join(folder, "runs.db");
  onTestFinished(async () => {
    await cluster.close();
    await kubernetes.close();
    await rm(folder, { recursive: true, force: true });
  });
  const messages: Message[] = [];
  const events: DeployEvent[] = [];
  const services: DeployServices = {
    cluster: kubeCluster(cluster),
    secretProblems: async () => [],
    notifyProblems: async () => [],
    query: async () => ({ resultType: "vector", samples: [], warnings: [] }),
    get: async () => ({ status: 200, body: "ok" }),
    notify: async (_spec, message) => {
      messages.push(message);
      return undefined;
    },
    close: async () => {},
  };
  const onEvent = (event: DeployEvent): void => void events.push(event);
  const live: Stage["live"] = () => kubernetes.store.get("deployments", "web", "shop") as never;
  return {
    kubernetes,
    services,
    journal,
    messages,
    events,
    deployed: (id, file, more = {}) =>
      flow<{ file: DeployFile }, DeployResult>("deploy", (run, input) =>
        deploy(input.file, { services, steps: runSteps(run, { live: () => {}, replayed: () => {} }), onEvent, ...more }),
      ).start(JSON.parse(JSON.stringify({ file })) as { file: DeployFile }, { id, journal, ...(more.signal && { signal: more.signal }) }),
    deployedElsewhere: (id, file) => deploy(file, { services, id }),
    rollBack: (id, more = {}) =>
      rollBackRun(id, {
        journal,
        services,
        ...more,
        onEvent: (event) => {
          onEvent(event);
          more.onEvent?.(event);
        },
      }),
    edit: (patch) => void kubernetes.store.patch("deployments", "web", { namespace: "shop", patch }),
    live,
    image: () => live().spec.template.spec.containers[0]?.image,
    patches: () => kubernetes.requests.filter(({ method, status }) => method === "PATCH" && status === 200).length,
  };
}

const other = { spec: { template: { spec: { containers: [{ name: "web", image: "web:9" }] } } } };

describe.concurrent("a run of the journal", () => {
  it("is taken back, watched, told of, and once more there is nothing to do", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    expect((await on.deployed("run-1", image2)).verdict).toBe("done");
    on.messages.length = 0;
    const result = await on.rollBack("run-1");
    expect(result).toMatchObject({
      verdict: "done",
      exitCode: 0,
      runId: "run-1.rollback",
      reason: "what was there before the run run-1 is back: 3 of 3 pods available",
      rollback: { outcome: "complete" },
    });
    expect(on.live()).toMatchObject({
      metadata: { annotations: { "errand/run": "run-1", "errand/change": expect.stringMatching(/^rolled-back\//) } },
      spec: { replicas: 3, template: { spec: { containers: [{ image: "web:1" }] } } },
    });
    expect(on.messages).toMatchObject([{ id: "end", triggers: ["rollback"], tone: "good", runId: "run-1.rollback" }]);
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "" } });
    const again = await on.rollBack("run-1");
    expect(again).toMatchObject({ verdict: "nothingToDo", exitCode: 0, reason: expect.stringContaining("rolled back already: 3 of 3") });
    expect([on.patches(), on.messages.length]).toEqual([2, 1]);
  });

  it("asks first; a no changes nothing, and does not stand in the way of a later yes", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    const asked: string[] = [];
    const answer = (isYes: boolean): RollBackOptions => ({
      confirm: async ({ undo }) => {
        asked.push(`${undo.revision?.revision} ${undo.replicas?.to} -> ${undo.replicas?.from}`);
        return isYes;
      },
    });
    expect(await on.rollBack("run-1", answer(false))).toMatchObject({ verdict: "blocked", exitCode: 10, next: "Nothing was changed." });
    expect(on.image()).toBe("web:2");
    expect(await on.rollBack("run-1", answer(true))).toMatchObject({ verdict: "done", runId: "run-1.rollback.2" });
    expect([asked, on.image()]).toEqual([["1 4 -> 3", "1 4 -> 3"], "web:1"]);
  });

  it("is not taken back over somebody else's later change", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    on.edit(other);
    const result = await on.rollBack("run-1");
    expect(result).toMatchObject({
      verdict: "blocked",
      exitCode: 10,
      reason: expect.stringContaining("somebody changed the template of deployment shop/web since the run run-1"),
      next: expect.stringContaining("kubectl -n shop rollout undo deployment/web --to-revision=1"),
    });
    expect([on.image(), on.patches()]).toEqual(["web:9", 1]);
    await on.kubernetes.settle();
    expect((await on.deployed("run-2", fileOf("{ image: { web: web:10 } }"))).verdict).toBe("done");
    expect((await on.rollBack("run-1")).reason).toContain("the run run-2, or somebody after it, changed the template");
  });

  it("is taken back when a later run changed the number of pods alone, whose number stays", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    await on.deployed("run-2", fileOf("{ replicas: 5 }"));
    expect((await on.rollBack("run-1")).verdict).toBe("done");
    expect(on.live()).toMatchObject({ metadata: { annotations: { "errand/run": "run-1" } }, spec: { replicas: 5 } });
    expect(on.image()).toBe("web:1");
  });

  it("has nothing to be taken back when its revision is not live, or it changed nothing", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    on.edit({ spec: { template: web.spec.template } });
    expect(await on.rollBack("run-1")).toMatchObject({ verdict: "nothingToDo", reason: expect.stringContaining("is live already") });
    await on.deployed("run-2", fileOf("{ image: { wbe: x:1 } }"));
    expect(await on.rollBack("run-2")).toMatchObject({ verdict: "nothingToDo", reason: expect.stringContaining("run-2 changed nothing") });
    await on.deployed("run-3", fileOf("{ replicas: 6 }"));
    on.edit({ spec: { replicas: 2 } });
    expect(await on.rollBack("run-3")).toMatchObject({ verdict: "nothingToDo", reason: expect.stringContaining("no longer the 6") });
    expect(on.patches()).toBe(2);
  });

  it.for([
    ["paused", (on: Stage): void => on.edit({ spec: { paused: true } }), "kubectl -n shop rollout resume deployment/web"],
    ["gone", (on: Stage): void => void on.kubernetes.store.delete("deployments", "web", { namespace: "shop" }), "nothing to roll back"],
    [
      "without its former revision",
      (on: Stage): void => {
        const [first] = on.kubernetes.store.list("replicasets", "shop").filter((set) => JSON.stringify(set).includes("web:1"));
        on.kubernetes.store.delete("replicasets", first?.metadata.name ?? "", { namespace: "shop" });
      },
      "Nothing was changed",
    ],
  ] as const)("is not taken back when the Deployment is %s", async ([_name, change, next], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    change(on);
    expect(await on.rollBack("run-1")).toMatchObject({ verdict: "blocked", exitCode: 10, next: expect.stringContaining(next) });
    expect(on.patches()).toBe(1);
  });

  it("goes on after an interruption, without asking again and without a second patch", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    const controller = new AbortController();
    let asked = 0;
    const confirm = async (): Promise<boolean> => (asked += 1) > 0;
    const first = await on.rollBack("run-1", {
      confirm,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "rolloutProgress") controller.abort(new Error("interrupted"));
      },
    });
    expect(first).toMatchObject({
      verdict: "suspended",
      exitCode: 130,
      next: expect.stringContaining(`Go on: errand rollback run-1 --journal ${on.journal}.`),
    });
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "run-1.rollback" } });
    expect(await on.rollBack("run-1", { confirm })).toMatchObject({ verdict: "done", runId: "run-1.rollback" });
    expect([asked, on.patches()]).toEqual([1, 2]);
  });

  it("that was cut off with its patch on the way finds it there, and makes no second", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    const controller = new AbortController();
    // Stored, and the answer never comes: the process is stopped while it waits.
    on.kubernetes.faults.next({ type: "reset", when: "afterWrite" }, { method: "PATCH" });
    on.kubernetes.faults.always({ type: "slow", delayMs: 300 }, { method: "GET", path: "/deployments/web" });
    const first = on.rollBack("run-1", { signal: controller.signal });
    for (let tries = 0; on.image() === "web:2" && tries < 2000; tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error("interrupted"));
    expect(await first).toMatchObject({ verdict: "suspended", next: expect.stringContaining("It may have been stored") });
    on.kubernetes.faults.clear();
    expect(await on.rollBack("run-1")).toMatchObject({ verdict: "done", runId: "run-1.rollback" });
    expect(on.live()).toMatchObject({ metadata: { generation: 3 } });
  });

  it("finds its patch when the answer was lost", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    on.kubernetes.faults.next({ type: "reset", when: "afterWrite" }, { method: "PATCH" });
    expect((await on.rollBack("run-1")).verdict).toBe("done");
    expect(on.live()).toMatchObject({ metadata: { generation: 3 } });
  });

  it("that does not come up is changed and not recovered", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    on.messages.length = 0;
    on.kubernetes.store.setImage({ image: "web:1", behaviour: "pullError" });
    expect(await on.rollBack("run-1")).toMatchObject({ verdict: "notRecovered", exitCode: 12 });
    expect(on.messages).toMatchObject([{ triggers: ["rollback", "critical", "failure"], tone: "bad" }]);
    // Rolled back already, and still not up: no "nothing to do".
    expect(await on.rollBack("run-1")).toMatchObject({ verdict: "notRecovered", exitCode: 12 });
    expect(on.patches()).toBe(2);
  });

  it("that somebody changes while it comes up needs a person", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployed("run-1", image2);
    const result = await on.rollBack("run-1", {
      onEvent: (event) => {
        if (event.type === "rolloutStarted" && event.stage === "rollback") on.edit(other);
      },
    });
    expect(result).toMatchObject({ verdict: "needsPerson", exitCode: 14 });
    expect(on.image()).toBe("web:9");
  });

  it("waits for nobody: another run at work blocks it, its own deploy that was interrupted does not", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    await expect(
      on.deployed("run-1", image2, {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "rolloutStarted") controller.abort(new Error("interrupted"));
        },
      }),
    ).rejects.toMatchObject({ code: "ERR_RUN_SUSPENDED" });
    const lease = (holderIdentity: string): object => {
      const time = microTime(Date.now());
      return { spec: { holderIdentity, leaseDurationSeconds: 60, acquireTime: time, renewTime: time } };
    };
    on.kubernetes.store.patch("leases", "errand-web", { namespace: "shop", patch: lease("run-x") });
    const blocked = await on.rollBack("run-1");
    expect(blocked).toMatchObject({ verdict: "blocked", findings: [{ about: "lease" }] });
    on.kubernetes.store.patch("leases", "errand-web", { namespace: "shop", patch: lease("run-1") });
    expect((await on.rollBack("run-1")).verdict).toBe("done");
    expect(on.image()).toBe("web:1");
  });
});

describe.concurrent("a run that the journal does not know", () => {
  it("is taken back by the file and what it left on the Deployment", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployedElsewhere("run-1", image2);
    expect(await on.rollBack("run-1", { file: image2 })).toMatchObject({ verdict: "done", exitCode: 0 });
    expect(on.live()).toMatchObject({ spec: { replicas: 3, template: { spec: { containers: [{ image: "web:1" }] } } } });
    expect(await on.rollBack("run-1", { file: image2 })).toMatchObject({ verdict: "nothingToDo" });
  });

  it("is told apart from a later change that kept its annotations, and from one that was taken back", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.deployedElsewhere("run-1", image2);
    on.edit(other);
    await on.kubernetes.settle();
    const changed = await on.rollBack("run-1", { file: image2 });
    expect(changed).toMatchObject({ verdict: "blocked", next: expect.stringContaining("--to-revision=1") });
    on.edit({ spec: { template: web.spec.template } });
    await on.kubernetes.settle();
    expect(await on.rollBack("run-1", { file: image2 })).toMatchObject({ verdict: "nothingToDo" });
    expect(on.patches()).toBe(1);
  });

  it("is left alone when its note is of an older errand, or the last change is another run's, or nobody's", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    expect((await on.rollBack("run-1", { file: image2 })).reason).toContain("carries no run of errand, not by run-1");
    await on.deployedElsewhere("run-1", image2);
    expect((await on.rollBack("run-0", { file: image2 })).reason).toContain("was changed last by the run run-1, not by run-0");
    const [former] = on.kubernetes.store.list("replicasets", "shop").filter((set) => JSON.stringify(set).includes("web:1"));
    on.edit({ metadata: { annotations: { "errand/previous": JSON.stringify({ replicaSet: former?.metadata.name, replicas: 3 }) } } });
    const old = await on.rollBack("run-1", { file: image2 });
    expect(old).toMatchObject({ verdict: "blocked", reason: expect.stringContaining("left too little") });
    expect(old.next).toContain("kubectl -n shop rollout undo deployment/web --to-revision=1");
    expect(on.patches()).toBe(1);
  });

  it("needs its file, of the same target", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await expect(on.rollBack("run-1")).rejects.toMatchObject({ code: "ERR_INVALID_OPTION", hint: expect.stringContaining("deploy file") });
    await on.deployed("run-2", image2);
    const elsewhere = { ...image2, target: { namespace: "shop", deployment: "api" } };
    await expect(on.rollBack("run-2", { file: elsewhere })).rejects.toThrow("the file deploy.yaml names another target");
    await flow("other", async () => 1).start(undefined, { id: "run-3", journal: on.journal });
    await expect(on.rollBack("run-3", { file: image2 })).rejects.toThrow('the run run-3 is no deploy but a run of "other"');
  });
});
