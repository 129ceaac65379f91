import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { daysFromNow, encryptKey, TestAuthority, type Identity } from "../../../test/certificates.ts";
import { reply, type RawServer } from "../../../test/raw-server.ts";
import { raw } from "../../../test/test-session.ts";
import { main } from "../program.ts";

let root: TestAuthority;
let identity: Identity;
let folder: string;
beforeAll(async () => {
  root = await TestAuthority.create("Doctor Root");
  identity = await root.issue({ name: "localhost" });
  folder = await mkdtemp(join(tmpdir(), "errand-doctor-"));
  await writeFile(join(folder, "root.pem"), root.cert);
  await writeFile(join(folder, "server.pem"), identity.cert + identity.key);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const run = async (
  argv: readonly string[],
  options: Parameters<typeof memoryIo>[0] = {},
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const io = memoryIo({ cwd: folder, ...options });
  const code = await main(["doctor", ...argv], io);
  return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
};
const serve = (tls: Identity = identity): Promise<RawServer> => raw(({ socket }) => void socket.end(reply("200 OK", "")), { tls });

describe("errand doctor URL", () => {
  it("is one calm screen for a healthy https server", async () => {
    const { url } = await serve();
    const { code, stdout, stderr } = await run([url, "--ca", "root.pem"], { terminal: ["stdout"], env: { NO_COLOR: "1" } });
    const lines = stdout.trimEnd().split("\n");
    expect([code, lines[0], stderr]).toEqual([0, `${url} is healthy.`, ""]);
    expect(lines.length).toBeLessThan(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain("\u001b");
  });

  it("puts the answer into the first line, coloured on a terminal", async () => {
    const old = await root.issue({ name: "localhost", notBefore: daysFromNow(-9), notAfter: daysFromNow(-3) });
    const { url } = await serve(old);
    const { code, stdout } = await run([url, "--ca", "root.pem"], { terminal: ["stdout"] });
    const [first] = stdout.split("\n");
    expect(code).toBe(1);
    expect(first).toMatch(/^\u001b\[31mhttps:\/\/localhost:\d+: The server's certificate \(localhost\) expired 3 days/);
  });

  it("tells on a terminal what it is at, and takes it back", async () => {
    const { url } = await serve();
    const { stdout, stderr } = await run([url, "--ca", "root.pem"], { terminal: ["stderr"], env: { NO_COLOR: "1" } });
    const stages = ["resolving the name", "connecting", "looking at TLS", "waiting for an answer"];
    const back = "\r\u001b[1A\u001b[J";
    expect(stderr).toBe(`${stages.map((stage) => `${stage}...\n`).join(back)}${back}\u001b[1A\n`);
    expect(stdout).not.toContain("looking");
  });

  it("gives everything as JSON, the certificates included", async () => {
    const { url } = await serve();
    const { stdout } = await run([url, "--ca", "root.pem", "--json", "--warn-days", "60"]);
    expect(JSON.parse(stdout)).toMatchObject({
      url,
      isHealthy: true,
      isComplete: true,
      stages: [
        { name: "dns" },
        { name: "tcp" },
        { name: "proxy" },
        { name: "tls", findings: [{ severity: "warning" }, {}] },
        { name: "http" },
      ],
      tls: { sent: [{ subject: "CN=localhost" }] },
    });
  });

  it("writes the chain that was sent to a file", async () => {
    const { url } = await serve();
    const { code, stderr } = await run([url, "--save-chain", "chain.pem"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^1 certificate written to .+chain\.pem: as sent, not verified\n$/)]);
    const saved = await readFile(join(folder, "chain.pem"), "utf8");
    expect(saved.replaceAll(/\s/g, "")).toBe(identity.cert.replaceAll(/\s/g, ""));
  });

  it("has nothing to save where nothing was sent", async () => {
    const { stderr } = await run(["http://127.0.0.1:1", "--save-chain", "none.pem"]);
    expect(stderr).toBe("nothing to save: the server sent no certificate\n");
  });

  it("warns of a password on the command line, and shows it nowhere", async () => {
    const { stdout, stderr } = await run(["http://api.example.com", "--proxy", "http://user:hunter2hunter2@127.0.0.1:1"]);
    expect(stderr).toMatch(/^warning: the password of --proxy is on the command line/);
    expect(stdout + stderr).not.toContain("hunter2");
  });

  it("ends when it is interrupted", async () => {
    const silent = await raw(() => undefined);
    const io = memoryIo({ cwd: folder });
    const running = main(["doctor", silent.url], io);
    await expect.poll(() => silent.accepted).toBeGreaterThan(1);
    io.interrupt();
    expect([await running, io.stdoutText()]).toEqual([130, ""]);
    await expect.poll(() => silent.open).toBe(0);
  });
});

describe("errand doctor FILE", () => {
  it("looks into the certificates of a file", async () => {
    const { code, stdout } = await run(["server.pem", "--ca", "root.pem", "--servername", "localhost"]);
    expect([code, stdout.split("\n")[0]]).toEqual([0, "server.pem is in order."]);
    expect(stdout).toMatch(
      /^1 {6}localhost, EC P-256, valid until \S+ \(\d+ days\)\n {7}names: localhost, 127\.0\.0\.1\n {7}issued by Doctor Root\n/m,
    );
    expect(stdout).toMatch(/^chain {2}localhost < Doctor Root\nkey {4}there is a private key\n/m);
    expect(stdout).not.toContain("PRIVATE");
  });

  it("opens their key by reference", async () => {
    await writeFile(join(folder, "locked.key"), encryptKey(identity.key, "swordfish1"));
    const flags = ["server.pem", "--ca", "root.pem", "--key", "locked.key"];
    vi.stubEnv("KEY_PASSPHRASE", "swordfish1");
    const opened = await run([...flags, "--passphrase", "env:KEY_PASSPHRASE"]);
    expect([opened.code, opened.stdout.split("\n")[0], opened.stderr]).toEqual([0, "server.pem is in order.", ""]);
    const locked = await run(flags);
    expect([locked.code, locked.stdout]).toEqual([1, expect.stringMatching(/encrypted/)]);
    expect(locked.stdout + opened.stdout).not.toContain("swordfish");
  });

  it("says what is wrong with them, and never goes to a host of that name", async () => {
    expect((await run(["server.pem"])).stdout).toMatch(
      /^server\.pem: The file lacks .+ CN=Doctor Root, and\nthis machine does not know it/,
    );
    const empty = await run(["root.pem", "--ca", "root.pem", "--json", "--servername", "localhost"]);
    expect([empty.code, JSON.parse(empty.stdout)]).toMatchObject([1, { file: "root.pem", isHealthy: false }]);
  });

  it("that cannot be read ends with 2", async () => {
    const { code, stderr } = await run(["missing.pem"]);
    expect([code, stderr]).toEqual([2, "errand: cannot read missing.pem (ENOENT)\n"]);
  });
});
