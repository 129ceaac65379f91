import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findingIds } from "../../src/tls/index.ts";
import { chapters } from "./cases/index.ts";
import { Lab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => void (lab = await Lab.open()));
afterAll(() => lab.close());

describe.each(Object.entries(chapters))("%s", (_chapter, cases) => {
  it.each(cases.map((each) => [each.name, each.id, each] as const))("%s: %s", async (_name, id, { also = [], summary, remedy, run }) => {
    const { findings, isHealthy } = await run(lab);
    const [first] = findings;
    expect(findings.map((finding) => finding.id)).toEqual([id, ...also]);
    for (const words of summary) expect(first?.summary).toContain(words);
    for (const words of remedy) expect(first?.remedy).toContain(words);
    expect(isHealthy).toBe(first?.severity !== "problem");
  });
});

describe("the list of ids", () => {
  it("has those that the cases show, and no other", () => {
    const shown = new Set(Object.values(chapters).flatMap((cases) => cases.flatMap(({ id, also = [] }) => [id, ...also])));
    expect([...shown].sort()).toEqual([...findingIds].sort());
  });
});

describe("a diagnosis", () => {
  it("of a server that is well finds nothing, and tells what was sent and built", async () => {
    const { findings, isHealthy, sent, built, protocol, servername } = await lab.diagnose(await lab.serve(lab.leaf));
    expect({ findings, isHealthy, protocol, servername }).toEqual({
      findings: [],
      isHealthy: true,
      protocol: "TLSv1.3",
      servername: "localhost",
    });
    expect(sent.map(({ subject, position }) => [position, subject])).toEqual([
      [0, "CN=localhost"],
      [1, "CN=Lab Intermediate"],
    ]);
    expect(built.map(({ subject }) => subject)).toEqual(["CN=localhost", "CN=Lab Intermediate", "CN=Lab Root, O=Lab"]);
  });

  it("sends nothing but a bare HEAD", () => {
    expect(lab.received.length).toBeGreaterThan(3);
    for (const text of lab.received) expect(text).toMatch(/^HEAD \/ HTTP\/1\.1\r\nHost: [\w.]+\r\nConnection: close\r\n\r\n$/);
  });
});
