import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContainerStatus, Pod, PodStatus } from "../types.ts";
import { podProblems } from "./container-problem.ts";
import { isReady, podStatus } from "./pod-status.ts";
import { summarisePod } from "./pod-summary.ts";

function pod(status: PodStatus, change: { metadata?: object; spec?: object } = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-1",
      namespace: "shop",
      uid: "u1",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...change.metadata,
    },
    spec: { containers: [{ name: "web", image: "nginx:1.27" }], ...change.spec },
    status,
  };
}

const READY = [{ type: "Ready", status: "True" as const }];
const running: ContainerStatus = { name: "web", ready: true, restartCount: 0, state: { running: {} } };
const waiting = (reason: string, restartCount = 0): ContainerStatus => ({ name: "web", restartCount, state: { waiting: { reason } } });
const ended = (exitCode: number, reason?: string): ContainerStatus => ({ name: "web", state: { terminated: { exitCode, reason } } });
const DELETED = { metadata: { deletionTimestamp: "2026-01-01T00:01:00Z" } };
const init = (names: readonly string[], restartPolicy?: string) => ({
  spec: { containers: [{ name: "web" }], initContainers: names.map((name) => ({ name, restartPolicy })) },
});

describe("podStatus shows what kubectl shows for", () => {
  it.each<[string, Pod, string, string]>([
    ["a fresh pod without any statuses", pod({ phase: "Pending" }), "Pending", "0/1"],
    ["a pod without a status at all", { ...pod({}), status: undefined }, "Unknown", "0/1"],
    ["a running pod", pod({ phase: "Running", conditions: READY, containerStatuses: [running] }), "Running", "1/1"],
    [
      "a crash loop, whose phase is Running",
      pod({ phase: "Running", containerStatuses: [waiting("CrashLoopBackOff", 3)] }),
      "CrashLoopBackOff",
      "0/1",
    ],
    [
      "an image that cannot be pulled",
      pod({ phase: "Pending", containerStatuses: [waiting("ImagePullBackOff")] }),
      "ImagePullBackOff",
      "0/1",
    ],
    [
      "a terminating pod, ready or not",
      pod({ phase: "Running", conditions: READY, containerStatuses: [running] }, DELETED),
      "Terminating",
      "1/1",
    ],
    ["a terminating pod on a lost node", pod({ phase: "Running", reason: "NodeLost" }, DELETED), "Unknown", "0/1"],
    [
      "a finished pod that is deleted",
      pod({ phase: "Succeeded", containerStatuses: [ended(0, "Completed")] }, DELETED),
      "Completed",
      "0/1",
    ],
    ["a completed pod", pod({ phase: "Succeeded", containerStatuses: [ended(0, "Completed")] }), "Completed", "0/1"],
    ["an exit without a reason", pod({ phase: "Failed", containerStatuses: [ended(3)] }), "ExitCode:3", "0/1"],
    [
      "a death by signal",
      pod({ phase: "Failed", containerStatuses: [{ name: "web", state: { terminated: { exitCode: 0, signal: 9 } } }] }),
      "Signal:9",
      "0/1",
    ],
    ["an evicted pod", pod({ phase: "Failed", reason: "Evicted" }), "Evicted", "0/1"],
    [
      "a pod held by a scheduling gate",
      pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }),
      "SchedulingGated",
      "0/1",
    ],
    [
      "the first of two init containers",
      pod(
        {
          phase: "Pending",
          initContainerStatuses: [
            { name: "a", state: { running: {} } },
            { name: "b", state: { waiting: { reason: "PodInitializing" } } },
          ],
        },
        init(["a", "b"]),
      ),
      "Init:0/2",
      "0/1",
    ],
    [
      "the second of two init containers",
      pod(
        {
          phase: "Pending",
          initContainerStatuses: [
            { ...ended(0), name: "a" },
            { name: "b", state: { waiting: { reason: "PodInitializing" } } },
          ],
        },
        init(["a", "b"]),
      ),
      "Init:1/2",
      "0/1",
    ],
    [
      "a failed init container",
      pod({ phase: "Pending", initContainerStatuses: [{ ...ended(1, "Error"), name: "a" }] }, init(["a"])),
      "Init:Error",
      "0/1",
    ],
    [
      "an init container in a crash loop",
      pod({ phase: "Pending", initContainerStatuses: [{ ...waiting("CrashLoopBackOff"), name: "a" }] }, init(["a"])),
      "Init:CrashLoopBackOff",
      "0/1",
    ],
    [
      "a sidecar that is up",
      pod(
        {
          phase: "Running",
          conditions: READY,
          initContainerStatuses: [{ ...running, name: "a", started: true }],
          containerStatuses: [running],
        },
        init(["a"], "Always"),
      ),
      "Running",
      "2/2",
    ],
    [
      "a sidecar that crashes later",
      pod(
        {
          phase: "Running",
          conditions: [{ type: "Initialized", status: "True" }],
          initContainerStatuses: [{ ...waiting("CrashLoopBackOff"), name: "a" }],
          containerStatuses: [running],
        },
        init(["a"], "Always"),
      ),
      "Init:CrashLoopBackOff",
      "1/2",
    ],
    [
      "one container done, one running",
      pod(
        { phase: "Running", conditions: READY, containerStatuses: [ended(0, "Completed"), running] },
        { spec: { containers: [{ name: "a" }, { name: "b" }] } },
      ),
      "Running",
      "1/2",
    ],
    [
      "one container done, one running but not ready",
      pod(
        { phase: "Running", containerStatuses: [ended(0, "Completed"), running] },
        { spec: { containers: [{ name: "a" }, { name: "b" }] } },
      ),
      "NotReady",
      "1/2",
    ],
  ])("%s", (...[, subject, status, ready]) => {
    const summary = podStatus(subject);
    expect(summary.status).toBe(status);
    expect(`${summary.readyContainers}/${summary.totalContainers}`).toBe(ready);
  });

  it("counts restarts of init containers while they run, and only sidecars' afterwards", () => {
    const statuses = [{ name: "a", restartCount: 2, state: { terminated: { exitCode: 0 } } }];
    const initialising = pod(
      { initContainerStatuses: [{ name: "a", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } }] },
      init(["a"]),
    );
    expect(podStatus(initialising).restarts).toBe(2);
    const initialised = pod({ initContainerStatuses: statuses, containerStatuses: [{ ...running, restartCount: 1 }] }, init(["a"]));
    expect(podStatus(initialised).restarts).toBe(1);
  });
});

describe("isReady", () => {
  it("does not infer readiness from absent container statuses", () => {
    expect(isReady(pod({ phase: "Running" }))).toBe(false);
    expect(isReady(pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] }))).toBe(false);
  });

  it("does not count a terminating pod, though its Ready condition holds", () => {
    const status: PodStatus = { phase: "Running", conditions: READY, containerStatuses: [running] };
    expect(isReady(pod(status))).toBe(true);
    expect(isReady(pod(status, DELETED))).toBe(false);
  });

  it("waits for readiness gates, which containers do not know of", () => {
    expect(isReady(pod({ phase: "Running", conditions: [{ type: "Ready", status: "False" }], containerStatuses: [running] }))).toBe(false);
  });
});

describe("podProblems", () => {
  it("says why a crashing container ended, which is not what its waiting state says", () => {
    const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    const [problem] = podProblems(pod({ phase: "Running", containerStatuses: [{ ...waiting("CrashLoopBackOff", 4), lastState }] }));
    expect(problem).toMatchObject({ kind: "crash", reason: "OOMKilled", restarts: 4, container: "web" });
    expect(problem?.message).toBe(
      "pod web-1: container web is in CrashLoopBackOff after 4 restarts: it ended with exit code 137 (OOMKilled: it used more memory than its limit)",
    );
  });

  it("finds init containers, sidecars included", () => {
    const problems = podProblems(pod({ initContainerStatuses: [{ ...waiting("ErrImagePull"), name: "migrate" }] }, init(["migrate"])));
    expect(problems).toMatchObject([{ kind: "image", reason: "ErrImagePull", container: "migrate" }]);
  });

  it("passes the scheduler's words on, in one line of bearable length", () => {
    const conditions = [
      { type: "PodScheduled", status: "False" as const, reason: "Unschedulable", message: `0/3 nodes are available:\n ${"x".repeat(500)}` },
    ];
    const [problem] = podProblems(pod({ phase: "Pending", conditions }));
    expect(problem).toMatchObject({ kind: "unschedulable", reason: "Unschedulable" });
    expect(problem?.message).toMatch(/^pod web-1: no node takes it \(Unschedulable\): 0\/3 nodes are available: x+\.\.\.$/);
  });

  it("is silent about pods that start, run or have done their work", () => {
    expect(podProblems(pod({ phase: "Pending", containerStatuses: [waiting("ContainerCreating")] }))).toEqual([]);
    expect(podProblems(pod({ phase: "Running", containerStatuses: [running] }))).toEqual([]);
    expect(podProblems(pod({ phase: "Succeeded", containerStatuses: [ended(0, "Completed")] }))).toEqual([]);
    expect(podProblems(pod({ phase: "Running", containerStatuses: [waiting("toString")] }))).toEqual([]);
  });
});

describe("summarisePod", () => {
  const now = Date.parse("2026-01-01T00:02:00Z");

  it("gives the lesson's shape and what kubectl's wide output has", () => {
    const subject = pod(
      { phase: "Running", podIP: "10.0.0.7", conditions: READY, containerStatuses: [{ ...running, restartCount: 1 }] },
      {
        metadata: { labels: { "pod-template-hash": "abc" } },
        spec: { nodeName: "node-1", containers: [{ name: "web", image: "nginx:1.27" }] },
      },
    );
    expect(summarisePod(subject, now)).toEqual({
      name: "web-1",
      namespace: "shop",
      uid: "u1",
      status: "Running",
      ready: true,
      readyContainers: 1,
      totalContainers: 1,
      restarts: 1,
      createdAt: "2026-01-01T00:00:00Z",
      ageMs: 120_000,
      node: "node-1",
      ip: "10.0.0.7",
      images: ["nginx:1.27"],
      revisionHash: "abc",
      isTerminating: false,
    });
  });

  it("does not call the end of a container trouble when its pod is being deleted", () => {
    const summary = summarisePod(pod({ phase: "Running", containerStatuses: [ended(143, "Error")] }, DELETED), now);
    expect(summary).toMatchObject({ status: "Terminating", ready: false, isTerminating: true });
    expect(summary.reason).toBeUndefined();
  });

  it("sums up whatever statuses a server sends", () => {
    const state = fc.oneof(
      fc.constant({}),
      fc.record({ waiting: fc.record({ reason: fc.string() }, { requiredKeys: [] }) }),
      fc.record({ terminated: fc.record({ exitCode: fc.integer({ min: 0, max: 255 }) }) }),
      fc.record({ running: fc.constant({}) }),
    );
    const container = fc.record({ name: fc.string(), state, ready: fc.boolean(), restartCount: fc.nat(9) }, { requiredKeys: ["name"] });
    const containers = fc.array(container, { maxLength: 3 });
    const status = fc.record(
      { phase: fc.string(), containerStatuses: containers, initContainerStatuses: containers },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(status, (value) => {
        const summary = summarisePod(pod(value), now);
        expect(summary.status).not.toBe("");
        expect(summary.ready).toBe(false); // Without the condition nothing makes a pod ready.
      }),
    );
  });
});
