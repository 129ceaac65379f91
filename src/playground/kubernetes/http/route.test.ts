import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRoute } from "./route.ts";

function shown(path: string): string {
  const route = parseRoute(path);
  if (route === undefined || route === "unknown") return String(route);
  return [route.type.kind, route.namespace, route.name, route.subresource].join("|");
}

describe("routes", () => {
  it("name the resource, its namespace, name and subresource", () => {
    expect(shown("/api/v1/namespaces/shop/pods/web/log")).toBe("Pod|shop|web|log");
    expect(shown("/api/v1/pods")).toBe("Pod|||");
    expect(shown("/api/v1/namespaces/shop")).toBe("Namespace||shop|");
    expect(shown("/api/v1/namespaces/shop/status")).toBe("Namespace||shop|status");
    expect(shown("/api/v1/namespaces")).toBe("Namespace|||");
    expect(shown("/apis/apps/v1/namespaces/shop/deployments/a%2Eb/scale")).toBe("Deployment|shop|a.b|scale");
    expect(shown("/api/v1/nodes/node-1")).toBe("Node||node-1|");
  });

  it("are unknown inside a served version, and none outside", () => {
    expect(shown("/api/v1/pods/web")).toBe("unknown");
    expect(shown("/api/v1/namespaces/shop/nodes/x")).toBe("unknown");
    expect(shown("/apis/apps/v1/namespaces/shop/deployments/web/exec")).toBe("unknown");
    expect(shown("/apis/apps/v1/namespaces/shop/deployments/web/scale/more")).toBe("unknown");
    expect(shown("/apis/apps/v1")).toBe("undefined");
    expect(shown("/apis/apps/v2/deployments")).toBe("undefined");
    expect(shown("/healthz")).toBe("undefined");
  });

  it("are found or not found for any path, without an exception", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("namespaces", "pods", "status", "%", "deployments"))), (parts) => {
        expect(() => parseRoute(`/api/v1/${parts.join("/")}`)).not.toThrow();
      }),
    );
  });
});
