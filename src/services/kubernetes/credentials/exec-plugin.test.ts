import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { isConfigError } from "../../../errors/index.ts";
import { parseExecCredential } from "./exec-credential.ts";
import { ExecPlugin, type ExecPluginOptions } from "./exec-plugin.ts";
import type { ExecConfig } from "./exec-config.ts";

const V1 = "client.authentication.k8s.io/v1";
const directory = mkdtempSync(join(tmpdir(), "errand-plugin-"));
afterAll(() => rmSync(directory, { recursive: true }));

let answer = "";
let log = "";
let count = 0;
beforeEach(() => {
  count += 1;
  answer = join(directory, `answer${count}`);
  log = join(directory, `log${count}`);
});

/** Prints what stands in the answer file, and notes each run with what it was told. */
const PROGRAM = `
const fs = require("node:fs");
fs.appendFileSync(process.argv[2], JSON.stringify({ info: JSON.parse(process.env.KUBERNETES_EXEC_INFO), extra: process.env.EXTRA, tty: process.stdin.isTTY === true }) + "\\n");
process.stderr.write("a word to people\\n");
const text = fs.readFileSync(process.argv[1], "utf8");
if (text === "fail") process.exit(7);
if (text === "hang") setInterval(() => {}, 1000); else process.stdout.write(text);
`;

function respond(status: object | string, more: object = {}): void {
  writeFileSync(answer, typeof status === "string" ? status : JSON.stringify({ apiVersion: V1, kind: "ExecCredential", status, ...more }));
}

function plugin(change: Partial<ExecConfig> = {}, options: ExecPluginOptions = {}): ExecPlugin {
  const config: ExecConfig = {
    apiVersion: V1,
    command: process.execPath,
    args: ["-e", PROGRAM, answer, log],
    env: { EXTRA: "yes" },
    installHint: undefined,
    interactiveMode: "Never",
    provideClusterInfo: false,
    ...change,
  };
  return new ExecPlugin(config, { onStderr: () => undefined, ...options });
}

function runs(): { info: unknown; extra: string; tty: boolean }[] {
  return existsSync(log)
    ? readFileSync(log, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ReturnType<typeof runs>[0])
    : [];
}

describe("a credential plugin", () => {
  it("is told what Kubernetes tells it, and runs once for all who wait", async () => {
    respond({ token: "token-of-plugin" });
    const cluster = { server: "https://10.0.0.1", "certificate-authority-data": "Q0E=", config: { audience: "x" } };
    const source = plugin({ provideClusterInfo: true }, { cluster: () => cluster });
    const all = await Promise.all([source.current(), source.current(), source.current()]);
    expect(new Set(all).size).toBe(1);
    expect(await source.current()).toBe(all[0]);
    expect(runs()).toEqual([
      { info: { kind: "ExecCredential", apiVersion: V1, spec: { interactive: false, cluster } }, extra: "yes", tty: false },
    ]);
    expect(inspect(all[0], { depth: 9 })).not.toContain("token-of-plugin");
  });

  it("is not told about the cluster unless it asks", async () => {
    respond({ token: "token-of-plugin" });
    await plugin({}, { cluster: () => Promise.reject(new Error("not asked for")) }).current();
    expect(runs()[0]?.info).toEqual({ kind: "ExecCredential", apiVersion: V1, spec: { interactive: false } });
  });

  it("passes its words to people on", async () => {
    respond({ token: "token-of-plugin" });
    let words = "";
    await plugin({}, { onStderr: (text) => (words += text) }).current();
    expect(words).toBe("a word to people\n");
  });

  it("runs again when its credential has expired", async () => {
    let nowMs = Date.parse("2026-01-01T00:00:00Z");
    respond({ token: "token-first", expirationTimestamp: "2026-01-01T00:10:00Z" });
    const source = plugin({}, { now: () => nowMs });
    const first = await source.current();
    nowMs += 599_999;
    expect(await source.current()).toBe(first);
    nowMs += 1;
    respond({ token: "token-second", expirationTimestamp: "2026-01-01T00:20:00Z" });
    const second = await source.current();
    expect(second).not.toBe(first);
    expect(await source.current()).toBe(second);
    expect(runs()).toHaveLength(2);
  });

  it("runs once after a 401, however many calls were refused, and says whether that helped", async () => {
    respond({ token: "token-first" });
    const source = plugin();
    const used = await source.current();
    expect(await source.refresh(used)).toBe(false);
    respond({ token: "token-second" });
    expect(await Promise.all([source.refresh(used), source.refresh(used)])).toEqual([true, true]);
    expect(await source.refresh(used)).toBe(true);
    expect(runs()).toHaveLength(3);
  });

  it("gives client certificates, as PEM text", async () => {
    const cert = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----";
    respond({ clientCertificateData: cert, clientKeyData: "key-key-key" });
    expect(await plugin().current()).toMatchObject({ auth: undefined, certificate: { cert } });
  });

  it("may ask only at a terminal, and must not run without one if it has to ask", async () => {
    respond({ token: "token-of-plugin" });
    await plugin({ interactiveMode: "IfAvailable" }, { isTerminal: false }).current();
    expect(runs()[0]?.info).toMatchObject({ spec: { interactive: false } });
    await plugin({ interactiveMode: "IfAvailable" }, { isTerminal: true }).current();
    expect(runs()[1]?.info).toMatchObject({ spec: { interactive: true } });
    await plugin({ interactiveMode: "Never" }, { isTerminal: true }).current();
    expect(runs()[2]?.info).toMatchObject({ spec: { interactive: false } });
    const refused = plugin({ interactiveMode: "Always" }, { isTerminal: false }).current();
    await expect(refused).rejects.toMatchObject({
      code: "ERR_CREDENTIAL_PLUGIN",
      message: expect.stringContaining("there is no terminal"),
    });
    expect(runs()).toHaveLength(3);
  });

  it("that is missing says how to install it", async () => {
    const missing = plugin({ command: "errand-no-such-plugin", args: ["login"], installHint: "Get it from https://example.com." });
    await expect(missing.current()).rejects.toMatchObject({
      code: "ERR_CREDENTIAL_PLUGIN",
      message: "kubernetes: the credential plugin errand-no-such-plugin login is not installed: no such command",
      hint: "Get it from https://example.com.",
    });
  });

  it("that fails, and one that never ends, is an error; the next call tries again", async () => {
    respond("fail");
    const source = plugin();
    await expect(source.current()).rejects.toMatchObject({ message: expect.stringContaining("failed with exit code 7") });
    respond({ token: "token-of-plugin" });
    expect(await source.current()).toBeDefined();
    respond("hang");
    await expect(plugin({}, { timeoutMs: 40 }).current()).rejects.toMatchObject({
      message: expect.stringContaining("did not end within 40 ms"),
    });
  });

  it("that prints without end is stopped", async () => {
    appendFileSync(answer, "x".repeat(1_100_000));
    await expect(plugin().current()).rejects.toMatchObject({ message: expect.stringContaining("printed more than a credential can be") });
  });
});

describe("parseExecCredential", () => {
  const read = (output: unknown) =>
    parseExecCredential(typeof output === "string" ? output : JSON.stringify(output), { apiVersion: V1, name: "login" });
  const credential = (status: object, more: object = {}) => ({ apiVersion: V1, kind: "ExecCredential", status, ...more });

  it.each<[unknown, string]>([
    ["", "printed nothing"],
    ["token: abc-secret", "not a JSON object"],
    [[], "not a JSON object"],
    [credential({ token: "t" }, { kind: "Secret" }), "kind is not ExecCredential"],
    [credential({ token: "t" }, { apiVersion: "client.authentication.k8s.io/v1beta1" }), `another apiVersion than the ${V1}`],
    [{ apiVersion: V1, kind: "ExecCredential" }, "printed no status"],
    [credential({}), "neither a token nor a client certificate"],
    [credential({ token: " " }), "neither a token nor a client certificate"],
    [credential({ clientCertificateData: "-----BEGIN CERTIFICATE-----" }), "without its key"],
    [credential({ token: "t", clientKeyData: "k" }), "without its key, or a key without its certificate"],
    [credential({ clientCertificateData: "LS0tLS1CRUdJTg==", clientKeyData: "k" }), "not PEM text"],
    [credential({ token: 5 }), "status.token that is not text"],
    [credential({ token: "t", expirationTimestamp: "soon" }), "no RFC 3339 time"],
  ])("refuses %j", (output, complaint) => {
    expect(() => read(output)).toThrow(
      expect.objectContaining({ code: "ERR_CREDENTIAL_PLUGIN", message: expect.stringContaining(complaint) }),
    );
  });

  it("never shows what was printed", () => {
    const status = fc.record(
      { token: fc.anything(), clientKeyData: fc.anything(), expirationTimestamp: fc.string() },
      { requiredKeys: [] },
    );
    const output = fc.oneof(
      fc.string(),
      fc.json(),
      status.map((value) => credential(value)),
    );
    fc.assert(
      fc.property(output, (value) => {
        let text: string;
        try {
          text = typeof value === "string" ? `s3cr3t${value}` : JSON.stringify(value);
        } catch {
          return; // A bigint cannot be printed as JSON.
        }
        try {
          parseExecCredential(text, { apiVersion: V1, name: "login" });
        } catch (error) {
          expect(isConfigError(error)).toBe(true);
          expect(inspect(error)).not.toContain("s3cr3t");
        }
      }),
    );
  });
});
