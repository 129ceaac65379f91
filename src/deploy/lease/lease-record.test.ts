import { describe, expect, it } from "vitest";
import { freeSpec, heldSpec, leaseName, microTime, otherHolder, type LeaseObject, type LeaseSpec } from "./lease-record.ts";

const at = Date.UTC(2026, 0, 1, 12);

function lease(spec: LeaseSpec): LeaseObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "errand-web", uid: "u", resourceVersion: "1" },
    spec,
  };
}

describe("a lease", () => {
  it("is named after its Deployment, within the length of a name, and never like another's", () => {
    expect(leaseName("web")).toBe("errand-web");
    const long = "a".repeat(245);
    expect(leaseName(`${long}b`)).toHaveLength(253);
    expect(leaseName(`${long}b`)).not.toBe(leaseName(`${long}c`));
    expect(leaseName(`${"a".repeat(228)}.${"b".repeat(20)}`)).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
  });

  it("has times with six digits", () => {
    expect(microTime(at)).toBe("2026-01-01T12:00:00.000000Z");
  });

  it.each([
    ["nobody's", {}, undefined],
    ["released", { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(at) }, undefined],
    ["one's own", { holderIdentity: "me", renewTime: microTime(at) }, undefined],
    ["another's", { holderIdentity: "you", leaseDurationSeconds: 60, renewTime: microTime(at - 59_000) }, at + 1000],
    ["expired", { holderIdentity: "you", leaseDurationSeconds: 60, renewTime: microTime(at - 60_000) }, undefined],
    ["without a time", { holderIdentity: "you", leaseDurationSeconds: 60 }, at + 60_000],
    ["from the future", { holderIdentity: "you", leaseDurationSeconds: 60, renewTime: microTime(at + 9e6) }, at + 60_000],
  ] as const)("that is %s", (_name, spec, untilMs) => {
    expect(otherHolder(lease(spec), ["me"], at)?.untilMs).toBe(untilMs);
  });

  it("counts its holders, keeps since when, and is handed back empty", () => {
    const first = heldSpec(undefined, "me", at);
    expect(first).toEqual({
      holderIdentity: "me",
      leaseDurationSeconds: 60,
      acquireTime: microTime(at),
      renewTime: microTime(at),
      leaseTransitions: 0,
    });
    const renewed = heldSpec(first, "me", at + 20_000);
    expect(renewed).toEqual({ ...first, renewTime: microTime(at + 20_000) });
    expect(heldSpec(renewed, "you", at + 90_000)).toMatchObject({ acquireTime: microTime(at + 90_000), leaseTransitions: 1 });
    expect(freeSpec(renewed, at)).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 0 });
  });
});
