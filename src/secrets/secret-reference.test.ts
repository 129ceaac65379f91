import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../errors/index.ts";
import { fileStore } from "./file-store.ts";
import { redactText } from "./redact-text.ts";
import { openSecret, refreshSecret } from "./secret.ts";
import { secret } from "./secret-reference.ts";
import { registerSecretStore } from "./store-registry.ts";

function thrownBy(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("secret()", () => {
  it("says what it takes when the reference is none, without quoting it", () => {
    for (const given of ["ghp_0123456789abcdef", "", "sk-live_1234:rest-of-it", "pa55w0rd:x"]) {
      const error = thrownBy(() => secret(given));
      expect(error.code).toBe("ERR_SECRET");
      expect(`${error.message} ${error.hint}`).toContain("env:API_TOKEN");
      if (given !== "") expect(inspect(error)).not.toContain(given.split(":")[0]);
    }
    for (const given of [undefined, null, 7, {}]) {
      expect(thrownBy(() => Reflect.apply(secret, undefined, [given])).message).toMatch(
        /takes a reference such as "env:API_TOKEN".*, not (undefined|null|number|object)/,
      );
    }
  });

  it("lists the registered schemes for an unknown one and names the nearest", () => {
    expect(thrownBy(() => secret("evn:TOKEN")).message).toBe(
      'No secret store is registered for "evn:"; registered: env:, file:. Did you mean env:?',
    );
    expect(thrownBy(() => secret("vault:kv/app#token")).message).toBe(
      'No secret store is registered for "vault:"; registered: env:, file:.',
    );
  });

  it("checks the form of a reference at once and reads nothing", () => {
    const malformed: [string, RegExp][] = [
      ["env:", /name is missing/],
      ["env:$TOKEN", /without the \$/],
      ["env:not a name", /the name of a variable/],
      ["file:", /path is missing/],
      ["file://host/share/token", /only local files/],
      ["file:/a\0b", /NUL/],
    ];
    for (const [reference, message] of malformed) expect(thrownBy(() => secret(reference)).message).toMatch(message);
    expect(String(secret("env:NOT_SET_ANYWHERE"))).toBe("[secret env:NOT_SET_ANYWHERE]");
    expect(secret("ENV:NAME").reference).toBe("env:NAME");
  });

  it("never shows more of a malformed reference than a plain scheme", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, unit: "grapheme-ascii" }), (text) => {
        try {
          secret(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          const rest = text.slice(text.indexOf(":") + 1).trim();
          if (rest.length >= 6 && !"env:API_TOKEN file:/run/secrets/token".includes(rest)) expect(inspect(error)).not.toContain(rest);
        }
      }),
    );
  });
});

describe("env:", () => {
  const name = "ERRAND_TEST_API_TOKEN";
  afterEach(() => {
    delete process.env[name];
  });

  it("opens synchronously, keeps the value, and reads again on refresh", async () => {
    process.env[name] = "environment-one";
    const token = secret(`env:${name}`);
    expect(openSecret(token)).toBe("environment-one");
    process.env[name] = "environment-two";
    expect(openSecret(token)).toBe("environment-one");
    expect(await refreshSecret(token)).toBe(true);
    expect(openSecret(token)).toBe("environment-two");
    expect(redactText("environment-one environment-two")).toBe("[redacted] [redacted]");
  });

  it("takes whitespace as it is: the header check names a line break", () => {
    process.env[name] = "token-with-newline\n";
    expect(openSecret(secret(`env:${name}`))).toBe("token-with-newline\n");
    expect(redactText("the token-with-newline!")).toBe("the [redacted]!");
  });

  it("refuses a variable that is not set, empty or blank, and names a similar one", () => {
    process.env[name] = "set-and-similar";
    expect(thrownBy(() => openSecret(secret("env:ERRAND_TEST_API_TOKNE"))).message).toBe(
      `The secret env:ERRAND_TEST_API_TOKNE cannot be read: the environment variable ERRAND_TEST_API_TOKNE is not set (${name} is).`,
    );
    process.env[name] = "";
    expect(thrownBy(() => openSecret(secret(`env:${name}`))).message).toContain("is set but empty");
    process.env[name] = " \n";
    expect(thrownBy(() => openSecret(secret(`env:${name}`))).message).toContain("is set but blank");
    expect(thrownBy(() => openSecret(secret("env:toString"))).message).toContain("not set");
  });
});

describe("file:", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "errand-secrets-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function failure(reference: string): Promise<ConfigError> {
    const error = await Promise.resolve(openSecret(secret(reference))).catch((reason: unknown) => reason);
    if (!(error instanceof ConfigError)) throw new Error(`no ConfigError for ${reference}`);
    expect(error.code).toBe("ERR_SECRET");
    expect(error.message).toContain(reference);
    return error;
  }

  it("trims surrounding whitespace and a byte order mark, and keeps what is inside", async () => {
    await writeFile(join(folder, "token"), "\uFEFF  file token value\r\n\n");
    expect(await openSecret(secret(`file:${folder}/token`))).toBe("file token value");
    expect(await openSecret(secret(`file://${folder}/token`))).toBe("file token value");
    expect(await openSecret(secret(`file:${relative(process.cwd(), folder)}/token`))).toBe("file token value");
  });

  it("follows a file that is replaced as Kubernetes does it, by a link, when it is refreshed", async () => {
    await mkdir(join(folder, "..v1"));
    await mkdir(join(folder, "..v2"));
    await writeFile(join(folder, "..v1", "rotating"), "rotating-value-one");
    await writeFile(join(folder, "..v2", "rotating"), "rotating-value-two");
    await symlink("..v1", join(folder, "..data"));
    const token = secret(`file:${folder}/..data/rotating`);
    expect(await openSecret(token)).toBe("rotating-value-one");
    await symlink("..v2", join(folder, "..next"));
    await rename(join(folder, "..next"), join(folder, "..data"));
    expect(openSecret(token)).toBe("rotating-value-one");
    expect(await refreshSecret(token)).toBe(true);
    expect(openSecret(token)).toBe("rotating-value-two");
    expect(fileStore.ttlMs).toBe(60_000);
  });

  it("names the reference and the reason when it cannot be read", async () => {
    await writeFile(join(folder, "blank"), " \n");
    await writeFile(join(folder, "large"), "x".repeat(1_000_001));
    await writeFile(join(folder, "utf16"), Buffer.from("\uFEFFsecret-in-utf16", "utf16le"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const cases: [string, RegExp][] = [
      ["missing", /there is no such file \(ENOENT\)/],
      ["blank/below", /not a directory \(ENOTDIR\)/],
      [".", /it is a directory/],
      ["blank", /it is empty/],
      ["large", /it has 1000001 bytes, and a secret may have 1 MB/],
      ["utf16", /not UTF-8/],
      ["pipe", /a pipe or device/],
    ];
    for (const [file, reason] of cases) {
      const error = await failure(`file:${folder}/${file}`);
      expect(error.message).toMatch(reason);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/xxxx|secret-in/);
    }
    expect((await failure(`file:${folder}/missing`)).cause).toMatchObject({ code: "ENOENT" });
    expect((await failure("file:~/errand-no-such-file")).file).toBe(join(homedir(), "errand-no-such-file"));
  });
});

describe("registerSecretStore", () => {
  it("adds a scheme, with its own check and lifetime", async () => {
    registerSecretStore({
      scheme: "teststore",
      ttlMs: 0,
      validate: (rest) => (rest === "" ? "the key is missing" : undefined),
      read: (rest) => Promise.resolve(`value-of-${rest}`),
    });
    expect(thrownBy(() => secret("teststore:")).message).toContain("the key is missing");
    expect(await openSecret(secret("teststore:kv/app"))).toBe("value-of-kv/app");
    expect(redactText("value-of-kv/app")).toBe("[redacted]");
    expect(thrownBy(() => secret("other:x")).message).toContain("teststore:");
  });

  it("refuses a malformed scheme and a second store for one", () => {
    expect(thrownBy(() => registerSecretStore({ scheme: "No Scheme", ttlMs: 0, read: () => "x" })).message).toContain('"No Scheme"');
    expect(thrownBy(() => registerSecretStore({ scheme: "env", ttlMs: 0, read: () => "x" })).message).toContain("already registered");
  });

  it("wraps what a store throws and refuses what is no value", async () => {
    registerSecretStore({ scheme: "brokenstore", ttlMs: 0, read: () => Promise.reject(new TypeError("no route")) });
    registerSecretStore({
      scheme: "throwingstore",
      ttlMs: 0,
      read: () => {
        throw new TypeError("no route");
      },
    });
    registerSecretStore({ scheme: "emptystore", ttlMs: 0, read: () => "" });
    registerSecretStore({ scheme: "oddstore", ttlMs: 0, read: () => Promise.resolve(7 as unknown as string) });
    await expect(openSecret(secret("brokenstore:a"))).rejects.toMatchObject({
      code: "ERR_SECRET",
      message: expect.stringContaining("brokenstore:a"),
      cause: { message: "no route" },
    });
    expect(thrownBy(() => openSecret(secret("throwingstore:a"))).message).toContain("throwingstore:a");
    expect(thrownBy(() => openSecret(secret("emptystore:a"))).message).toContain("an empty value");
    await expect(openSecret(secret("oddstore:a"))).rejects.toThrow("number, not a string");
  });
});
