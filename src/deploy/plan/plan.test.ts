import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment, ReplicaSet, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { ChangeSpec } from "../file/deploy-file.ts";
import { rollbackPatch } from "../rollback/rollback-patch.ts";
import { carriesPatch, changePatch } from "./change-patch.ts";
import { digestOf, templateDigest, withoutHashLabel } from "./digest.ts";
import { makePlan } from "./make-plan.ts";
import { serverDifferences } from "./server-difference.ts";

const target = { namespace: "shop", deployment: "web" };
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web:1" }], initContainers: [{ name: "migrate", image: "web:1" }] },
};
const deployment: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "10",
    generation: 7,
    annotations: { "deployment.kubernetes.io/revision": "3" },
  },
  spec: { replicas: 4, selector: { matchLabels: { app: "web" } }, template },
  status: { observedGeneration: 7, replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 },
};

function replicaSet(name: string, image: string, revision: string): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: "1",
      annotations: { "deployment.kubernetes.io/revision": revision },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "u1", controller: true }],
    },
    spec: {
      template: {
        metadata: { labels: { app: "web", "pod-template-hash": name } },
        spec: { ...template.spec, containers: [{ name: "web", image }] },
      },
    },
  };
}

const snapshot: RolloutSnapshot = {
  deployment,
  replicaSets: [replicaSet("web-a", "web:0", "2"), replicaSet("web-b", "web:1", "3")],
  pods: [],
  serverTimeMs: 0,
};

function planOf(change: Partial<ChangeSpec>, live = deployment, runId = "run-1") {
  return makePlan({
    file: { target, change: { image: {}, replicas: undefined, restart: false, ...change } },
    snapshot: { ...snapshot, deployment: live },
    deployment: live,
    runId,
    nowMs: Date.UTC(2026, 0, 2),
  });
}

describe("a plan", () => {
  it("holds the differences alone, and the revision that runs now as the way back", () => {
    const plan = planOf({ image: { web: "web:2", migrate: "web:1" }, replicas: 6, restart: true });
    expect(plan.changes).toEqual([
      { kind: "image", container: "web", isInit: false, from: "web:1", to: "web:2" },
      { kind: "replicas", from: 4, to: 6 },
      { kind: "restart", at: "2026-01-02T00:00:00.000Z" },
    ]);
    expect(plan.undo).toMatchObject({
      touchesTemplate: true,
      replicas: { from: 4, to: 6 },
      revision: { replicaSet: "web-b", revision: "3", digest: templateDigest(template) },
    });
  });

  it("is empty when the Deployment is as the file wants it", () => {
    expect(planOf({ image: { web: "web:1" }, replicas: 4 }).changes).toEqual([]);
  });

  it("knows init containers", () => {
    expect(planOf({ image: { migrate: "web:2" } }).changes).toEqual([
      { kind: "image", container: "migrate", isInit: true, from: "web:1", to: "web:2" },
    ]);
  });

  it("of replicas alone leaves the template, on the way back too", () => {
    const plan = planOf({ replicas: 6 });
    expect(plan.undo.touchesTemplate).toBe(false);
    const patch = rollbackPatch({ plan, deployment: { ...deployment, spec: { ...deployment.spec, replicas: 6 } }, former: undefined });
    expect(patch.map(({ path }) => path)).toEqual([
      "/metadata/uid",
      "/metadata/generation",
      "/spec/replicas",
      "/metadata/annotations/errand~1change",
      "/metadata/annotations/errand~1run",
    ]);
  });

  it("holds no template, whose environment may be secret", () => {
    const secretive = {
      ...deployment,
      spec: {
        ...deployment.spec,
        template: {
          ...template,
          spec: { ...template.spec, containers: [{ name: "web", image: "web:1", env: [{ name: "P", value: "hunter2hunter2" }] }] },
        },
      },
    };
    expect(JSON.stringify(planOf({ image: { web: "web:2" } }, secretive))).not.toContain("hunter2hunter2");
  });

  it("finds its own change again, and how to undo it, on another machine", () => {
    const first = planOf({ image: { web: "web:2" }, replicas: 6, restart: true });
    const { metadata } = changePatch(first, "10") as { metadata: { annotations: Record<string, string> } };
    const live: Deployment = {
      ...deployment,
      metadata: { ...deployment.metadata, generation: 8, annotations: { ...deployment.metadata.annotations, ...metadata.annotations } },
      spec: {
        ...deployment.spec,
        replicas: 6,
        template: { ...template, spec: { ...template.spec, containers: [{ name: "web", image: "web:2" }] } },
      },
    };
    expect(carriesPatch(live, first)).toBe(true);
    const again = planOf({ image: { web: "web:2" }, replicas: 6, restart: true }, live);
    expect(again).toMatchObject({
      isAttached: true,
      changes: [],
      undo: { touchesTemplate: true, replicas: { from: 4, to: 6 }, revision: { replicaSet: "web-b" } },
    });
    expect(planOf({ image: { web: "web:2" } }, live, "run-2").isAttached).toBe(false);
    expect(planOf({ image: { web: "web:3" } }, live).isAttached).toBe(false);
  });
});

describe("the patch", () => {
  it("is one strategic merge with a fresh resourceVersion, absolute values and this run's annotations", () => {
    const plan = planOf({ image: { web: "web:2", migrate: "web:2" }, replicas: 6, restart: true });
    expect(changePatch(plan, "42")).toEqual({
      metadata: {
        resourceVersion: "42",
        annotations: {
          "errand/run": "run-1",
          "errand/change": plan.changeDigest,
          "errand/previous": '{"replicaSet":"web-b","uid":"uid-web-b","revision":"3","replicas":4,"replicasTo":6}',
        },
      },
      spec: {
        replicas: 6,
        template: {
          metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-02T00:00:00.000Z" } },
          spec: { containers: [{ name: "web", image: "web:2" }], initContainers: [{ name: "migrate", image: "web:2" }] },
        },
      },
    });
  });

  it("leaves out what does not change", () => {
    expect(changePatch(planOf({ replicas: 6 }), "42")["spec"]).toEqual({ replicas: 6 });
    expect(changePatch(planOf({ restart: true }), "42")["spec"]).toEqual({
      template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-02T00:00:00.000Z" } } },
    });
  });
});

describe("the patch back", () => {
  it("replaces the template whole, without the controller's label, and guards uid and generation", () => {
    const plan = planOf({ image: { web: "web:2" }, replicas: 6 });
    const live = { ...deployment, metadata: { ...deployment.metadata, generation: 8 }, spec: { ...deployment.spec, replicas: 6 } };
    expect(rollbackPatch({ plan, deployment: live, former: snapshot.replicaSets[1] })).toEqual([
      { op: "test", path: "/metadata/uid", value: "u1" },
      { op: "test", path: "/metadata/generation", value: 8 },
      { op: "replace", path: "/spec/template", value: template },
      { op: "replace", path: "/spec/replicas", value: 4 },
      { op: "add", path: "/metadata/annotations/errand~1change", value: `rolled-back/${plan.changeDigest}` },
      { op: "add", path: "/metadata/annotations/errand~1run", value: "run-1" },
    ]);
  });

  it("leaves replicas that somebody else has moved since", () => {
    const plan = planOf({ image: { web: "web:2" }, replicas: 6 });
    const live = { ...deployment, spec: { ...deployment.spec, replicas: 9 } };
    expect(rollbackPatch({ plan, deployment: live, former: snapshot.replicaSets[1] }).some(({ path }) => path === "/spec/replicas")).toBe(
      false,
    );
  });
});

describe("a digest", () => {
  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(reversed)).toBe(digestOf(value));
      }),
    );
  });

  it("tells different values apart, and null from nothing not at all", () => {
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
    expect(digestOf({ a: null })).toBe(digestOf({}));
  });

  it("of a template ignores pod-template-hash and nothing else", () => {
    const [first] = snapshot.replicaSets;
    expect(templateDigest(snapshot.replicaSets[1]?.spec.template)).toBe(templateDigest(template));
    expect(templateDigest(first?.spec.template)).not.toBe(templateDigest(template));
    expect(withoutHashLabel({ spec: 1 })).toEqual({ spec: 1 });
  });
});

describe("the server's answer", () => {
  it("is compared place by place, list items by their names", () => {
    const answer = structuredClone(deployment) as unknown as {
      metadata: Record<string, unknown>;
      spec: { template: { spec: { containers: object[] } } };
    };
    answer.metadata["generation"] = 8;
    answer.metadata["managedFields"] = [{}];
    answer.spec.template.spec.containers = [
      { name: "istio", image: "proxy:1" },
      { name: "web", image: "web:2" },
    ];
    expect(serverDifferences(deployment, answer)).toEqual([
      { path: "spec.template.spec.containers[web].image", from: '"web:1"', to: '"web:2"' },
      { path: "spec.template.spec.containers[istio].name", from: undefined, to: '"istio"' },
      { path: "spec.template.spec.containers[istio].image", from: undefined, to: '"proxy:1"' },
    ]);
  });

  it("never shows the value of an environment variable, new or changed", () => {
    const before = { spec: { containers: [{ name: "web", env: [{ name: "TOKEN", value: "old-secret" }] }] } };
    const after = {
      spec: {
        containers: [
          { name: "web", env: [{ name: "TOKEN", value: "new-secret" }] },
          { name: "side", env: [{ name: "KEY", value: "side-secret" }] },
        ],
      },
    };
    const shown = JSON.stringify(serverDifferences(before, after));
    expect(shown).not.toMatch(/old-secret|new-secret|side-secret/);
    expect(shown).toContain("[hidden]");
  });
});
