import { beforeEach, describe, expect, it } from "vitest";
import { at, type JsonObject, textOf } from "../json.ts";
import { ManualClock } from "../manual-clock.ts";
import { events, pods } from "../resource-type.ts";
import { isPod, type PodObject, type PodStatus } from "../shapes.ts";
import { type Simulation, startSimulation } from "../simulation.ts";
import { deleteObject } from "../deletion.ts";
import { podReason } from "../table/pod-columns.ts";

const TARGET = { type: pods, namespace: "default", name: "p" };

let clock: ManualClock;
let cluster: Simulation;

beforeEach(() => {
  clock = new ManualClock();
  cluster = startSimulation({ clock, speed: 1, namespaces: ["default"] });
});

function create(image: string, spec: JsonObject = {}): void {
  const body = { metadata: { name: "p" }, spec: { containers: [{ name: "main", image }], ...spec } };
  cluster.registry.create(TARGET, body, { manager: "test" });
}
function pod(): PodObject {
  const found = cluster.store.get(pods, "p", "default");
  if (!isPod(found)) throw new Error("no pod");
  return found;
}
function condition(status: PodStatus, type: string): string | undefined {
  return status.conditions?.find((one) => one.type === type)?.status;
}
/** The STATUS column over time, without repetitions. */
function reasonsDuring(durationMs: number): string[] {
  const reasons: string[] = [];
  for (let passedMs = 0; passedMs < durationMs; passedMs += 10) {
    clock.advance(10);
    const reason = podReason(pod());
    if (reasons.at(-1) !== reason) reasons.push(reason);
  }
  return reasons;
}
function eventReasons(): string[] {
  return cluster.store.list(events, "default").map((event) => `${textOf(event["type"])} ${textOf(event["reason"])}`);
}

describe("a pod's life", () => {
  it("begins Pending without conditions, then without containerStatuses, and ends Ready", () => {
    create("nginx:1");
    expect(pod().status).toEqual({ phase: "Pending", qosClass: "BestEffort" });
    clock.advance(25);
    expect(pod().spec.nodeName).toBe("node-1");
    expect(pod().status.containerStatuses).toBeUndefined();
    expect(pod().status.conditions).toMatchObject([{ type: "PodScheduled", status: "True" }]);
    clock.advance(50);
    expect(pod().status.containerStatuses?.[0]?.state.waiting?.reason).toBe("ContainerCreating");
    clock.advance(100);
    expect(pod().status.phase).toBe("Running");
    expect(condition(pod().status, "Ready")).toBe("False");
    clock.advance(150);
    expect(condition(pod().status, "Ready")).toBe("True");
    expect(pod().status.podIP).toMatch(/^10\.244\.\d+\.\d+$/);
    expect(eventReasons()).toEqual(expect.arrayContaining(["Normal Scheduled", "Normal Pulled", "Normal Started"]));
  });

  it("stays Running and Ready while it terminates, and then is gone", () => {
    create("nginx:1");
    clock.advance(500);
    deleteObject(cluster.registry, TARGET);
    clock.advance(150);
    expect(pod().metadata.deletionGracePeriodSeconds).toBe(30);
    expect(pod().metadata.generation).toBe(2);
    expect(pod().status.phase).toBe("Running");
    expect(condition(pod().status, "Ready")).toBe("True");
    expect(podReason(pod())).toBe("Terminating");
    clock.advance(100);
    expect(cluster.store.get(pods, "p", "default")).toBeUndefined();
  });

  it("vanishes at once when it never reached a node, or with a grace period of 0", () => {
    create("nginx:1");
    expect(deleteObject(cluster.registry, TARGET).isGone).toBe(true);
    create("nginx:1");
    clock.advance(500);
    expect(deleteObject(cluster.registry, TARGET, { gracePeriodSeconds: 0 }).isGone).toBe(true);
  });

  it("waits for its init containers, one after the other", () => {
    create("nginx:1", {
      initContainers: [
        { name: "one", image: "tool:1" },
        { name: "two", image: "tool:2" },
      ],
    });
    expect(reasonsDuring(1000)).toEqual(["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]);
    expect(condition(pod().status, "Initialized")).toBe("True");
  });

  it("runs a sidecar, an init container that restarts always, beside its containers", () => {
    create("nginx:1", { initContainers: [{ name: "proxy", image: "proxy:1", restartPolicy: "Always" }] });
    clock.advance(1500);
    expect(pod().status.initContainerStatuses?.[0]?.state.running).toBeDefined();
    expect(condition(pod().status, "Ready")).toBe("True");
  });
});

describe("images that do not work", () => {
  it("cannot be pulled: ErrImagePull and ImagePullBackOff in turns, in phase Pending", () => {
    create("nginx:missing");
    expect(reasonsDuring(2000)).toEqual([
      "Pending",
      "ContainerCreating",
      "ErrImagePull",
      "ImagePullBackOff",
      "ErrImagePull",
      "ImagePullBackOff",
      "ErrImagePull",
      "ImagePullBackOff",
    ]);
    expect(pod().status.phase).toBe("Pending");
    expect(pod().status.containerStatuses?.[0]?.state.waiting?.message).toContain('Back-off pulling image "nginx:missing"');
    expect(eventReasons()).toEqual(expect.arrayContaining(["Warning Failed", "Normal BackOff"]));
  });

  it("can be pulled again once the registry has it", () => {
    create("nginx:missing");
    clock.advance(1000);
    cluster.images.add({ image: "nginx:missing", behaviour: "ok" });
    clock.advance(5000);
    expect(podReason(pod())).toBe("Running");
    expect(condition(pod().status, "Ready")).toBe("True");
  });

  it("crash: a first restart at once, then CrashLoopBackOff in phase Running, with the exit code in lastState", () => {
    create("app:crash");
    const reasons = reasonsDuring(1200);
    expect(reasons.slice(0, 6)).toEqual(["Pending", "ContainerCreating", "Running", "Error", "Running", "Error"]);
    expect(reasons).toContain("CrashLoopBackOff");
    clock.advance(10_000);
    const [status] = pod().status.containerStatuses ?? [];
    expect(pod().status.phase).toBe("Running");
    expect(condition(pod().status, "Ready")).toBe("False");
    expect(status?.restartCount).toBeGreaterThan(2);
    expect(status?.lastState.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(eventReasons()).toContain("Warning BackOff");
  });

  it("use too much memory: OOMKilled with exit code 137", () => {
    create("app:oom");
    clock.advance(1500);
    expect(pod().status.containerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
  });

  it("crash only after they were ready, when the rule says so", () => {
    cluster.images.add({ image: "app:flap", behaviour: "crash", crashAfterMs: 1000, exitCode: 3 });
    create("app:flap");
    clock.advance(400);
    expect(condition(pod().status, "Ready")).toBe("True");
    clock.advance(800);
    expect(condition(pod().status, "Ready")).toBe("False");
    expect(pod().status.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(3);
  });

  it("never become ready until they do, start late, or have a wrong name or configuration", () => {
    create("app:unready");
    clock.advance(10_000);
    expect(podReason(pod())).toBe("Running");
    expect(condition(pod().status, "Ready")).toBe("False");
    cluster.images.add({ image: "app:unready", behaviour: "ok" });
    clock.advance(1000);
    expect(condition(pod().status, "Ready")).toBe("True");
    cluster.store.remove(pods, pod());
    create("App:1 2");
    clock.advance(500);
    expect(podReason(pod())).toBe("InvalidImageName");
    cluster.store.remove(pods, pod());
    cluster.images.add({ image: "app:config", behaviour: "configError" });
    create("app:config");
    clock.advance(500);
    expect(podReason(pod())).toBe("CreateContainerConfigError");
    cluster.store.remove(pods, pod());
    create("app:slow");
    clock.advance(4900);
    expect(condition(pod().status, "Ready")).toBe("False");
    clock.advance(200);
    expect(condition(pod().status, "Ready")).toBe("True");
  });

  it("do not fit on any node: Pending, PodScheduled False with a reason, and no node", () => {
    cluster.images.add({ image: /^big:/, behaviour: "unschedulable" });
    create("big:1");
    clock.advance(60_000);
    expect(pod().status.phase).toBe("Pending");
    expect(pod().spec.nodeName).toBeUndefined();
    expect(pod().status.conditions).toMatchObject([{ type: "PodScheduled", status: "False", reason: "Unschedulable" }]);
    expect(eventReasons()).toEqual(["Warning FailedScheduling"]);
    cluster.images.add({ image: /^big:/, behaviour: "ok" });
    clock.advance(10_000);
    expect(podReason(pod())).toBe("Running");
  });

  it("end a pod that is not restarted", () => {
    create("job:crash", { restartPolicy: "Never" });
    clock.advance(1000);
    expect(pod().status.phase).toBe("Failed");
    expect(at(pod(), "status", "containerStatuses")).toHaveLength(1);
  });
});

describe("events", () => {
  it("count up instead of multiplying", () => {
    create("nginx:missing");
    clock.advance(20_000);
    const backOff = cluster.store.list(events, "default").filter((event) => event["reason"] === "BackOff");
    expect(backOff).toHaveLength(1);
    expect(backOff[0]?.["count"]).toBeGreaterThan(2);
    expect(at(backOff[0], "involvedObject", "fieldPath")).toBe("spec.containers{main}");
  });
});

describe("a simulated cluster", () => {
  it("settles when only back-offs are left, and works as many times faster as it is told", () => {
    const fast = startSimulation({ clock, speed: 10, namespaces: ["default"] });
    const body = { metadata: { name: "p" }, spec: { containers: [{ name: "main", image: "nginx:1" }] } };
    fast.registry.create(TARGET, body, { manager: "test" });
    clock.advance(31);
    const found = fast.store.get(pods, "p", "default");
    expect(isPod(found) && condition(found.status, "Ready")).toBe("True");
  });
});
