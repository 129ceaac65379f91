import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInResources, nameSegment, resolveKind, resourcePath, type BuiltInResource } from "./resource.ts";
import { parseWarnings, WarningCollector } from "./warnings.ts";

describe("resourcePath", () => {
  it.each([
    ["pods", { namespace: "shop" }, "/api/v1/namespaces/shop/pods"],
    ["pods", {}, "/api/v1/pods"],
    ["deployments", { namespace: "shop", name: "web" }, "/apis/apps/v1/namespaces/shop/deployments/web"],
    ["deployments", { namespace: "shop", name: "web", subresource: "scale" }, "/apis/apps/v1/namespaces/shop/deployments/web/scale"],
    ["horizontalpodautoscalers", { namespace: "shop" }, "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"],
    ["leases", { namespace: "shop", name: "lock" }, "/apis/coordination.k8s.io/v1/namespaces/shop/leases/lock"],
    ["nodes", { namespace: "ignored", name: "n1" }, "/api/v1/nodes/n1"],
    ["clusterroles", { name: "system:node" }, "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"],
  ] as const)("of %s with %j", (kind, options, path) => {
    expect(resourcePath(builtInResources[kind], options)).toBe(path);
  });

  it("takes a description for everything that is not built in", () => {
    const type = resolveKind({ group: "argoproj.io", version: "v1alpha1", resource: "rollouts", namespaced: true });
    expect(resourcePath(type, { namespace: "shop", name: "web" })).toBe("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web");
  });

  it("refuses names that would leave their place or mean every object", () => {
    for (const name of ["", ".", "..", "../secrets", "a/b", "a%2fb", "a\\b", "a\u0000", " a", "a\n"]) {
      expect(() => resourcePath(builtInResources.pods, { namespace: "shop", name })).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_OPTION" }),
      );
    }
    for (const namespace of ["", "..", "Shop", "a/b", "-a", "a".repeat(64)]) {
      expect(() => resourcePath(builtInResources.pods, { namespace })).toThrow("is not valid");
    }
  });

  it("keeps any name that it takes within one segment", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./%a]{0,6}$/)), (name) => {
        let segment: string;
        try {
          segment = nameSegment(name);
        } catch {
          return;
        }
        const url = new URL(`https://k/api/v1/namespaces/shop/pods/${segment}/log`);
        expect(url.pathname.split("/")).toHaveLength(8);
        expect(decodeURIComponent(url.pathname.split("/")[6] ?? "")).toBe(name);
      }),
    );
  });
});

describe("resolveKind", () => {
  it("names the nearest for a slip", () => {
    expect(() => resolveKind("deployment" as BuiltInResource)).toThrow('"deployment" is no built-in resource; did you mean "deployments"?');
    expect(() => resolveKind("toString" as BuiltInResource)).toThrow("is no built-in resource");
  });

  it("refuses descriptions that cannot stand in a path", () => {
    const good = { group: "example.com", version: "v1", resource: "widgets", namespaced: true };
    expect(resolveKind(good)).toBe(good);
    expect(() => resolveKind({ ...good, group: "../x" })).toThrow("the resource's group");
    expect(() => resolveKind({ ...good, version: "" })).toThrow("the resource's version");
    expect(() => resolveKind({ ...good, resource: "Widgets" })).toThrow("the resource's resource");
  });
});

describe("warnings", () => {
  it("are read from one header or several, quotes and commas inside", () => {
    expect(parseWarnings('299 - "unknown field \\"spec.x\\"", 299 apiserver "a, b" "Sun, 06 Nov 1994 08:49:37 GMT"')).toEqual([
      'unknown field "spec.x"',
      "a, b",
    ]);
    expect(parseWarnings("nonsense")).toEqual([]);
  });

  it("are told once each", () => {
    const told: string[] = [];
    const collector = new WarningCollector((text) => told.push(text));
    expect(collector.add('299 - "a"')).toEqual(["a"]);
    expect(collector.add('299 - "a", 299 - "b"')).toEqual(["a", "b"]);
    collector.add(undefined);
    expect(told).toEqual(["a", "b"]);
    expect(collector.texts).toEqual(["a", "b"]);
  });
});
