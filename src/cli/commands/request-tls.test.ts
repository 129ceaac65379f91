import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daysFromNow, encryptKey, selfSigned, TestAuthority, type Identity } from "../../../test/certificates.ts";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

// The case files know no server with a certificate.
describe("a request over TLS", () => {
  let directory: string;
  let server: FakeServer;
  let authority: TestAuthority;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "errand-tls-"));
    authority = await TestAuthority.create("Test Root");
    server = await serve(await authority.issue({ name: "localhost" }));
    const client = await authority.issue({ name: "client" });
    await Promise.all([
      writeFile(join(directory, "ca.pem"), authority.cert),
      writeFile(join(directory, "client.pem"), client.cert),
      writeFile(join(directory, "client.key"), encryptKey(client.key, "correct-horse")),
    ]);
  });
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
    await rm(directory, { recursive: true });
  });

  async function serve(identity: Identity): Promise<FakeServer> {
    const started = await fakeServer({ tls: identity });
    started.on("*").reply({ text: "over TLS" });
    closers.push(() => started.close());
    return started;
  }

  async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
    const io = memoryIo({ cwd: directory, env });
    const code = await main([...argv, "--http1.1"], io);
    return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
  }

  it("verifies by default, trusts the authorities of --ca, and accepts anything with --no-verify", async () => {
    const refused = await run([server.url]);
    expect([refused.code, refused.stdout]).toEqual([7, ""]);
    expect(await run([server.url, "--ca", "ca.pem"])).toEqual({ code: 0, stdout: "over TLS", stderr: "" });
    expect(await run([server.url, "--no-verify"])).toMatchObject({ code: 0, stdout: "over TLS" });
    expect(server.calls.length).toBe(2);
  });

  it("goes on verifying when other options are taken back", async () => {
    for (const words of [
      ["--timeout", "9", "--no-timeout"],
      ["--no-verify", "--verify"],
    ])
      expect((await run([server.url, ...words])).code).toBe(7);
    const io = memoryIo({ cwd: directory });
    expect(await main(["download", server.url, "--no-timeout", "--http1.1"], io)).toBe(7);
    expect(await main(["wait", server.url, "--timeout", "20ms", "--every", "10ms", "--no-until"], io)).toBe(2);
    expect(io.stderrText()).not.toContain("answered 200");
  });

  it("says of a self-signed certificate that it is one, and how to trust it", async () => {
    const own = await serve(await selfSigned({ name: "localhost" }));
    const { code, stderr } = await run([own.url]);
    expect(code).toBe(7);
    expect(stderr).toContain("ERR_TLS_SELF_SIGNED");
    expect(stderr).toMatch(/self-signed/);
    expect(own.calls).toEqual([]);
  });

  it("says of an expired certificate since when, and how long that is", async () => {
    const expired = await serve(await authority.issue({ name: "localhost", notBefore: daysFromNow(-30), notAfter: daysFromNow(-3) }));
    const { code, stderr } = await run([expired.url, "--ca", "ca.pem"]);
    expect(code).toBe(7);
    expect(stderr).toMatch(/expired 3 days ago/);
    expect(stderr).toContain(daysFromNow(-3).toISOString().slice(0, 10));
  });

  it("opens the key of a client certificate by reference, and says what is wrong with it before anything is sent", async () => {
    const identity = ["--ca", "ca.pem", "--cert", "client.pem", "--key", "client.key"];
    const before = server.calls.length;
    const without = await run([server.url, ...identity]);
    const wrong = await run([server.url, ...identity, "--passphrase", "env:PASSPHRASE_OF_TESTS"], {});
    expect([without.code, wrong.code]).toEqual([64, 64]);
    expect(without.stderr).toContain("is encrypted and no tls.passphrase is given");
    process.env["PASSPHRASE_OF_TESTS"] = "correct-horse";
    try {
      expect((await run([server.url, ...identity, "--passphrase", "env:PASSPHRASE_OF_TESTS"])).code).toBe(0);
      process.env["PASSPHRASE_OF_TESTS"] = "battery-staple";
      const other = await run([server.url, ...identity, "--passphrase", "env:PASSPHRASE_OF_TESTS"]);
      expect(other.stderr).toContain("does not open with the given tls.passphrase");
      expect(other.stderr).not.toContain("battery-staple");
    } finally {
      delete process.env["PASSPHRASE_OF_TESTS"];
    }
    expect(server.calls.length).toBe(before + 1);
    expect((await run([server.url, "--passphrase", "env:X"])).stderr).toContain("--passphrase needs --cert and --key");
  });
});
