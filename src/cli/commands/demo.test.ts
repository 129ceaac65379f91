import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { main } from "../program.ts";

describe("errand demo", () => {
  it("plays one story alone", async () => {
    const io = memoryIo();
    expect(await main(["demo", "--scenario", "3"], io)).toBe(0);
    expect(io.stdoutText()).toContain("Scenario 3: a critical check");
    expect(io.stdoutText()).not.toContain("Scenario 2");
    expect(io.stdoutText()).toContain("In Slack:\n  | shop/web on playground");
  }, 20_000);

  it("stops at Ctrl-C with exit code 130 and leaves nothing behind", async () => {
    // A folder of its own: another demo may run on this machine.
    const folder = await mkdtemp(join(tmpdir(), "errand-test-"));
    vi.stubEnv("TMPDIR", folder);
    try {
      const io = memoryIo();
      const ending = main(["demo", "--scenario", "1"], io);
      setTimeout(() => io.interrupt(), 1200);
      expect(await ending).toBe(130);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    }
  }, 20_000);

  it("names the scenarios there are", async () => {
    const io = memoryIo();
    expect(await main(["demo", "--scenario", "9"], io)).toBe(64);
    expect(io.stderrText()).toContain("--scenario takes a number from 1 to 4, not 9");
  });
});
