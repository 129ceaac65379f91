import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../../test/property-runs.ts";
import type { Condition, ContainerStatus, Deployment, Pod, ReplicaSet } from "../types.ts";
import { checkRollout } from "./check-rollout.ts";
import type { RolloutInput, RolloutState } from "./rollout-state.ts";

const T0 = Date.parse("2026-01-01T12:00:00Z");
/** RFC 3339 with whole seconds, as the API server writes. */
const stamp = (seconds: number): string => new Date(T0 + Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z");
/** The Date header has whole seconds as well. */
const clock = (seconds: number): number => T0 + Math.floor(seconds) * 1000;

interface Line {
  readonly t?: number;
  readonly gen: number;
  readonly obs?: number;
  readonly replicas?: number;
  readonly repl?: number;
  readonly upd?: number;
  readonly ready?: number;
  readonly avail?: number;
  readonly term?: number;
  /** Reason, and when it was written. */
  readonly progressing?: readonly [Condition["status"], string, number];
  readonly available?: Condition["status"];
  readonly deadline?: number;
  readonly conditions?: readonly Condition[];
  readonly spec?: object;
  readonly metadata?: object;
}

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } };

function deployment(line: Line): Deployment {
  const [status, reason, written] = line.progressing ?? ["True", "NewReplicaSetAvailable", 0];
  const conditions: Condition[] = [
    { type: "Available", status: line.available ?? "True", lastUpdateTime: stamp(0) },
    { type: "Progressing", status, reason, lastUpdateTime: stamp(written), lastTransitionTime: stamp(written) },
    ...(line.conditions ?? []),
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", uid: "d1", resourceVersion: "1", generation: line.gen, ...line.metadata },
    spec: {
      replicas: line.replicas,
      selector: { matchLabels: { app: "web" } },
      template: TEMPLATE,
      progressDeadlineSeconds: line.deadline,
      ...line.spec,
    },
    status: {
      observedGeneration: line.obs,
      replicas: line.repl,
      updatedReplicas: line.upd,
      readyReplicas: line.ready,
      availableReplicas: line.avail,
      terminatingReplicas: line.term,
      conditions,
    },
  };
}

function replicaSet(name: string, uid: string, image = "nginx:1.27"): ReplicaSet {
  const labels = { app: "web", "pod-template-hash": name };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      uid,
      resourceVersion: "1",
      creationTimestamp: stamp(0),
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d1", controller: true }],
    },
    spec: { template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } } },
  };
}

function pod(name: string, owner: string, ...[status = {}, metadata = {}]: [status?: Pod["status"], metadata?: object]): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: "1",
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner, controller: true }],
      ...metadata,
    },
    spec: { containers: [{ name: "web" }] },
    status,
  };
}

function waiting(reason: string, more: Partial<ContainerStatus> = {}): Pod["status"] {
  return { phase: "Pending", containerStatuses: [{ name: "web", restartCount: 0, state: { waiting: { reason } }, ...more }] };
}

const NEW = replicaSet("web-new", "rs-new");
const OLD = replicaSet("web-old", "rs-old", "nginx:1.26");
const up = (seconds = 0): Pod["status"] => ({
  phase: "Running",
  conditions: [{ type: "Ready", status: "True", lastTransitionTime: stamp(seconds) }],
});

interface Look extends Partial<Omit<RolloutInput, "snapshot">> {
  readonly t?: number;
  readonly replicaSets?: readonly ReplicaSet[];
  readonly pods?: readonly Pod[];
}

function look(line: Line | undefined, { t = line?.t ?? 1, replicaSets = [NEW, OLD], pods = [], ...more }: Look = {}): RolloutState {
  const snapshot = { deployment: line === undefined ? undefined : deployment(line), replicaSets, pods, serverTimeMs: clock(t) };
  return checkRollout({ uid: "d1", ownGeneration: 2, patchedAtMs: clock(0.8), ...more, snapshot });
}

/** Follows a trace with the state handed on, and gives what was said at each line. */
function follow(lines: readonly Line[], input: Look): string[] {
  const said: string[] = [];
  let previous: RolloutState | undefined;
  for (const line of lines) {
    previous = look(line, { ...input, previous });
    said.push(`${previous.phase} ${previous.reason}`);
  }
  return said;
}

describe("a recorded rollout of one patch (replicas 4 to 6, restart)", () => {
  const lines: readonly Line[] = [
    { t: 0.85, gen: 2, obs: 1, repl: 4, upd: 4, ready: 4, avail: 4 },
    { t: 0.89, gen: 2, obs: 2, repl: 4, ready: 4, avail: 4, available: "False" },
    { t: 0.9, gen: 2, obs: 2, repl: 4, ready: 4, avail: 4, available: "False", progressing: ["True", "NewReplicaSetCreated", 0.9] },
    { t: 1.04, gen: 2, obs: 2, repl: 6, upd: 2, ready: 4, avail: 4, available: "False", progressing: ["True", "ReplicaSetUpdated", 1] },
    { t: 1.14, gen: 2, obs: 2, repl: 9, upd: 3, ready: 4, avail: 4, available: "False", progressing: ["True", "ReplicaSetUpdated", 1] },
    { t: 1.28, gen: 2, obs: 2, repl: 8, upd: 3, ready: 5, avail: 5, progressing: ["True", "ReplicaSetUpdated", 1] },
    { t: 2.23, gen: 2, obs: 2, repl: 7, upd: 6, ready: 7, avail: 7, progressing: ["True", "ReplicaSetUpdated", 2] },
    { t: 2.43, gen: 2, obs: 2, repl: 6, upd: 6, ready: 6, avail: 6, progressing: ["True", "NewReplicaSetAvailable", 2] },
  ].map((line) => ({ ...line, replicas: 6 }) as Line);

  it("is complete at the last line only, though the first looks complete", () => {
    expect(follow(lines, { ownGeneration: 2 })).toEqual([
      "progressing NotObserved",
      "progressing Updating",
      "progressing Updating",
      "progressing Updating",
      "progressing Updating",
      "progressing Updating",
      "progressing OldPodsLeft",
      "complete Complete",
    ]);
  });

  it("counts what kubectl counts, absent fields as 0", () => {
    expect(look(lines[1]).numbers).toEqual({ desired: 6, updated: 0, ready: 4, available: 4, old: 4, terminating: 0 });
    expect(look(lines[5]).numbers).toEqual({ desired: 6, updated: 3, ready: 5, available: 5, old: 5, terminating: 0 });
    expect(look(lines[5]).message).toBe("3 of 6 new pods made");
    expect(look(lines[6]).message).toBe("1 old pod left to remove");
    expect(look(lines[7]).message).toBe("6 of 6 pods available, all of the new revision");
  });
});

describe("a recorded rollout of a bad image, and its rollback", () => {
  const common = { replicas: 6, deadline: 5, repl: 8 } as const;
  const lines: readonly Line[] = [
    { ...common, t: 0.82, gen: 3, obs: 2, repl: 6, upd: 6, ready: 6, avail: 6 },
    { ...common, t: 0.91, gen: 3, obs: 3, upd: 2, ready: 6, avail: 6, progressing: ["True", "NewReplicaSetCreated", 0.91] },
    { ...common, t: 1.01, gen: 3, obs: 3, upd: 3, ready: 5, avail: 5, progressing: ["True", "ReplicaSetUpdated", 1.01] },
    { ...common, t: 5.94, gen: 3, obs: 3, upd: 3, ready: 5, avail: 5, progressing: ["False", "ProgressDeadlineExceeded", 5.94] },
  ];
  const rollback: readonly Line[] = [
    { ...common, t: 6.31, gen: 4, obs: 3, upd: 3, ready: 5, avail: 5, progressing: ["False", "ProgressDeadlineExceeded", 5.94] },
    { ...common, t: 6.51, gen: 4, obs: 4, upd: 5, ready: 5, avail: 5, progressing: ["True", "ReplicaSetUpdated", 6.51] },
    { ...common, t: 6.91, gen: 4, obs: 4, repl: 6, upd: 6, ready: 6, avail: 6, progressing: ["True", "NewReplicaSetAvailable", 6.91] },
  ];

  it("fails when the deadline passes, though old pods still serve", () => {
    expect(follow(lines, { ownGeneration: 3, patchedAtMs: clock(0.8) })).toEqual([
      "progressing NotObserved",
      "progressing Updating",
      "progressing Updating",
      "failed ProgressDeadlineExceeded",
    ]);
    expect(look(lines[3], { ownGeneration: 3 }).message).toBe("deployment web has made no progress for 5 s (progressDeadlineSeconds)");
  });

  it("does not hold the failed rollout's condition against the rollback", () => {
    expect(follow(rollback, { ownGeneration: 4, patchedAtMs: clock(6.3) })).toEqual([
      "progressing NotObserved",
      "progressing Updating",
      "complete Complete",
    ]);
  });
});

describe("the recorded trap: a stale condition with observedGeneration up to date", () => {
  const stale: Line["progressing"] = ["False", "ProgressDeadlineExceeded", 6.2];
  const lines: readonly Line[] = [
    { t: 6.5, gen: 7, obs: 6, replicas: 1, deadline: 5, repl: 2, upd: 1, ready: 1, avail: 1, progressing: stale },
    { t: 6.65, gen: 7, obs: 7, replicas: 1, deadline: 5, repl: 2, upd: 1, ready: 1, avail: 1, progressing: stale },
    {
      t: 6.81,
      gen: 7,
      obs: 7,
      replicas: 1,
      deadline: 5,
      repl: 1,
      upd: 1,
      ready: 1,
      avail: 1,
      term: 1,
      progressing: ["True", "NewReplicaSetAvailable", 6.81],
    },
  ];
  const input = { ownGeneration: 7, patchedAtMs: clock(6.4) };

  it("goes on where kubectl rollout status fails, and completes", () => {
    expect(follow(lines, input)).toEqual(["progressing NotObserved", "progressing OldPodsLeft", "complete Complete"]);
  });

  it("waits for the old pod's end when asked to", () => {
    expect(look(lines[2], { ...input, waitForTermination: true })).toMatchObject({ phase: "progressing", reason: "Terminating" });
  });

  it("fails when the condition stays for as long as the deadline itself", () => {
    const stuck = { ...lines[1], gen: 7 } as Line;
    const at = (t: number): Line => ({ ...stuck, t });
    expect(follow([at(7), at(11), at(12)], input)).toEqual([
      "progressing OldPodsLeft",
      "progressing OldPodsLeft",
      "failed ProgressDeadlineExceeded",
    ]);
  });

  it("does not start that clock before the controller has seen the change", () => {
    const lagging = { ...lines[0], t: 7, gen: 7 } as Line;
    const caughtUp = { ...lines[1], t: 30, gen: 7 } as Line;
    expect(follow([lagging, caughtUp], input)).toEqual(["progressing NotObserved", "progressing OldPodsLeft"]);
  });

  it("does not hold against us what ran out between our patch and its being seen", () => {
    const lateStale: Line["progressing"] = ["False", "ProgressDeadlineExceeded", 7.01];
    const late = lines.slice(0, 2).map((line) => ({ ...line, progressing: lateStale }));
    expect(follow(late, input)).toEqual(["progressing NotObserved", "progressing OldPodsLeft"]);
  });

  it("takes a condition at its word that follows progress of ours, even within the second of the patch", () => {
    const common = { gen: 7, obs: 7, replicas: 1, deadline: 5, repl: 2, upd: 1, ready: 1, avail: 1 } as const;
    const went: Line = { ...common, t: 6.5, progressing: ["True", "ReplicaSetUpdated", 6.5] };
    const stopped: Line = { ...common, t: 6.9, progressing: ["False", "ProgressDeadlineExceeded", 6.9] };
    expect(follow([went, stopped], input)).toEqual(["progressing OldPodsLeft", "failed ProgressDeadlineExceeded"]);
  });

  it("takes a condition from after the patch at its word", () => {
    const fresh = { ...lines[1], gen: 7, progressing: ["False", "ProgressDeadlineExceeded", 7.1] } as Line;
    expect(look(fresh, input)).toMatchObject({ phase: "failed", reason: "ProgressDeadlineExceeded" });
  });
});

describe("scaling to 0", () => {
  it("is complete with nothing but observedGeneration and conditions in the status", () => {
    const state = look({ gen: 2, obs: 2, replicas: 0, term: 0 });
    expect(state).toMatchObject({
      phase: "complete",
      message: "scaled to 0",
      numbers: { desired: 0, updated: 0, ready: 0, available: 0, old: 0, terminating: 0 },
    });
  });

  it("is not complete without a status", () => {
    expect(look({ gen: 2, replicas: 0 })).toMatchObject({ phase: "progressing", reason: "NotObserved" });
  });
});

describe("who is looked at", () => {
  const done: Line = { gen: 2, obs: 2, replicas: 1, repl: 1, upd: 1, ready: 1, avail: 1 };

  it("fails when the Deployment is gone, is going, or is another of the same name", () => {
    expect(look(undefined)).toMatchObject({ phase: "failed", reason: "Deleted" });
    expect(look({ ...done, metadata: { deletionTimestamp: stamp(1) } })).toMatchObject({ phase: "failed", reason: "Deleted" });
    expect(look({ ...done, metadata: { uid: "d2" } })).toMatchObject({ phase: "failed", reason: "Recreated" });
  });

  it("fails when it is paused, whatever its numbers say", () => {
    expect(look({ ...done, spec: { paused: true } })).toMatchObject({ phase: "failed", reason: "Paused" });
    expect(look({ ...done, obs: 1, spec: { paused: true } })).toMatchObject({ phase: "failed", reason: "Paused" });
  });

  it("does not trust an answer from before our patch", () => {
    expect(look({ ...done, gen: 1, obs: 1 })).toMatchObject({ phase: "progressing", reason: "StaleRead" });
  });

  it("notes a later change by somebody else, and waits until that is observed too", () => {
    expect(look({ ...done, gen: 3, obs: 2 })).toMatchObject({ phase: "progressing", reason: "NotObserved", isChangedSince: true });
    expect(look({ ...done, gen: 3, obs: 3 })).toMatchObject({ phase: "complete", isChangedSince: true });
    expect(look(done).isChangedSince).toBe(false);
  });

  it("takes 1 for absent replicas", () => {
    expect(look({ ...done, replicas: undefined })).toMatchObject({ phase: "complete", numbers: { desired: 1 } });
  });

  it("waits for available, not for ready, pods: minReadySeconds", () => {
    expect(look({ ...done, avail: 0 })).toMatchObject({ phase: "progressing", reason: "NotAvailable" });
  });

  it("is complete without a Progressing condition, which a deadline of MaxInt32 removes", () => {
    const subject = deployment(done);
    const bare: Deployment = { ...subject, status: { ...subject.status, conditions: [] } };
    const snapshot = { deployment: bare, replicaSets: [NEW], pods: [], serverTimeMs: clock(1) };
    expect(checkRollout({ snapshot, uid: "d1", ownGeneration: 2, patchedAtMs: clock(0) }).phase).toBe("complete");
  });
});

describe("pods that cannot come up", () => {
  const line: Line = { gen: 2, obs: 2, replicas: 2, repl: 3, upd: 1, ready: 2, avail: 2, progressing: ["True", "ReplicaSetUpdated", 1] };

  it.each(["CreateContainerConfigError", "CreateContainerError", "InvalidImageName", "ErrImageNeverPull"])(
    "fail the rollout at once for %s",
    (reason) => {
      const state = look(line, { pods: [pod("a", "rs-new", waiting(reason))] });
      expect(state).toMatchObject({ phase: "failed", reason: "ContainerConfig", problems: [{ reason }], newReplicaSet: "web-new" });
      expect(state.message).toContain(reason);
    },
  );

  it("fail it for an image that cannot be pulled, after a grace that outlives the change of words", () => {
    const first = look(line, { t: 10, pods: [pod("a", "rs-new", waiting("ErrImagePull"))] });
    expect(first).toMatchObject({ phase: "progressing", problems: [{ kind: "image" }] });
    const pods = [pod("a", "rs-new", waiting("ImagePullBackOff"))];
    expect(look(line, { t: 39, pods, previous: first }).phase).toBe("progressing");
    expect(look(line, { t: 40, pods, previous: first })).toMatchObject({ phase: "failed", reason: "ImagePull" });
    expect(look(line, { t: 15, pods, previous: first, graceMs: 5000 })).toMatchObject({ phase: "failed", reason: "ImagePull" });
  });

  it("fail it for a crash loop after enough restarts", () => {
    const crashing = (restartCount: number) => [pod("a", "rs-new", waiting("CrashLoopBackOff", { restartCount }))];
    expect(look(line, { pods: crashing(2) }).phase).toBe("progressing");
    expect(look(line, { pods: crashing(3) })).toMatchObject({ phase: "failed", reason: "CrashLoop" });
    expect(look(line, { pods: crashing(1), crashRestarts: 1 })).toMatchObject({ phase: "failed", reason: "CrashLoop" });
  });

  it("fail it for a slow crash loop after the grace, though the container runs in between", () => {
    const crash = [pod("a", "rs-new", waiting("CrashLoopBackOff", { restartCount: 1 }))];
    const runs = [pod("a", "rs-new", { phase: "Running", containerStatuses: [{ name: "web", restartCount: 2, state: { running: {} } }] })];
    const first = look(line, { t: 10, pods: crash });
    const second = look(line, { t: 25, pods: runs, previous: first });
    expect(second).toMatchObject({ phase: "progressing", problems: [] });
    expect(look(line, { t: 41, pods: crash, previous: second })).toMatchObject({ phase: "failed", reason: "CrashLoop" });
  });

  it("fail it for a container that restarts again and again while it looks ready", () => {
    const status: Pod["status"] = { ...up(50), containerStatuses: [{ name: "web", ready: true, restartCount: 5, state: { running: {} } }] };
    expect(look(line, { t: 60, pods: [pod("a", "rs-new", status)] })).toMatchObject({ phase: "failed", reason: "CrashLoop" });
    expect(look(line, { t: 90, pods: [pod("a", "rs-new", status)] }).phase).toBe("progressing");
  });

  it("fail it when no node takes them, counted from the scheduler's own time", () => {
    const status: Pod["status"] = {
      phase: "Pending",
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient cpu", lastTransitionTime: stamp(10) },
      ],
    };
    const pods = [pod("a", "rs-new", status)];
    expect(look(line, { t: 129, pods }).phase).toBe("progressing");
    const state = look(line, { t: 130, pods });
    expect(state).toMatchObject({ phase: "failed", reason: "Unschedulable" });
    expect(state.message).toContain("Insufficient cpu");
    expect(look(line, { t: 20, pods, unschedulableGraceMs: 10_000 }).phase).toBe("failed");
  });

  it("count init containers and sidecars", () => {
    const status: Pod["status"] = {
      phase: "Pending",
      initContainerStatuses: [{ name: "migrate", state: { waiting: { reason: "InvalidImageName" } } }],
    };
    expect(look(line, { pods: [pod("a", "rs-new", status)] })).toMatchObject({ phase: "failed", problems: [{ container: "migrate" }] });
  });

  it("do not fail it while another new pod is up or may still come up, unless any one is enough", () => {
    const bad = pod("a", "rs-new", waiting("InvalidImageName"));
    for (const other of [pod("b", "rs-new", up()), pod("b", "rs-new", { phase: "Pending" })]) {
      expect(look(line, { pods: [bad, other] })).toMatchObject({ phase: "progressing", problems: [{ pod: "a" }] });
      expect(look(line, { pods: [bad, other], failWhen: "any" }).phase).toBe("failed");
    }
    const both = look(line, { pods: [bad, pod("b", "rs-new", waiting("InvalidImageName"))] });
    expect(both.message).toMatch(/^all 2 new pods are in trouble; pod a: /);
  });

  it("do not count when they are old, terminating or a stranger's", () => {
    const bad = waiting("InvalidImageName");
    const pods = [pod("a", "rs-old", bad), pod("b", "rs-new", bad, { deletionTimestamp: stamp(1) }), pod("c", "rs-stranger", bad)];
    expect(look(line, { pods })).toMatchObject({ phase: "progressing", problems: [], numbers: { terminating: 1 } });
  });

  it("do not count before the new ReplicaSet exists", () => {
    expect(look(line, { replicaSets: [OLD], pods: [pod("a", "rs-old", waiting("InvalidImageName"))] }).phase).toBe("progressing");
  });

  it("do not count when evicted, for another one is made", () => {
    const evicted: Pod["status"] = {
      phase: "Failed",
      reason: "Evicted",
      containerStatuses: [{ name: "web", restartCount: 9, state: { terminated: { exitCode: 137 } } }],
    };
    expect(look(line, { pods: [pod("a", "rs-new", evicted)] })).toMatchObject({ phase: "progressing" });
  });

  it("are left to the progress deadline without failFast", () => {
    const state = look(line, { pods: [pod("a", "rs-new", waiting("InvalidImageName"))], failFast: false });
    expect(state).toMatchObject({ phase: "progressing", problems: [{ reason: "InvalidImageName" }] });
  });

  it("do not undo a rollout that is complete", () => {
    const done: Line = { gen: 2, obs: 2, replicas: 1, repl: 1, upd: 1, ready: 1, avail: 1 };
    expect(look(done, { pods: [pod("a", "rs-new", waiting("InvalidImageName"))] }).phase).toBe("complete");
  });
});

describe("pods that cannot be created", () => {
  const failing = (message: string, written: number): Line => ({
    gen: 2,
    obs: 2,
    replicas: 2,
    repl: 1,
    ready: 1,
    avail: 1,
    conditions: [
      {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message,
        lastUpdateTime: stamp(written),
        lastTransitionTime: stamp(written),
      },
    ],
  });

  it("fail the rollout at once when admission refuses them", () => {
    const state = look(failing('pods "web-x" is forbidden: violates PodSecurity "restricted:latest"', 1));
    expect(state).toMatchObject({ phase: "failed", reason: "ReplicaFailure" });
    expect(state.message).toContain("violates PodSecurity");
  });

  it("fail it after a grace when a quota is in the way, for old pods may give it back", () => {
    const line = failing('pods "web-x" is forbidden: exceeded quota: compute', 1);
    const first = look(line, { t: 1 });
    expect(first.phase).toBe("progressing");
    expect(look(line, { t: 30, previous: first }).phase).toBe("progressing");
    expect(look(line, { t: 31, previous: first })).toMatchObject({ phase: "failed", reason: "ReplicaFailure" });
  });

  it("do not fail it at once with a refusal from before the patch", () => {
    expect(look(failing("violates PodSecurity", 1), { patchedAtMs: clock(5), t: 6 }).phase).toBe("progressing");
  });
});

describe("whatever the cluster says", () => {
  const count = fc.option(fc.nat(4), { nil: undefined });
  const status = fc.constantFrom<Condition["status"]>("True", "False", "Unknown");
  const anyPod = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    owner: fc.constantFrom("rs-new", "rs-old", "rs-stranger"),
    status: fc.constantFrom(
      undefined,
      up(),
      waiting("InvalidImageName"),
      waiting("ErrImagePull"),
      waiting("CrashLoopBackOff", { restartCount: 4 }),
    ),
  });
  const anyLine: fc.Arbitrary<Line> = fc.record({
    gen: fc.integer({ min: 1, max: 4 }),
    obs: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    replicas: count,
    repl: count,
    upd: count,
    ready: count,
    avail: count,
    term: count,
    available: status,
    progressing: fc.tuple(status, fc.constantFrom("NewReplicaSetAvailable", "ProgressDeadlineExceeded", "ReplicaSetUpdated"), fc.nat(9)),
    spec: fc.record({ paused: fc.boolean() }, { requiredKeys: [] }),
    metadata: fc.record(
      { uid: fc.constantFrom("d1", "d2"), deletionTimestamp: fc.constantFrom(undefined, stamp(1)) },
      { requiredKeys: [] },
    ),
  });
  const pods = fc.array(anyPod, { maxLength: 4 }).map((list) => list.map(({ name, owner, status }) => pod(name, owner, status)));

  it("is never complete before the controller has observed our own generation, nor with numbers that do not fit", () => {
    fc.assert(
      fc.property(anyLine, pods, fc.integer({ min: 1, max: 4 }), (line, some, ownGeneration) => {
        const state = look(line, { ownGeneration, pods: some, t: 9 });
        if (state.phase !== "complete") return;
        expect(line.obs).toBeGreaterThanOrEqual(ownGeneration);
        expect(line.obs).toBeGreaterThanOrEqual(line.gen);
        expect(line.upd ?? 0).toBeGreaterThanOrEqual(line.replicas ?? 1);
        expect(line.repl ?? 0).toBeLessThanOrEqual(line.upd ?? 0);
        expect(line.avail ?? 0).toBeGreaterThanOrEqual(line.upd ?? 0);
        expect(line.spec).not.toMatchObject({ paused: true });
        expect(line.metadata).not.toMatchObject({ uid: "d2" });
      }),
      { numRuns: timesTheRuns(20) },
    );
  });

  it("takes an absent number for 0", () => {
    fc.assert(
      fc.property(anyLine, pods, (line, some) => {
        const zero = { ...line, repl: line.repl ?? 0, upd: line.upd ?? 0, ready: line.ready ?? 0, avail: line.avail ?? 0 };
        expect(look(zero, { pods: some })).toEqual(look(line, { pods: some }));
      }),
    );
  });

  it("does not change its mind over pods that are not of the new revision", () => {
    fc.assert(
      fc.property(anyLine, pods, (line, some) => {
        const own = some.filter((each) => each.metadata.ownerReferences?.[0]?.uid === "rs-new");
        const fixed = { ...line, term: line.term ?? 0 };
        expect(look(fixed, { pods: some })).toEqual(look(fixed, { pods: own }));
      }),
    );
  });

  it("goes on the same from a state that went through a journal", () => {
    fc.assert(
      fc.property(anyLine, anyLine, pods, (first, second, some) => {
        const previous = look(first, { pods: some, t: 5 });
        const revived = JSON.parse(JSON.stringify(previous)) as RolloutState;
        expect(look(second, { pods: some, t: 50, previous: revived })).toEqual(look(second, { pods: some, t: 50, previous }));
      }),
    );
  });
});
