import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import { deployment, pod } from "../schema/kinds.ts";
import { podSpec } from "../schema/pod.ts";
import { strategicMerge, StrategicMergeError } from "./strategic-merge.ts";

const spec = (target: JsonObject, patch: JsonObject): Json => strategicMerge(target, patch, podSpec);
const containers = [
  { name: "web", image: "web:1", env: [{ name: "A", value: "1" }] },
  { name: "log", image: "log:1" },
];

describe("strategic merge patch", () => {
  it("merges containers, env, ports, volumes and mounts by their keys", () => {
    expect(spec({ containers }, { containers: [{ name: "web", image: "web:2", env: [{ name: "B", value: "2" }] }] })).toEqual({
      containers: [
        {
          name: "web",
          image: "web:2",
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        },
        { name: "log", image: "log:1" },
      ],
    });
    const mounts = [{ mountPath: "/a", name: "a" }];
    expect(
      spec(
        { containers: [{ name: "x", volumeMounts: mounts }] },
        { containers: [{ name: "x", volumeMounts: [{ mountPath: "/a", name: "b" }] }] },
      ),
    ).toEqual({
      containers: [{ name: "x", volumeMounts: [{ mountPath: "/a", name: "b" }] }],
    });
    const ports = [{ containerPort: 80 }];
    expect(
      spec({ containers: [{ name: "x", ports }] }, { containers: [{ name: "x", ports: [{ containerPort: 80, name: "http" }] }] }),
    ).toEqual({
      containers: [{ name: "x", ports: [{ containerPort: 80, name: "http" }] }],
    });
  });

  it("replaces tolerations and commands whole", () => {
    expect(spec({ tolerations: [{ key: "a" }] }, { tolerations: [{ key: "b" }] })).toEqual({ tolerations: [{ key: "b" }] });
    expect(spec({ containers: [{ name: "x", command: ["a", "b"] }] }, { containers: [{ name: "x", command: ["c"] }] })).toEqual({
      containers: [{ name: "x", command: ["c"] }],
    });
  });

  it("follows $patch: delete, replace and merge", () => {
    expect(spec({ containers }, { containers: [{ name: "log", $patch: "delete" }] })).toEqual({ containers: [containers[0]] });
    expect(spec({ containers }, { containers: [{ $patch: "replace" }, { name: "only", image: "x" }] })).toEqual({
      containers: [{ name: "only", image: "x" }],
    });
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } };
    const target = { spec: { strategy } };
    expect(strategicMerge(target, { spec: { strategy: { $patch: "replace", type: "Recreate" } } }, deployment)).toEqual({
      spec: { strategy: { type: "Recreate" } },
    });
    expect(strategicMerge(target, { spec: { strategy: { $patch: "delete" } } }, deployment)).toEqual({ spec: {} });
    expect(strategicMerge(target, { spec: { $patch: "merge", paused: true } }, deployment)).toEqual({ spec: { strategy, paused: true } });
    expect(() => strategicMerge(target, { spec: { $patch: "explode" } }, deployment)).toThrow(StrategicMergeError);
  });

  it("keeps only $retainKeys, as kubectl sends for strategy and volumes", () => {
    const target = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(strategicMerge(target, patch, deployment)).toEqual({ spec: { strategy: { type: "Recreate" } } });
    const volumes = [{ name: "v", emptyDir: {} }];
    expect(spec({ volumes }, { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] })).toEqual({
      volumes: [{ name: "v", configMap: { name: "c" } }],
    });
    expect(() => spec({ volumes }, { volumes: [{ name: "v", $retainKeys: ["name"], secret: {} }] })).toThrow(StrategicMergeError);
  });

  it("orders by $setElementOrder, with or without changed elements, and leaves unnamed ones after their predecessor", () => {
    const order = [{ name: "log" }, { name: "web" }];
    expect(spec({ containers }, { "$setElementOrder/containers": order })).toEqual({ containers: [containers[1], containers[0]] });
    const result = spec(
      { containers },
      { "$setElementOrder/containers": [{ name: "new" }, { name: "web" }], containers: [{ name: "new" }] },
    );
    expect(result).toEqual({ containers: [{ name: "new" }, containers[0], containers[1]] });
  });

  it("adds to sets of scalars and deletes from them by directive", () => {
    const target = { metadata: { finalizers: ["a", "b"] } };
    expect(strategicMerge(target, { metadata: { finalizers: ["b", "c"] } }, pod)).toEqual({ metadata: { finalizers: ["a", "b", "c"] } });
    expect(strategicMerge(target, { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } }, pod)).toEqual({
      metadata: { finalizers: ["b"] },
    });
  });

  it("merges owner references by uid, and conditions by type", () => {
    const target = {
      metadata: { ownerReferences: [{ uid: "1", name: "a" }] },
      status: { conditions: [{ type: "Ready", status: "False" }] },
    };
    const patch = {
      metadata: { ownerReferences: [{ uid: "1", controller: true }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    expect(strategicMerge(target, patch, pod)).toEqual({
      metadata: { ownerReferences: [{ uid: "1", name: "a", controller: true }] },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
  });

  it("deletes with null, and fails on a list element without its merge key", () => {
    expect(spec({ containers, nodeSelector: { a: "b" } }, { nodeSelector: null })).toEqual({ containers });
    expect(() => spec({ containers }, { containers: [{ image: "x" }] })).toThrow(/merge key: name/);
  });

  it("changes nothing the second time, and never its input", () => {
    const name = fc.constantFrom("a", "b", "c");
    const list = fc.uniqueArray(fc.record({ name, image: fc.string() }), { selector: (item) => item.name });
    fc.assert(
      fc.property(list, list, fc.boolean(), (target, patch, hasOrder) => {
        const document = { containers: target };
        const change: JsonObject = {
          containers: patch,
          ...(hasOrder ? { "$setElementOrder/containers": patch.map((item) => ({ name: item.name })) } : {}),
        };
        const once = spec(document, change);
        expect(spec(once as JsonObject, change)).toEqual(once);
        expect(document).toEqual({ containers: target });
      }),
    );
  });
});
