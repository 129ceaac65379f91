import { describe, expect, it } from "vitest";
import { webDeployment } from "../../test/deploy/web-deployment.ts";
import { Cluster } from "../services/kubernetes/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../playground/index.ts";
import type { HttpAnswer } from "./checks/judge-http.ts";
import type { QueryAnswer } from "./checks/judge-query.ts";
import { systemClock } from "./clock.ts";
import { kubeCluster } from "./cluster/kube-cluster.ts";
import { deploy, type DeployOptions } from "./deploy.ts";
import type { DeployEvent } from "./events.ts";
import { parseDeployFile } from "./file/read-deploy-file.ts";
import { microTime } from "./lease/lease-record.ts";
import type { Message } from "./notify/message.ts";
import type { DeployResult } from "./result.ts";
import type { DeployServices } from "./services.ts";
import { plainSteps, type DeploySteps } from "./steps.ts";

/** The tests wait for simulated clusters most of the time: they wait side by side, each cleaning up after itself. */
type OnTestFinished = (clean: () => Promise<void>) => void;

interface Stage {
  readonly kubernetes: KubernetesStandIn;
  readonly services: DeployServices;
  readonly messages: Message[];
  readonly events: DeployEvent[];
  /** What the prometheus check answers; a thrown error is a server that cannot be asked. */
  answer: () => QueryAnswer;
  page: () => HttpAnswer;
  isSlackDown: boolean;
}

const web = webDeployment({ env: [{ name: "PASSWORD", value: "hunter2hunter2" }] });

function vector(value: number): QueryAnswer {
  return { resultType: "vector", samples: [{ labels: {}, value }], warnings: [] };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 1000) throw new Error("waited for too long");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function stage(onTestFinished: OnTestFinished, options: KubernetesOptions = {}): Promise<Stage> {
  const kubernetes = await startKubernetes({ speed: 10, seed: [web], ...options });
  await kubernetes.settle();
  const cluster = new Cluster({ server: kubernetes.url, session: { retry: { backoff: 5 } } });
  onTestFinished(async () => {
    await cluster.close();
    await kubernetes.close();
  });
  const messages: Message[] = [];
  const self: Stage = {
    kubernetes,
    messages,
    events: [],
    answer: () => vector(0.1),
    page: () => ({ status: 200, body: "ok" }),
    isSlackDown: false,
    services: {
      cluster: kubeCluster(cluster),
      secretProblems: async () => [],
      notifyProblems: async () => [],
      query: async () => self.answer(),
      get: async () => self.page(),
      notify: async (_spec, message) => {
        if (self.isSlackDown) throw new Error("slack is down");
        messages.push(message);
        return undefined;
      },
      close: async () => {},
    },
  };
  return self;
}

const frame = `version: 1
cluster: { context: test }
target: { namespace: shop, deployment: web }
notify: [{ slack: { webhook: { secret: env:W } } }]
`;

function run(on: Stage, text: string, options: DeployOptions = {}): Promise<DeployResult> {
  return deploy(parseDeployFile(frame + text, "deploy.yaml"), {
    services: on.services,
    ...options,
    onEvent: (event) => {
      on.events.push(event);
      options.onEvent?.(event);
    },
  });
}

function live(on: Stage): {
  metadata: { generation: number; annotations: Record<string, string> };
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
} {
  return on.kubernetes.store.get("deployments", "web", "shop") as never;
}

function changes(on: Stage): number {
  return on.kubernetes.requests.filter(({ method, status = 0 }) => method === "PATCH" && status >= 200 && status < 300).length;
}

function leaseOf(runId: string, renewedMs: number): object & { readonly spec: object } {
  const time = microTime(renewedMs);
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "errand-web", namespace: "shop" },
    spec: { holderIdentity: runId, leaseDurationSeconds: 60, acquireTime: time, renewTime: time, leaseTransitions: 0 },
  };
  return lease;
}

const quick = "rollout: { timeout: 20s, failFast: 1ms }\n";
const image2 = "change: { image: { web: web:2 } }\n";
/** Crashes three times within moments: quicker than a pull that fails for a second. */
const bad = "change: { image: { web: web:crash }, replicas: 5 }\n";

describe.concurrent("a deploy that goes well", () => {
  it("patches once, follows the rollout to its end, checks again and tells of the success", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(
      on,
      `change: { image: { web: web:2 }, replicas: 4, restart: true }\nbefore: [{ pods: { minReady: 100% } }]\n${quick}after: { for: 200ms, every: 100ms, checks: [{ pods: { minReady: 100% } }] }`,
    );
    expect(result).toMatchObject({
      verdict: "done",
      exitCode: 0,
      rollout: { outcome: "complete" },
      reason: "4 of 4 pods available, and 2 rounds of checks after it passed",
    });
    expect(live(on)).toMatchObject({
      metadata: { generation: 2, annotations: { "errand/run": result.runId } },
      spec: { replicas: 4, template: { spec: { containers: [{ image: "web:2" }] } } },
    });
    expect(on.messages.map(({ subject }) => subject)).toEqual([`shop/web on ${on.kubernetes.url}: deployed and healthy`]);
    expect(changes(on)).toBe(1);
    expect(on.events.map(({ type }) => type).filter((type) => type !== "rolloutProgress")).toEqual([
      "started",
      "preflight",
      "planned",
      "checksStarted",
      "checked",
      "checksEnded",
      "patched",
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
  });

  it("does nothing, asks no check and tells nobody when the Deployment is as the file wants it", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, "change: { image: { web: web:1 }, replicas: 3 }\nbefore: [{ http: { url: 'http://h/' } }]\n");
    expect(result).toMatchObject({ verdict: "nothingToDo", exitCode: 0, before: [] });
    expect(changes(on)).toBe(0);
    expect(on.messages).toEqual([]);
  });

  it("with the same id finds its own change and goes on with it, on another machine too", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const text = `change: { image: { web: web:2 }, restart: true }\n${quick}`;
    await run(on, text, { id: "run-7" });
    const again = await run(on, text, { id: "run-7" });
    // Whether the first one has told of its success cannot be seen here.
    expect(again).toMatchObject({
      verdict: "done",
      plan: { isAttached: true, found: "rolledOut" },
      notifications: [{ problem: expect.stringContaining("not repeated") }],
    });
    expect([changes(on), on.messages.length]).toEqual([1, 1]);
    expect(on.events.some(({ type }) => type === "attached")).toBe(true);
  });

  it("with the same id after an interruption watches on, and knows how to undo what the other process did", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    const text = `${bad}${quick}`;
    const first = await run(on, text, {
      id: "run-7",
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "rolloutStarted") controller.abort(new Error("the runner was taken away"));
      },
    });
    expect(first.verdict).toBe("suspended");
    const again = await run(on, text, { id: "run-7" });
    expect(again).toMatchObject({ verdict: "rolledBack", exitCode: 11 });
    expect(live(on)).toMatchObject({ spec: { replicas: 3, template: { spec: { containers: [{ image: "web:1" }] } } } });
    expect(changes(on)).toBe(2);
  });

  it("asks before it changes anything, and takes no for an answer", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const asked: unknown[] = [];
    const result = await run(on, `${image2}before: [{ http: { url: 'http://h/' } }]\n`, {
      confirm: async (plan) => {
        asked.push(plan.changes);
        return false;
      },
    });
    expect(asked).toEqual([[{ kind: "image", container: "web", isInit: false, from: "web:1", to: "web:2" }]]);
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10, reason: "it was not confirmed" });
    expect([changes(on), on.messages.length]).toEqual([0, 0]);
  });

  it("only plans when asked to: the server's answer is shown, nothing is stored, environment values stay hidden", async ({
    onTestFinished,
  }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, "change: { image: { web: web:2 }, replicas: 4 }\n", { planOnly: true });
    expect(result).toMatchObject({ verdict: "planned", exitCode: 0 });
    const shown = on.events.find((event) => event.type === "serverDifference");
    expect(shown).toMatchObject({
      differences: expect.arrayContaining([
        { path: "spec.template.spec.containers[web].image", from: '"web:1"', to: '"web:2"' },
        { path: "spec.replicas", from: "3", to: "4" },
      ]),
    });
    expect(live(on)).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 3 } });
    expect(JSON.stringify(on.events)).not.toContain("hunter2");
    expect(on.messages).toEqual([]);
  });
});

describe.concurrent("checks before the change", () => {
  const prometheus = "before: [{ pods: { minReady: 1 } }, { prometheus: { url: 'http://p', query: errors, max: 0.5 } }]\n";

  it("that fail block it: nothing is changed, and the alert goes out", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = () => vector(0.9);
    const result = await run(on, `${image2}${prometheus}`);
    expect(result).toMatchObject({
      verdict: "blocked",
      exitCode: 10,
      before: [{ outcome: "pass" }, { outcome: "fail", summary: "0.9, at most 0.5 allowed" }],
    });
    expect(on.messages).toMatchObject([
      { triggers: ["critical"], tone: "bad", lines: ["prometheus errors <= 0.5 FAILED: 0.9, at most 0.5 allowed"] },
    ]);
    expect(on.messages[0]?.next).toContain("image of web: web:1 -> web:2");
    expect(changes(on)).toBe(0);
  });

  it("that fail with onCritical: proceed are told of, and the change is made", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = () => vector(0.9);
    const result = await run(on, `change: { replicas: 5, restart: true }\nonCritical: proceed\n${prometheus}${quick}`);
    expect(result).toMatchObject({ verdict: "done", exitCode: 0 });
    expect(on.messages.map(({ triggers }) => triggers)).toEqual([["critical"], ["success"]]);
    expect(live(on).spec.replicas).toBe(5);
  });

  it.for([
    [
      "cannot be asked",
      () => {
        throw new Error("connection refused");
      },
      "error",
    ],
    ["have no data", () => vector(Number.NaN), "noData"],
  ] as const)("that %s stop it, onCritical: proceed or not", async ([_name, answer, outcome], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = answer;
    const result = await run(on, `${image2}onCritical: proceed\n${prometheus}`);
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10, before: [{}, { outcome }] });
    expect(result.reason).toContain("could not be judged");
    expect(on.messages).toMatchObject([{ tone: "unclear" }]);
    expect(changes(on)).toBe(0);
  });

  it("have nothing to say of a Deployment that is scaled to 0", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished, { seed: [{ ...web, spec: { ...web.spec, replicas: 0 } }] });
    await until(
      () =>
        (on.kubernetes.store.get("deployments", "web", "shop") as unknown as { status?: { observedGeneration?: number } }).status
          ?.observedGeneration === 1,
    );
    const result = await run(on, `${image2}before: [{ pods: { minReady: 80% } }]\n`);
    expect(result).toMatchObject({ verdict: "blocked", before: [{ outcome: "noData" }] });
  });
});

describe.concurrent("the preflight", () => {
  it("names the missing permission and the target that does not exist", async ({ onTestFinished }) => {
    const rules = [
      { verbs: ["get", "list"], apiGroups: ["apps", ""], resources: ["deployments", "replicasets", "pods"], namespaces: ["shop"] },
    ];
    const on = await stage(onTestFinished, { rules });
    const result = await run(on, image2);
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10 });
    expect(result.findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "block no permission to patch deployments.apps in namespace shop",
      "warn no permission to watch deployments.apps in namespace shop",
      "warn no permission to get, create, update leases.coordination.k8s.io in namespace shop: two deploys of this target at once are not kept apart",
    ]);
    const elsewhere = await stage(onTestFinished);
    const missing = await deploy(parseDeployFile(`${frame.replace("deployment: web", "deployment: wbe")}${image2}`, "deploy.yaml"), {
      services: elsewhere.services,
    });
    expect(missing.reason).toBe("there is no deployment wbe in namespace shop");
  });

  it("tells of a cluster that does not answer, and changes nothing", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.kubernetes.close();
    const result = await run(on, image2);
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10 });
    expect(result.reason).toContain("cannot be read");
  });

  it("blocks replicas under a HorizontalPodAutoscaler", async ({ onTestFinished }) => {
    const autoscaler = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "shop" },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, minReplicas: 3, maxReplicas: 9 },
    };
    const on = await stage(onTestFinished);
    on.kubernetes.store.create(autoscaler);
    expect((await run(on, "change: { replicas: 5 }\n")).findings).toMatchObject([{ level: "block", about: "autoscaler" }]);
    expect((await run(on, `${image2}${quick}`)).verdict).toBe("done");
  });

  it("reports a secret that is not there before anything is changed", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const services = {
      ...on.services,
      secretProblems: async () => [
        { path: "notify[0].slack.webhook", message: "the environment variable W is not set", remedy: "export W=..." },
      ],
    };
    expect(await run(on, image2, { services })).toMatchObject({
      verdict: "blocked",
      reason: "notify[0].slack.webhook: the environment variable W is not set",
      next: "export W=...",
    });
    expect(changes(on)).toBe(0);
  });
});

describe.concurrent("the patch", () => {
  const patches = { method: "PATCH", path: "/deployments/web" };

  it("is sent again after a conflict with something that is not the spec", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "conflict" }, patches);
    expect(await run(on, `${image2}${quick}`)).toMatchObject({ verdict: "done" });
    expect(on.events.find(({ type }) => type === "patched")).toMatchObject({ generation: 2, tries: 2 });
  });

  it("stops when somebody else has changed the Deployment since the plan", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, image2, {
      confirm: async () => {
        on.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec: { replicas: 7 } } });
        return true;
      },
    });
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10 });
    expect(result.reason).toContain("changed by somebody else since the plan was made (generation 1 -> 2)");
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:1");
    expect(on.messages).toMatchObject([{ triggers: ["failure"] }]);
  });

  it("stops when the Deployment was deleted and created anew since the plan", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, image2, {
      confirm: async () => {
        on.kubernetes.store.delete("deployments", "web", { namespace: "shop" });
        await until(() => on.kubernetes.store.get("deployments", "web", "shop") === undefined);
        on.kubernetes.store.create(web);
        return true;
      },
    });
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10 });
    expect(result.reason).toContain("deleted and created anew");
  });

  it.for([
    ["the connection is reset after it was stored", { type: "reset", when: "afterWrite" }],
    ["the server times out after it was stored", { type: "timeoutAfterWrite" }],
  ] as const)("is looked for, not repeated, when %s", async ([_name, fault], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next(fault, patches);
    expect(await run(on, `change: { restart: true }\n${quick}`)).toMatchObject({ verdict: "done" });
    expect(live(on).metadata.generation).toBe(2);
    expect(on.kubernetes.store.list("replicasets", "shop")).toHaveLength(2);
  });

  it("is sent again when the connection broke before it arrived", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "reset", when: "before" }, { ...patches, times: 2 });
    expect(await run(on, `${image2}${quick}`)).toMatchObject({ verdict: "done" });
    expect(live(on).metadata.generation).toBe(2);
  });

  it("that the server refuses changes nothing", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "status", code: 403, reason: "Forbidden", message: "admission webhook denied it" }, patches);
    const result = await run(on, image2);
    expect(result).toMatchObject({ verdict: "blocked", exitCode: 10 });
    expect(result.reason).toContain("admission webhook denied it");
  });

  it("whose fate stays unknown needs a person", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.always({ type: "status", code: 500, message: "etcd is away" }, patches);
    const result = await run(on, image2, { clock: { now: () => Date.now(), sleep: async () => {} } });
    expect(result).toMatchObject({
      verdict: "needsPerson",
      exitCode: 14,
      next: expect.stringContaining("kubectl -n shop rollout status deployment/web"),
    });
  });
});

describe.concurrent("a rollout that fails", () => {
  it("on a bad image is caught at once and rolled back, replicas too", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `${bad.replace("crash", "bad")}${quick}`);
    expect(result).toMatchObject({
      verdict: "rolledBack",
      exitCode: 11,
      rollout: { outcome: "failed" },
      rollback: { outcome: "complete" },
    });
    expect(result.reason).toMatch(/ErrImagePull|ImagePullBackOff/);
    expect(live(on)).toMatchObject({
      spec: { replicas: 3, template: { spec: { containers: [{ image: "web:1" }] } } },
      metadata: { annotations: { "errand/change": expect.stringMatching(/^rolled-back\//) } },
    });
    expect(on.messages.map(({ triggers }) => triggers)).toEqual([["rollback"], ["rollback", "failure"]]);
    expect(changes(on)).toBe(2);
    // The very ReplicaSet of before serves again: no third one.
    expect(on.kubernetes.store.list("replicasets", "shop")).toHaveLength(2);
    const again = await run(on, `${bad.replace("crash", "bad")}${quick}`, { id: result.runId });
    expect(again).toMatchObject({ verdict: "rolledBack", exitCode: 11, plan: { found: "rolledBack", changes: [] } });
    expect(changes(on)).toBe(2);
    // It does not know what the first one could still tell.
    expect(on.messages.slice(2)).toMatchObject([{ id: "end", isRepeat: true }]);
  });

  it("on a crash shows what the container said last", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `change: { image: { web: web:crash } }\n${quick}`);
    expect(result).toMatchObject({ verdict: "rolledBack", rollout: { badPod: { container: "web", log: expect.any(String) } } });
  });

  it("is followed to its end by looking again, when the watch is silent or refused", async ({ onTestFinished }) => {
    for (const fault of [{ type: "silentWatch" }, { type: "status", code: 403, reason: "Forbidden" }] as const) {
      const on = await stage(onTestFinished);
      on.kubernetes.faults.always(fault, { path: "watch=" });
      expect(await run(on, `${image2}${quick}`)).toMatchObject({ verdict: "done" });
    }
  });

  it("is left alone with onFailure: stop", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `${bad}${quick}onFailure: stop\n`);
    expect(result).toMatchObject({ verdict: "notRecovered", exitCode: 12, next: expect.stringContaining("To go back: errand rollback ") });
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:crash");
    expect(on.messages).toMatchObject([{ triggers: ["critical", "failure"] }]);
  });

  it("by its timeout is rolled back as well", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, "change: { image: { web: web:unready } }\nrollout: { timeout: 1s }\n");
    expect(result).toMatchObject({
      verdict: "rolledBack",
      rollout: { outcome: "timeout", message: expect.stringContaining("not done within 1 s (rollout.timeout)") },
    });
  });

  it("is not rolled back over somebody else's change", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const template = { spec: { containers: [{ name: "web", image: "web:3" }] } };
    const result = await run(on, `${bad}${quick}`, {
      onEvent: (event) => {
        if (event.type === "rollingBack")
          on.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec: { template } } });
      },
    });
    expect(result).toMatchObject({ verdict: "needsPerson", exitCode: 14 });
    expect(result.reason).toContain("not the one this run wrote");
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:3");
  });

  it("leaves replicas that somebody moved meanwhile", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `${bad}${quick}`, {
      onEvent: (event) => {
        if (event.type === "rollingBack")
          on.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec: { replicas: 2 } } });
      },
    });
    expect(result.verdict).toBe("rolledBack");
    expect(live(on)).toMatchObject({ spec: { replicas: 2, template: { spec: { containers: [{ image: "web:1" }] } } } });
  });

  it("is never rolled back a second time", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `${bad}rollout: { timeout: 2s, failFast: 1ms }\n`, {
      onEvent: (event) => {
        if (event.type === "rollingBack") on.kubernetes.store.setImage({ image: "web:1", behaviour: "pullError" });
      },
    });
    expect(result).toMatchObject({ verdict: "notRecovered", exitCode: 12, rollback: { outcome: "timeout" } });
    expect(changes(on)).toBe(2);
    expect(on.messages.at(-1)).toMatchObject({ triggers: ["critical", "failure"] });
  });

  it("finds its rollback after a lost answer and does not send it twice", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `${bad}${quick}`, {
      onEvent: (event) => {
        if (event.type === "rollingBack") on.kubernetes.faults.next({ type: "reset", when: "afterWrite" }, { method: "PATCH" });
      },
    });
    expect(result.verdict).toBe("rolledBack");
    expect(live(on).metadata.generation).toBe(3);
  });

  it.for([
    ["deleted", false],
    ["deleted and created anew", true],
  ] as const)("because the Deployment was %s needs a person", async ([_name, isCreated], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `change: { image: { web: web:slow } }\n${quick}`, {
      onEvent: (event) => {
        if (event.type !== "patched") return;
        on.kubernetes.store.delete("deployments", "web", { namespace: "shop" });
        if (isCreated) on.kubernetes.store.create(web);
      },
    });
    expect(result).toMatchObject({ verdict: "needsPerson", exitCode: 14, rollout: { outcome: "gone" } });
    expect(changes(on)).toBe(1);
  });

  it("because somebody else changed the template meanwhile needs a person", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `change: { image: { web: web:slow } }\n${quick}`, {
      onEvent: (event) => {
        if (event.type === "patched")
          on.kubernetes.store.patch("deployments", "web", {
            namespace: "shop",
            patch: { spec: { template: { spec: { containers: [{ name: "web", image: "web:9" }] } } } },
          });
      },
    });
    expect(result).toMatchObject({ verdict: "needsPerson", rollout: { outcome: "changedByOther" } });
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:9");
  });

  it("because it was paused is rolled back in the spec and reported as not recovered", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const result = await run(on, `change: { image: { web: web:slow } }\n${quick}`, {
      onEvent: (event) => {
        if (event.type === "patched")
          on.kubernetes.store.patch("deployments", "web", { namespace: "shop", patch: { spec: { paused: true } } });
      },
    });
    expect(result).toMatchObject({ verdict: "notRecovered", exitCode: 12 });
    expect(result.reason).toContain("is paused");
  });
});

describe.concurrent("checks after the change", () => {
  const after =
    "after: { for: 400ms, every: 100ms, failures: 2, checks: [{ prometheus: { url: 'http://p', query: errors, max: 0.5 } }] }\n";
  const down = (): never => {
    throw new Error("connection refused");
  };

  it("that fail in a row roll it back", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = () => vector(0.9);
    const result = await run(on, `${image2}${quick}${after}`);
    expect(result).toMatchObject({ verdict: "rolledBack", exitCode: 11, reason: expect.stringContaining("failed 2 times in a row") });
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:1");
  });

  it("that cannot be asked are inconclusive: no rollback, the alert goes out", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = down;
    const result = await run(on, `${image2}${quick}${after}`);
    expect(result).toMatchObject({ verdict: "inconclusive", exitCode: 13, after: [{ outcome: "error" }] });
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:2");
    expect(on.messages).toMatchObject([{ triggers: ["critical", "inconclusive"], tone: "unclear" }]);
  });

  it.for([
    ["rollback", "rolledBack"],
    ["proceed", "done"],
  ] as const)("that cannot be asked do as onInconclusive: %s says", async ([onInconclusive, verdict], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.answer = down;
    expect((await run(on, `${image2}${quick}${after}onInconclusive: ${onInconclusive}\n`)).verdict).toBe(verdict);
  });

  it("forgive a single failure", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    let asked = 0;
    on.answer = () => vector((asked += 1) === 2 ? 0.9 : 0.1);
    expect(await run(on, `${image2}${quick}${after}`)).toMatchObject({ verdict: "done" });
    expect(asked).toBe(4);
  });

  it("that end on a failure go on until it is decided", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    let asked = 0;
    on.answer = () => vector((asked += 1) >= 4 ? 0.9 : 0.1);
    expect(await run(on, `${image2}${quick}${after}`)).toMatchObject({ verdict: "rolledBack" });
    expect(asked).toBe(5);
  });
});

describe.concurrent("notifications", () => {
  it("that fail are reported and change no verdict", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.isSlackDown = true;
    const result = await run(on, `${bad}${quick}`);
    expect(result).toMatchObject({
      verdict: "rolledBack",
      exitCode: 11,
      notifications: [{ problem: "slack is down" }, { problem: "slack is down" }],
    });
  });

  it("that an earlier process may have sent: by webhook an alert is sent again and marked, a success is not; a token is asked", async ({
    onTestFinished,
  }) => {
    const on = await stage(onTestFinished);
    on.answer = () => vector(0.9);
    const again = plainSteps({ runId: "run-1", signal: new AbortController().signal });
    const steps: DeploySteps = {
      ...again,
      step: (name, fn) => again.step(name, (step) => fn({ ...step, attempt: name.startsWith("notify") ? 2 : 1 })),
    };
    const text = frame.replace("{ secret: env:W } } }", "{ secret: env:W } } }, { slack: { token: { secret: env:T }, channel: ops } }");
    const file = parseDeployFile(
      `${text}change: { replicas: 3, restart: true }\nonCritical: proceed\n${quick}before: [{ prometheus: { url: 'http://p', query: q, max: 0.5 } }]`,
      "deploy.yaml",
    );
    const result = await deploy(file, { services: on.services, steps });
    expect(result.verdict).toBe("done");
    expect(on.messages.map(({ id, entry, isRepeat }) => [id, entry, isRepeat])).toEqual([
      ["critical", 0, true],
      ["critical", 1, true],
      ["end", 1, true],
    ]);
    expect(result.notifications.map(({ to, note, problem }) => [to, note ?? problem])).toEqual([
      ["slack webhook", "sent again as a possible repeat: a webhook does not tell what was sent"],
      ["slack ops", undefined],
      ["slack webhook", "it may have been sent before the interruption; not repeated"],
      ["slack ops", undefined],
    ]);
    expect(on.messages.every(({ startedAtMs }) => startedAtMs === result.startedAtMs)).toBe(true);
  });

  it("whose token may too little are warned of in the preflight", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const problem = { path: "notify[0].slack.token", message: "the token lacks the scope chat:write", remedy: "Add it." };
    const result = await run(on, `${image2}${quick}`, { services: { ...on.services, notifyProblems: async () => [problem] } });
    expect(result).toMatchObject({ verdict: "done", findings: [{ level: "warn", about: "notify", remedy: "Add it." }] });
  });

  it("go only to channels that asked for them", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const text = frame.replace("env:W }", "env:W }, on: [rollback]") + image2 + quick;
    await deploy(parseDeployFile(text, "deploy.yaml"), { services: on.services });
    expect(on.messages).toEqual([]);
  });
});

describe.concurrent("two deploys of one target", () => {
  it("at once: one changes it, the other is blocked and says by which run", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const text = (image: string): string => `change: { image: { web: "${image}" } }\n${quick}`;
    const both = await Promise.all([run(on, text("web:2"), { id: "run-a" }), run(on, text("web:3"), { id: "run-b" })]);
    expect(both.map(({ verdict }) => verdict).sort()).toEqual(["blocked", "done"]);
    const [winner, loser] = both[0]?.verdict === "done" ? both : both.toReversed();
    expect(loser?.reason).toMatch(new RegExp(`the run ${winner?.runId} has been at work on deployment shop/web|changed by somebody else`));
    expect(changes(on)).toBe(1);
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { leaseTransitions: 0 } });
  });

  it("one after the other: the second finds the lease free", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    for (const image of ["web:2", "web:3"])
      expect((await run(on, `change: { image: { web: "${image}" } }\n${quick}`)).verdict).toBe("done");
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "", leaseTransitions: 1 } });
  });

  it("while the first goes on: the second is blocked before it asks or changes anything, and is told what to do", async ({
    onTestFinished,
  }) => {
    const on = await stage(onTestFinished);
    let second: DeployResult | undefined;
    const first = await run(on, `${image2}${quick}`, {
      // Not yet patched: no rollout in progress tells of the first one.
      confirm: async () => {
        on.kubernetes.store.create(leaseOf("run-x", Date.now() - 12_000));
        second = await run(on, image2, { id: "run-b" });
        on.kubernetes.store.delete("leases", "errand-web", { namespace: "shop" });
        return true;
      },
    });
    expect(second).toMatchObject({ verdict: "blocked", exitCode: 10, findings: [{ level: "block", about: "lease" }] });
    expect(second?.reason).toMatch(/^the run run-x has been at work on deployment shop\/web since 20[\d-]+T[\d:]+Z$/);
    expect(second?.next).toMatch(/errand runs.* by itself in 4\d s, or at once by: kubectl -n shop delete lease errand-web$/);
    expect(first.verdict).toBe("done");
  });

  it("the first of which is dead: its lease is taken once it has expired", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.store.create(leaseOf("dead", Date.now() - 61_000));
    expect((await run(on, `${image2}${quick}`)).verdict).toBe("done");
  });

  it("where no lease is permitted: a warning, and the fence is the generation", async ({ onTestFinished }) => {
    const rules = [
      {
        verbs: ["get", "list", "watch", "patch"],
        apiGroups: ["apps", ""],
        resources: ["deployments", "replicasets", "pods"],
        namespaces: ["shop"],
      },
    ];
    const on = await stage(onTestFinished, { rules });
    const result = await run(on, `${image2}${quick}`);
    expect(result).toMatchObject({ verdict: "done", findings: [{ level: "warn", about: "lease" }] });
  });

  it("that took the lease while the first was rolling out: a warning, nothing else", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    let aheadMs = 0;
    const result = await run(on, `${image2}${quick.replace("20s", "2m")}`, {
      onEvent: (event) => {
        if (event.type !== "rolloutStarted") return;
        aheadMs = 20_000;
        on.kubernetes.store.patch("leases", "errand-web", { namespace: "shop", patch: { spec: leaseOf("run-x", Date.now()).spec } });
      },
      clock: { ...systemClock, now: () => Date.now() + aheadMs },
    });
    expect(result.verdict).toBe("done");
    expect(on.events.filter(({ type }) => type === "warned")).toMatchObject([
      { message: expect.stringContaining("the run run-x has been") },
    ]);
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "run-x" } });
  });

  it("is left to expire by a deploy that was interrupted, and the same run goes on under it", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    const text = `${image2}${quick}`;
    const options = { id: "run-7", signal: controller.signal };
    const stop = (event: DeployEvent): void => {
      if (event.type === "rolloutStarted") controller.abort(new Error("interrupted"));
    };
    expect((await run(on, text, { ...options, onEvent: stop })).verdict).toBe("suspended");
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "run-7" } });
    expect((await run(on, text, { id: "run-7" })).verdict).toBe("done");
    expect(on.kubernetes.store.get("leases", "errand-web", "shop")).toMatchObject({ spec: { holderIdentity: "" } });
  });
});

describe.concurrent("an interruption", () => {
  it("during the rollout suspends it: the cluster goes on, and it says so", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    const result = await run(on, `change: { image: { web: web:slow } }\n${quick}`, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "rolloutProgress") controller.abort(new Error("interrupted"));
      },
    });
    expect(result).toMatchObject({ verdict: "suspended", exitCode: 130, next: expect.stringContaining("The cluster goes on rolling out") });
    expect(result.next).toContain("kubectl -n shop rollout status deployment/web");
    expect(live(on).spec.template.spec.containers[0]?.image).toBe("web:slow");
    expect(on.messages).toEqual([]);
  });

  it("before the change leaves nothing behind", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    on.answer = () => {
      controller.abort(new Error("interrupted"));
      throw new Error("aborted");
    };
    const result = await run(on, `${image2}before: [{ prometheus: { url: 'http://p', query: q, max: 1 } }]\n`, {
      signal: controller.signal,
    });
    expect(result).toMatchObject({ verdict: "suspended", exitCode: 130, next: "Nothing was changed." });
    expect(changes(on)).toBe(0);
  });

  it("during a write lets the write end, so that its outcome is known", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const controller = new AbortController();
    on.kubernetes.faults.next({ type: "slow", delayMs: 60 }, { method: "PATCH" });
    setTimeout(() => controller.abort(new Error("interrupted")), 0);
    const result = await run(on, `${image2}${quick}`, {
      signal: controller.signal,
      confirm: async () => true,
    });
    expect(result.verdict).toBe("suspended");
  });
});

describe.concurrent("recorded steps", () => {
  it("replay the whole deploy without asking anybody again, to the same result", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const journal = new Map<string, string>();
    const steps = (fresh: boolean): DeploySteps => ({
      runId: "run-1",
      now: () => 1_800_000_000_000,
      uuid: () => "u",
      async step(name, fn) {
        const known = journal.get(name);
        if (known !== undefined) return JSON.parse(known);
        if (!fresh) throw new Error(`the step ${name} was not recorded`);
        const value = await fn({ runId: "run-1", attempt: 1, signal: new AbortController().signal });
        expect(journal.has(name)).toBe(false);
        journal.set(name, JSON.stringify(value));
        return value;
      },
    });
    const text = `${bad}${quick}before: [{ pods: { minReady: 1 } }]\n`;
    const confirm = async (): Promise<boolean> => true;
    const first = await run(on, text, { steps: steps(true), confirm });
    const asked = on.kubernetes.requests.length;
    const again = await run(on, text, { steps: steps(false), confirm });
    expect(first.verdict).toBe("rolledBack");
    expect({ ...again, elapsedMs: 0 }).toEqual({ ...JSON.parse(JSON.stringify(first)), elapsedMs: 0, after: [], next: first.next });
    expect(on.kubernetes.requests.length).toBe(asked);
    expect([...journal.keys()]).toEqual([
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
    expect([...journal.values()].join("")).not.toContain("hunter2");
  });

  it("go on after the step that was recorded last, and start no second rollout", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const journal = new Map<string, unknown>();
    const stopAfter = (last: string | undefined): DeploySteps => ({
      runId: "run-1",
      now: () => 1_800_000_000_000,
      uuid: () => "u",
      async step(name, fn) {
        if (journal.has(name)) return journal.get(name) as never;
        const value = await fn({ runId: "run-1", attempt: 1, signal: new AbortController().signal });
        if (name === last) throw new Error("killed before it was recorded");
        journal.set(name, value);
        return value;
      },
    });
    const text = `change: { image: { web: web:2 }, restart: true }\n${quick}`;
    await expect(run(on, text, { steps: stopAfter("patch") })).rejects.toThrow("killed");
    expect(changes(on)).toBe(1);
    expect(await run(on, text, { steps: stopAfter(undefined) })).toMatchObject({ verdict: "done" });
    expect(changes(on)).toBe(1);
    expect(live(on).metadata.generation).toBe(2);
  });
});
