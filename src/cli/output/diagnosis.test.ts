import { describe, expect, it } from "vitest";
import type { Diagnosis, Stage } from "../../doctor/index.ts";
import { painter } from "./color.ts";
import { renderDiagnosis } from "./diagnosis.ts";
import { wrap } from "./wrap.ts";

const stage = (name: Stage["name"], more: Partial<Stage> = {}): Stage => ({
  name,
  status: "ok",
  evidence: [`${name} works`],
  findings: [],
  elapsedMs: 12,
  ...more,
});
const skip = (name: Stage["name"], why: string): Stage => stage(name, { status: "skipped", why, evidence: [] });
const healthy: Diagnosis = {
  url: "https://api.example.com",
  isHealthy: true,
  isComplete: true,
  answer: undefined,
  failedStage: undefined,
  tls: undefined,
  elapsedMs: 40,
  stages: [stage("dns"), stage("tcp"), skip("proxy", "no proxy is set"), stage("tls"), stage("http")],
};
const expired = {
  id: "expired",
  severity: "problem",
  summary: "The certificate expired 3 days ago (2030-06-12).",
  remedy: "Renew the certificate on the server; if it was renewed, reload the server. Check this machine's clock.",
  command: "sudo certbot renew",
} as const;
const warning = { id: "clock-skew", severity: "warning", summary: "This clock is off.", remedy: "Set it.", command: "date -s" } as const;
const note = { id: "redirect", severity: "info", summary: "It redirects.", remedy: "Nothing to do." } as const;
const text = (diagnosis: Diagnosis, columns = 80): string => renderDiagnosis(diagnosis, { paint: painter(false), columns });

describe("renderDiagnosis", () => {
  it("is calm about what is healthy", () => {
    expect(text(healthy)).toBe(
      [
        "https://api.example.com is healthy.",
        "",
        "dns    ok         12 ms  dns works",
        "tcp    ok         12 ms  tcp works",
        "proxy  -                 no proxy is set",
        "tls    ok         12 ms  tls works",
        "http   ok         12 ms  http works",
      ].join("\n"),
    );
  });

  it("begins with the answer, then what to do, then the evidence and what else was found", () => {
    const failed = stage("tls", { status: "problem", evidence: ["TLSv1.3"], findings: [expired, warning] });
    const broken: Diagnosis = {
      ...healthy,
      isHealthy: false,
      answer: expired,
      failedStage: "tls",
      stages: [stage("dns"), failed, skip("http", "nothing is sent where TLS is not in order")],
    };
    expect(text(broken)).toBe(
      [
        "https://api.example.com: The certificate expired 3 days ago (2030-06-12).",
        "",
        "  Renew the certificate on the server; if it was renewed, reload the server.",
        "  Check this machine's clock.",
        "  $ sudo certbot renew",
        "",
        "dns    ok         12 ms  dns works",
        "tls    FAILED     12 ms  TLSv1.3",
        "http   -                 nothing is sent where TLS is not in order",
        "",
        "warning: This clock is off.",
        "  Set it.",
        "  $ date -s",
      ].join("\n"),
    );
  });

  it("counts the warnings of what is healthy, and says of a note no more than it has to", () => {
    const shown = text({ ...healthy, stages: [stage("http", { findings: [warning, note] })] });
    expect(shown).toMatch(/^https:\/\/api\.example\.com is healthy, with 1 warning\.\n/);
    expect(shown).toMatch(/note: It redirects\.$/);
  });

  it("says what helps against several only once", () => {
    const other = { ...warning, summary: "That clock is off." };
    const shown = text({ ...healthy, stages: [stage("http", { findings: [warning, other] })] });
    expect(shown).toMatch(/\nwarning: This clock is off\.\nwarning: That clock is off\.\n {2}Set it\.\n {2}\$ date -s$/);
  });

  it("says why it could not look", () => {
    const stages = [stage("dns"), skip("tcp", "no time was left"), skip("proxy", "no time was left")];
    expect(text({ ...healthy, isHealthy: false, isComplete: false, stages })).toMatch(
      /^https:\/\/api\.example\.com could not be looked at: no time was left\.\n/,
    );
  });

  it("stays within the line, except where a command is to be copied, and lets nothing steer the terminal", () => {
    const nasty = {
      ...expired,
      summary: `names\u001b[2J\nand ${"more ".repeat(40)}`,
      command: `errand doctor https://${"a".repeat(90)}.example`,
    };
    const lines = text(
      { ...healthy, isHealthy: false, answer: nasty, stages: [stage("tls", { status: "problem", findings: [nasty] })] },
      60,
    ).split("\n");
    expect(lines.filter((line) => line.length > 60)).toEqual([`  $ ${nasty.command}`]);
    expect(lines.join("")).not.toContain("\u001b");
    expect(lines[0]).toContain("names\\u001b[2J\\nand");
  });

  it("has colours only where they are wanted", () => {
    const painted = renderDiagnosis(healthy, { paint: painter(true), columns: 80 });
    expect(painted).toContain("\u001b[32m");
    expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(text(healthy));
  });
});

describe("wrap", () => {
  it("breaks between words, and never within one", () => {
    expect(wrap("one two three", { columns: 7 })).toBe("one two\nthree");
    expect(wrap("one two three", { columns: 8, first: "- ", rest: "  " })).toBe("- one\n  two\n  three");
    expect(wrap("abcdefghij kl", { columns: 4 })).toBe("abcdefghij\nkl");
  });
});
