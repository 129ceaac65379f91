import { describe, expect, it } from "vitest";
import type { Deployment, ReplicaSet } from "../types.ts";
import { isSameTemplate, newReplicaSet, ownedBy } from "./ownership.ts";

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } };

function deployment(
  change: Partial<Deployment["metadata"]> = {},
  status: Deployment["status"] = { observedGeneration: 1, updatedReplicas: 1 },
): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", uid: "d1", resourceVersion: "1", generation: 1, ...change },
    spec: { selector: {}, template: TEMPLATE },
    status,
  };
}

function replicaSet(name: string, image: string, metadata: Partial<ReplicaSet["metadata"]> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      uid: name,
      resourceVersion: "1",
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d1", controller: true }],
      ...metadata,
    },
    spec: { template: { metadata: { labels: { app: "web", "pod-template-hash": name } }, spec: { containers: [{ name: "web", image }] } } },
  };
}

describe("ownedBy", () => {
  it("leaves out what has the same labels but another owner, or an owner that does not control it", () => {
    const mine = replicaSet("a", "nginx:1");
    const others = replicaSet("b", "nginx:1", {
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d2", controller: true }],
    });
    const loose = replicaSet("c", "nginx:1", { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "d1" }] });
    expect(ownedBy([mine, others, loose, replicaSet("d", "nginx:1", { ownerReferences: undefined })], "d1")).toEqual([mine]);
  });
});

describe("newReplicaSet", () => {
  it("is the one with the Deployment's template, whatever the revision numbers say", () => {
    const annotations = { "deployment.kubernetes.io/revision": "9" };
    const sets = [replicaSet("old", "nginx:0", { annotations }), replicaSet("new", "nginx:1")];
    expect(newReplicaSet(deployment({ annotations }), sets)?.metadata.name).toBe("new");
  });

  it("is the oldest of several with the same template", () => {
    const sets = [
      replicaSet("later", "nginx:1", { creationTimestamp: "2026-01-02T00:00:00Z" }),
      replicaSet("earlier", "nginx:1", { creationTimestamp: "2026-01-01T00:00:00Z" }),
    ];
    expect(newReplicaSet(deployment(), sets)?.metadata.name).toBe("earlier");
  });

  it("is not there yet when no template fits and the controller has not caught up", () => {
    const annotations = { "deployment.kubernetes.io/revision": "1" };
    const sets = [replicaSet("old", "nginx:0", { annotations })];
    expect(newReplicaSet(deployment({ annotations, generation: 2 }), sets)).toBeUndefined();
    expect(newReplicaSet(deployment({ annotations }, { observedGeneration: 1 }), sets)).toBeUndefined();
  });

  it("is found by revision when an upgraded server has defaulted one template only", () => {
    const annotations = { "deployment.kubernetes.io/revision": "3" };
    const defaulted = replicaSet("new", "nginx:1", { annotations });
    const template = { ...defaulted.spec.template, spec: { containers: [{ name: "web", image: "nginx:1", newDefault: true }] } };
    expect(newReplicaSet(deployment({ annotations }), [{ ...defaulted, spec: { template } }])?.metadata.name).toBe("new");
  });
});

describe("isSameTemplate", () => {
  it("ignores the controller's label, null and absent fields, and the order of keys", () => {
    const left = { spec: { a: 1, b: [{ x: 1, y: 2 }] }, metadata: { creationTimestamp: null, labels: { app: "web" } } };
    const right = { metadata: { labels: { app: "web", "pod-template-hash": "abc" } }, spec: { b: [{ y: 2, x: 1 }], a: 1 } };
    expect(isSameTemplate(left, right)).toBe(true);
  });

  it("sees every other difference", () => {
    expect(isSameTemplate(TEMPLATE, { ...TEMPLATE, metadata: { labels: { app: "web", x: "y" } } })).toBe(false);
    expect(isSameTemplate({ spec: { containers: [1, 2] } }, { spec: { containers: [1] } })).toBe(false);
    expect(isSameTemplate({ spec: { labels: { "pod-template-hash": "a" } } }, { spec: {} })).toBe(false);
    expect(isSameTemplate({ spec: { volume: { emptyDir: {} } } }, { spec: { volume: {} } })).toBe(false);
  });
});
