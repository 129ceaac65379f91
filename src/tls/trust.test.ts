import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../../test/certificates.ts";
import { reply } from "../../test/raw-server.ts";
import { raw } from "../../test/test-session.ts";
import { ConfigError } from "../errors/index.ts";
import { certificatesIn, defaultRoots, readCertificates } from "./trust.ts";

let directory: string;
let root: TestAuthority;
let rootFile: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-trust-"));
  root = await TestAuthority.create("Errand Trust Root");
  rootFile = join(directory, "root.pem");
  await writeFile(rootFile, `# a comment before\n${root.cert}`);
});
afterAll(() => rm(directory, { recursive: true }));

describe("certificatesIn", () => {
  it("finds each block, whatever stands around it, and no key", async () => {
    const text = `subject=x\r\n${root.cert}between\n${root.cert}${root.key}`;
    expect(certificatesIn(text)).toEqual([root.cert.trim(), root.cert.trim()]);
    expect(certificatesIn("")).toEqual([]);
    expect(certificatesIn(root.key)).toEqual([]);
  });
});

describe("readCertificates", () => {
  it("names the option, the file and the remedy when there is nothing to read", async () => {
    const empty = join(directory, "empty.pem");
    await writeFile(empty, "");
    expect(() => readCertificates(empty, "SSL_CERT_FILE")).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "ERR_TLS_MATERIAL",
        file: empty,
        message: `SSL_CERT_FILE: no certificates in ${empty}`,
      }),
    );
    expect(() => readCertificates(directory, "tls.ca")).toThrow(/tls\.ca: cannot read .* \(EISDIR\)/);
    expect(readCertificates(rootFile, "tls.ca")).toHaveLength(1);
  });
});

describe("defaultRoots", () => {
  it("holds Node's roots, and those of SSL_CERT_FILE and SSL_CERT_DIR, each once", async () => {
    const folder = await mkdtemp(join(directory, "dir-"));
    await writeFile(join(folder, "a.pem"), root.cert);
    await writeFile(join(folder, "readme.txt"), "not a certificate");
    await symlink("/nowhere", join(folder, "dangling.0"));
    const plain = defaultRoots({});
    expect(plain.length).toBeGreaterThan(100);
    expect(defaultRoots({ SSL_CERT_FILE: rootFile, SSL_CERT_DIR: `${folder}:` })).toEqual([...plain, root.cert.trim()]);
    expect(defaultRoots({ SSL_CERT_FILE: "" })).toEqual(plain);
  });

  it("fails for a variable that points nowhere", () => {
    expect(() => defaultRoots({ SSL_CERT_FILE: "/nowhere.pem" })).toThrow(ConfigError);
    expect(() => defaultRoots({ SSL_CERT_DIR: "/nowhere" })).toThrow(/SSL_CERT_DIR: cannot read \/nowhere/);
  });

  it("makes a server of a private authority trusted with nothing but SSL_CERT_FILE set", async () => {
    const server = await raw(({ socket }) => void socket.end(reply("200 OK", "trusted")), { tls: await root.issue({ name: "localhost" }) });
    const script = `import errand from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)}; console.log(await errand.get(${JSON.stringify(server.url)}, { retry: false }).text().catch((error) => error.code));`;
    const run = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, SSL_CERT_FILE: undefined, ...env },
      });
      return stdout.trim();
    };
    expect(await Promise.all([run({ SSL_CERT_FILE: rootFile }), run({ NODE_EXTRA_CA_CERTS: rootFile }), run({})])).toEqual([
      "trusted",
      "trusted",
      expect.stringMatching(/^ERR_TLS_/),
    ]);
  }, 20_000);
});
