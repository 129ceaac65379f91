import { describe, expect, it } from "vitest";
import { partlyReachable, unreachable, type Trial } from "./connect-findings.ts";

const trial = (address: string, code: string | undefined, more: Partial<Trial> = {}): Trial => ({
  address,
  code,
  isConnected: false,
  isTimeout: false,
  elapsedMs: 3,
  ...more,
});
const of = (...trials: [Trial, ...Trial[]]) =>
  unreachable(trials[0], { place: "api.example.com:443", origin: "https://api.example.com", trials });

describe("an address that cannot be reached", () => {
  it.each([
    [
      "connection-refused",
      trial("192.0.2.1", "ECONNREFUSED"),
      "nothing listens at api.example.com:443",
      "errand wait https://api.example.com",
    ],
    [
      "connect-timeout",
      trial("192.0.2.1", undefined, { isTimeout: true, elapsedMs: 5000 }),
      "no answer from api.example.com:443 in 5 s",
      undefined,
    ],
    ["unreachable", trial("192.0.2.1", "EHOSTUNREACH"), "there is no route to api.example.com:443", "ip route get 192.0.2.1"],
    ["ipv6-only", trial("2001:db8::1", "ENETUNREACH"), "has IPv6 addresses only", "ip -6 route get 2001:db8::1"],
    ["connect-forbidden", trial("192.0.2.1", "EPERM"), "does not let errand connect", undefined],
    ["connect-failed", trial("192.0.2.1", "ECONNRESET"), "no connection to api.example.com:443 (ECONNRESET)", undefined],
  ])("is %s", (id, worst, summary, command) => {
    const finding = of(worst);
    expect([finding.id, finding.severity, finding.command]).toEqual([id, "problem", command]);
    expect(finding.summary).toContain(summary);
    expect(finding.facts).toEqual({
      place: "api.example.com:443",
      addresses: [worst.address],
      ...(worst.code === undefined ? {} : { code: worst.code }),
    });
  });

  it("of IPv6 is not called the only kind where there are others", () => {
    expect(of(trial("2001:db8::1", "ENETUNREACH"), trial("192.0.2.1", "ENETUNREACH")).id).toBe("unreachable");
  });
});

describe("some addresses that cannot", () => {
  it("are a note where this machine has no IPv6, and a warning otherwise", () => {
    expect(partlyReachable([trial("2001:db8::1", "ENETUNREACH")], 2)).toMatchObject({ id: "no-ipv6-here", severity: "info" });
    expect(partlyReachable([trial("2001:db8::1", "ECONNREFUSED"), trial("192.0.2.1", undefined, { isTimeout: true })], 3)).toMatchObject({
      id: "address-fails",
      severity: "warning",
      summary: "2 of 3 addresses do not answer: 2001:db8::1, 192.0.2.1",
    });
  });
});
