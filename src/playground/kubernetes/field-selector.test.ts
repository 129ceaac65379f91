import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesFields, parseFieldSelector } from "./field-selector.ts";
import type { KubeObject } from "./object.ts";
import { deployments, events, pods } from "./resource-type.ts";

const metadata = { name: "p", namespace: "shop", uid: "1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
const pod: KubeObject = { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName: "node-1" }, status: { phase: "Running" } };
const matches = (selector: string): boolean => matchesFields(parseFieldSelector(selector, pods), pod);

describe("field selectors", () => {
  it("compare, negate and combine", () => {
    expect(matches("metadata.name=p,metadata.namespace==shop,status.phase=Running")).toBe(true);
    expect(matches("status.phase!=Running")).toBe(false);
    expect(matches("spec.nodeName!=")).toBe(true);
    expect(matches("status.podIP=")).toBe(true);
    expect(matches("")).toBe(true);
  });

  it("unescape commas and equal signs", () => {
    expect(parseFieldSelector("metadata.name=a\\,b\\=c", pods)).toEqual([{ path: "metadata.name", isNegated: false, value: "a,b=c" }]);
  });

  it("find events by what they are about", () => {
    const event: KubeObject = {
      apiVersion: "v1",
      kind: "Event",
      metadata,
      involvedObject: { name: "web", kind: "Deployment" },
      source: { component: "kubelet" },
    };
    const about = (selector: string): boolean => matchesFields(parseFieldSelector(selector, events), event);
    expect(about("involvedObject.name=web,involvedObject.kind=Deployment,source=kubelet")).toBe(true);
    expect(about("involvedObject.name=api")).toBe(false);
  });

  it("for fields that are not selectable are a BadRequest, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        try {
          for (const { path } of parseFieldSelector(text, deployments)) expect(["metadata.name", "metadata.namespace"]).toContain(path);
        } catch (error) {
          expect(error).toMatchObject({ code: 400, reason: "BadRequest" });
        }
      }),
    );
  });
});
