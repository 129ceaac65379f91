import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { ManualClock } from "../manual-clock.ts";
import { deployments, horizontalPodAutoscalers, pods, replicaSets } from "../resource-type.ts";
import { type DeploymentObject, isDeployment, isPod, isReplicaSet, type PodObject, type ReplicaSetObject } from "../shapes.ts";
import { type Simulation, startSimulation } from "../simulation.ts";
import { podQuota } from "../quota.ts";
import { conditionOf } from "./deployment-status.ts";

const TARGET = { type: deployments, namespace: "default", name: "web" };

let clock: ManualClock;
let cluster: Simulation;
let seen: DeploymentObject[];

beforeEach(() => {
  clock = new ManualClock();
  cluster = startSimulation({ clock, speed: 1, namespaces: ["default"] });
  seen = [];
  cluster.store.subscribe(({ object }) => {
    if (isDeployment(object)) seen.push(object);
  });
});

function create(spec: JsonObject = {}): void {
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } };
  const body = { metadata: { name: "web" }, spec: { replicas: 4, selector: { matchLabels: { app: "web" } }, template, ...spec } };
  cluster.registry.create(TARGET, body, { manager: "test" });
  clock.advance(2000);
  seen = [];
}

function change(edit: (draft: DeploymentObject) => void): DeploymentObject {
  const changed = cluster.registry.update(TARGET, { manager: "test" }, (current) => {
    const draft = structuredClone(current);
    if (isDeployment(draft)) edit(draft);
    return draft;
  });
  if (!isDeployment(changed)) throw new Error("not a Deployment");
  return changed;
}

const setImage = (image: string) => (draft: DeploymentObject) => {
  draft.spec.template.spec.containers[0]!.image = image;
};
const restart = (draft: DeploymentObject): void => {
  draft.spec.template.metadata = {
    ...draft.spec.template.metadata,
    annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" },
  };
};

function deployment(): DeploymentObject {
  const found = cluster.store.get(deployments, "web", "default");
  if (!isDeployment(found)) throw new Error("no Deployment");
  return found;
}
function sets(): ReplicaSetObject[] {
  return cluster.store.list(replicaSets, "default").filter((set) => isReplicaSet(set));
}
function livePods(): PodObject[] {
  return cluster.store.list(pods, "default").filter((pod) => isPod(pod) && pod.metadata.deletionTimestamp === undefined) as PodObject[];
}

/** One line per state, as in the traces of a real cluster: absent numbers are a dash. */
function line(object: DeploymentObject): string {
  const { metadata, status } = object;
  const number = (value: number | undefined): string => String(value ?? "-");
  const revision = metadata.annotations?.["deployment.kubernetes.io/revision"];
  const progressing = conditionOf(status, "Progressing");
  const counts = `repl${number(status.replicas)} upd${number(status.updatedReplicas)} ready${number(status.readyReplicas)} avail${number(status.availableReplicas)}`;
  const states = `${progressing?.status}/${progressing?.reason} available ${conditionOf(status, "Available")?.status}`;
  return `gen${metadata.generation} obs${status.observedGeneration} rev${revision} ${counts} ${states}`;
}

/** Asserts that lines matching the patterns occur in this order, with anything in between. */
function expectInOrder(patterns: readonly RegExp[]): void {
  const lines = seen.map((object) => line(object));
  let from = 0;
  for (const pattern of patterns) {
    const index = lines.findIndex((text, position) => position >= from && pattern.test(text));
    expect(index, `${pattern} after line ${from} of\n${lines.join("\n")}`).toBeGreaterThanOrEqual(0);
    from = index + 1;
  }
}

describe("the traces of a real cluster", () => {
  it("A: one patch of replicas and template looks finished for a moment, then rolls out once", () => {
    create();
    const patched = change((draft) => {
      draft.spec.replicas = 6;
      restart(draft);
    });
    expect(line(patched)).toBe("gen2 obs1 rev1 repl4 upd4 ready4 avail4 True/NewReplicaSetAvailable available True");
    clock.advance(40);
    expect(deployment().status.observedGeneration).toBe(1);
    clock.advance(5000);
    expectInOrder([
      /^gen2 obs1 rev1 repl4 upd4 ready4 avail4 True\/NewReplicaSetAvailable available True$/,
      /^gen2 obs2 rev1 repl4 upd- ready4 avail4 True\/NewReplicaSetAvailable available False$/,
      /^gen2 obs2 rev2 repl4 upd- ready4 avail4 True\/NewReplicaSetCreated available False$/,
      /^gen2 obs2 rev2 repl8 upd3 ready4 avail4 True\/ReplicaSetUpdated available False$/,
      / True\/ReplicaSetUpdated available True$/,
      /^gen2 obs2 rev2 repl6 upd6 ready6 avail6 True\/NewReplicaSetAvailable available True$/,
    ]);
    expect(sets().length).toBe(2);
    expect(deployment().status.terminatingReplicas).toBe(0);
  });

  it("B: a bad image times out while the old pods serve, and undo reuses the old ReplicaSet under a new revision", () => {
    create({ replicas: 6 });
    change(restart);
    clock.advance(3000);
    change((draft) => {
      setImage("nginx:bad")(draft);
      draft.spec.progressDeadlineSeconds = 5;
    });
    clock.advance(7000);
    change(setImage("nginx:1"));
    clock.advance(3000);
    expectInOrder([
      /^gen3 obs3 rev3 repl8 upd3 ready5 avail5 True\/ReplicaSetUpdated available True$/,
      /^gen3 obs3 rev3 repl8 upd3 ready5 avail5 False\/ProgressDeadlineExceeded available True$/,
      /^gen4 obs3 rev3 .* False\/ProgressDeadlineExceeded/,
      /^gen4 obs4 .* upd5 ready5 avail5 True\/ReplicaSetUpdated/,
      /^gen4 obs4 rev4 repl6 upd6 ready6 avail6 True\/NewReplicaSetAvailable available True$/,
    ]);
    const revisions = sets().map((set) => set.metadata.annotations?.["deployment.kubernetes.io/revision"]);
    expect(new Set(revisions)).toEqual(new Set(["1", "3", "4"]));
    const current = sets().find((set) => set.spec.replicas === 6);
    expect(current?.metadata.annotations?.["deployment.kubernetes.io/revision-history"]).toBe("2");
  });

  it("C: after an undo with nothing to measure, an old ProgressDeadlineExceeded outlives observedGeneration", () => {
    create({ replicas: 1, progressDeadlineSeconds: 5 });
    change(setImage("nginx:bad"));
    clock.advance(7000);
    expect(line(deployment())).toContain("obs2 rev2 repl2 upd1 ready1 avail1 False/ProgressDeadlineExceeded");
    change(setImage("nginx:1"));
    clock.advance(2000);
    expectInOrder([
      /^gen3 obs2 .* False\/ProgressDeadlineExceeded/,
      /^gen3 obs3 rev3 repl2 upd1 ready1 avail1 False\/ProgressDeadlineExceeded/,
      /^gen3 obs3 rev3 repl1 upd1 ready1 avail1 True\/NewReplicaSetAvailable/,
    ]);
  });

  it("D: scaled to zero, the status has no counts but terminatingReplicas", () => {
    create();
    change((draft) => (draft.spec.replicas = 0));
    clock.advance(2000);
    expect(Object.keys(JSON.parse(JSON.stringify(deployment().status)) as object).sort()).toEqual([
      "conditions",
      "observedGeneration",
      "terminatingReplicas",
    ]);
    expect(deployment().status.terminatingReplicas).toBe(0);
  });
});

describe("a rolling update", () => {
  it("never has more pods than surge allows, nor fewer available than maxUnavailable allows", () => {
    create({ replicas: 10, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } } });
    let most = 0;
    let fewestReady = 10;
    cluster.store.subscribe(({ resource }) => {
      if (resource !== pods) return;
      const live = livePods();
      most = Math.max(most, live.length);
      const ready = live.filter((pod) => pod.status.conditions?.some((one) => one.type === "Ready" && one.status === "True"));
      fewestReady = Math.min(fewestReady, ready.length);
    });
    change(restart);
    clock.advance(20_000);
    expect(most).toBe(12);
    expect(fewestReady).toBe(9);
    expect(line(deployment())).toContain("repl10 upd10 ready10 avail10 True/NewReplicaSetAvailable");
  });

  it("scales all ReplicaSets in proportion when the size changes halfway", () => {
    create({ replicas: 10, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
    change(setImage("nginx:bad"));
    clock.advance(3000);
    expect(
      sets()
        .map((set) => set.spec.replicas)
        .sort((left, right) => left - right),
    ).toEqual([5, 8]);
    change((draft) => (draft.spec.replicas = 15));
    clock.advance(60);
    // The example of the Deployment documentation: 13 pods become 18, three for the old one and two for the new one.
    expect(
      sets()
        .map((set) => set.spec.replicas)
        .sort((left, right) => left - right),
    ).toEqual([7, 11]);
  });

  it("replaces pods one at a time without surge, down first", () => {
    create({ replicas: 3, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } });
    let most = 0;
    cluster.store.subscribe(({ resource }) => {
      if (resource === pods) most = Math.max(most, livePods().length);
    });
    change(restart);
    clock.advance(10_000);
    expect(most).toBe(3);
    expect(line(deployment())).toContain("upd3 ready3 avail3 True/NewReplicaSetAvailable");
  });

  it("counts a pod as available only after minReadySeconds", () => {
    create({ replicas: 1, minReadySeconds: 10 });
    expect(deployment().status).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    expect(deployment().status.availableReplicas).toBeUndefined();
    clock.advance(10_000);
    expect(deployment().status.availableReplicas).toBe(1);
  });

  it("keeps only revisionHistoryLimit old ReplicaSets, the newest", () => {
    create({ replicas: 1, revisionHistoryLimit: 2 });
    for (const tag of ["2", "3", "4", "5"]) {
      change(setImage(`nginx:${tag}`));
      clock.advance(3000);
    }
    const images = sets().map((set) => set.spec.template.spec.containers[0]?.image);
    expect(new Set(images)).toEqual(new Set(["nginx:3", "nginx:4", "nginx:5"]));
  });
});

describe("other ways of a Deployment", () => {
  it("with Recreate no old pod is left, not even a terminating one, when the first new one comes", () => {
    create({ replicas: 3, strategy: { type: "Recreate" } });
    const old = new Set(livePods().map((pod) => pod.metadata.uid));
    let hadBoth = false;
    cluster.store.subscribe(({ resource }) => {
      if (resource !== pods) return;
      const uids = cluster.store.list(pods, "default").map((pod) => pod.metadata.uid);
      hadBoth ||= uids.some((uid) => old.has(uid)) && uids.some((uid) => !old.has(uid));
    });
    change(restart);
    clock.advance(5000);
    expect(hadBoth).toBe(false);
    expect(line(deployment())).toContain("upd3 ready3 avail3 True/NewReplicaSetAvailable");
  });

  it("a paused one takes a new template without rolling it out, and rolls out once resumed", () => {
    create({ replicas: 2 });
    change((draft) => (draft.spec.paused = true));
    clock.advance(200);
    change(restart);
    clock.advance(3000);
    expect(sets().length).toBe(1);
    expect(conditionOf(deployment().status, "Progressing")).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    expect(deployment().status.observedGeneration).toBe(3);
    change((draft) => delete draft.spec.paused);
    clock.advance(3000);
    expect(sets().length).toBe(2);
    expect(line(deployment())).toContain("upd2 ready2 avail2 True/NewReplicaSetAvailable");
  });

  it("shows a quota as ReplicaFailure at once, and goes on when it is lifted", () => {
    const quota = podQuota(cluster.store, { namespace: "default", pods: 2 });
    cluster.registry.admissions.push(quota);
    create({ replicas: 3 });
    const failure = conditionOf(deployment().status, "ReplicaFailure");
    expect(failure).toMatchObject({ status: "True", reason: "FailedCreate" });
    expect(failure?.message).toMatch(
      /^pods "web-\w+-\w{5}" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2$/,
    );
    cluster.registry.admissions.splice(0);
    clock.advance(3000);
    expect(conditionOf(deployment().status, "ReplicaFailure")).toBeUndefined();
    expect(deployment().status.availableReplicas).toBe(3);
  });

  it("replaces a pod deleted by hand, and an evicted one", () => {
    create({ replicas: 2 });
    const [first, second] = livePods();
    const target = { type: pods, namespace: "default" };
    cluster.registry.update({ ...target, name: first!.metadata.name }, { manager: "kubelet", subresource: "status" }, (current) => ({
      ...current,
      status: { phase: "Failed", reason: "Evicted" },
    }));
    cluster.store.remove(pods, second!);
    clock.advance(3000);
    expect(livePods().length).toBe(3);
    expect(deployment().status).toMatchObject({ replicas: 2, availableReplicas: 2 });
  });

  it("counts ready but unavailable pods apart, and has no Progressing condition without a deadline", () => {
    create({ replicas: 1, progressDeadlineSeconds: 2 ** 31 - 1 });
    expect(conditionOf(deployment().status, "Progressing")).toBeUndefined();
    expect(conditionOf(deployment().status, "Available")?.status).toBe("True");
  });

  it("writes nothing when nothing happens", () => {
    create();
    const { revision } = cluster.store;
    clock.advance(3_600_000);
    expect(cluster.store.revision).toBe(revision);
  });

  it("with an autoscaler that insists, another size does not last", () => {
    create({ replicas: 4 });
    const target = { type: horizontalPodAutoscalers, namespace: "default", name: "web" };
    const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, minReplicas: 2, maxReplicas: 5 };
    cluster.registry.create(target, { metadata: { name: "web" }, spec }, { manager: "test" });
    cluster.autoscalers.want("default", "web", 4);
    change((draft) => (draft.spec.replicas = 3));
    clock.advance(14_000);
    expect(deployment().spec.replicas).toBe(3);
    clock.advance(2000);
    expect(deployment().spec.replicas).toBe(4);
    change((draft) => (draft.spec.replicas = 0));
    clock.advance(40_000);
    expect(deployment().spec.replicas).toBe(0);
  });

  it("an autoscaler without a wish only keeps its limits", () => {
    create({ replicas: 4 });
    const target = { type: horizontalPodAutoscalers, namespace: "default", name: "web" };
    const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, minReplicas: 2, maxReplicas: 5 };
    cluster.registry.create(target, { metadata: { name: "web" }, spec }, { manager: "test" });
    change((draft) => (draft.spec.replicas = 9));
    clock.advance(20_000);
    expect(deployment().spec.replicas).toBe(5);
  });
});
