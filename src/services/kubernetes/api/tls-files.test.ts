import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { literalSecret, openSecret, type Secret } from "../../../secrets/index.ts";
import { TlsFiles } from "./tls-files.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-tls-files-"));
afterAll(() => rmSync(directory, { recursive: true }));

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe("TLS files", () => {
  it("give the cluster's authority, which alone is trusted, and the client's certificate", async () => {
    const files = new TlsFiles({
      ca: write("ca", pem("ca")),
      cert: pem("cert"),
      key: write("key", pem("key-of-client")),
      tlsServerName: "k",
    });
    const { tls } = await files.current();
    expect(tls).toMatchObject({ ca: pem("ca"), roots: "only", cert: pem("cert"), servername: "k" });
    expect(await openSecret(tls.key as Secret)).toBe(pem("key-of-client"));
    expect(inspect(tls)).not.toContain("key-of-client");
  });

  it("trust the usual roots without an authority", async () => {
    expect((await new TlsFiles({}).current()).tls).toEqual({});
    expect((await new TlsFiles({ insecureSkipTlsVerify: true }).current()).tls).toEqual({ verify: false });
  });

  it("are read again after a minute, and are other material then if they have changed", async () => {
    let nowMs = 0;
    const ca = write("rotating", pem("first"));
    const files = new TlsFiles({ ca, now: () => nowMs });
    const first = await files.current();
    write("rotating", pem("second"));
    nowMs = 59_999;
    expect((await files.current()).fingerprint).toBe(first.fingerprint);
    nowMs = 60_000;
    const second = await files.current();
    expect(second.tls.ca).toBe(pem("second"));
    expect(second.fingerprint).not.toBe(first.fingerprint);
    rmSync(ca);
    nowMs = 120_000;
    expect((await files.current()).fingerprint).toBe(second.fingerprint);
  });

  it("are other material with a plugin's certificate, which takes the place of the static one", async () => {
    const files = new TlsFiles({ cert: pem("static"), key: pem("static-key") });
    const identity = { cert: pem("issued"), key: literalSecret(pem("issued-key"), "plugin") };
    const own = await files.current();
    const issued = await files.current(identity);
    expect(issued.tls.cert).toBe(pem("issued"));
    expect(issued.fingerprint).not.toBe(own.fingerprint);
    expect((await files.current(identity)).fingerprint).toBe(issued.fingerprint);
  });

  it("that cannot be used are refused at once", () => {
    const complaint = (options: ConstructorParameters<typeof TlsFiles>[0]): unknown => {
      try {
        return new TlsFiles(options);
      } catch (error) {
        return error;
      }
    };
    expect(complaint({ ca: "/nowhere/ca" })).toMatchObject({
      code: "ERR_TLS_MATERIAL",
      message: "kubernetes: /nowhere/ca cannot be read: ENOENT",
    });
    expect(complaint({ ca: write("der", "binary") })).toMatchObject({ message: expect.stringContaining("holds no PEM text") });
    expect(complaint({ cert: pem("a") })).toMatchObject({ message: "kubernetes: a client certificate needs both cert and key" });
    expect(complaint({ ca: pem("a"), insecureSkipTlsVerify: true })).toMatchObject({ message: expect.stringContaining("contradicts ca") });
  });
});
