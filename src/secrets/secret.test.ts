import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { format, inspect, promisify } from "node:util";
import { serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../errors/index.ts";
import { derivedSecret } from "./derived-secret.ts";
import { literalSecret } from "./literal-secret.ts";
import { redactText } from "./redact-text.ts";
import { isSecret, openSecret, refreshSecret, Secret } from "./secret.ts";
import { secret } from "./secret-reference.ts";

const value = "hunter2-hunter2-hunter2";

describe("a Secret", () => {
  it("shows its reference and never its value, on every way to print, copy or compare it", () => {
    const shown = literalSecret(value, "test token");
    void openSecret(shown);
    const plain: object = shown;
    const holder = { headers: { authorization: shown }, list: [shown], map: new Map([[shown, shown]]) };
    const channels: Record<string, string> = {
      String: String(shown),
      template: `${shown}`,
      concatenation: `a${shown as unknown as string}`,
      JSON: JSON.stringify(holder),
      inspect: inspect(holder, { depth: 10, showHidden: true, getters: true }),
      "inspect without custom": inspect(holder, { depth: 10, showHidden: true, customInspect: false }),
      "format %o %O %s %j %d": format("%o %O %s %j %d", shown, shown, shown, shown, shown),
      keys: Object.keys(shown).join(),
      "own names": Reflect.ownKeys(shown).map(String).join(),
      spread: JSON.stringify({ ...plain }) + inspect({ ...plain }),
      entries: JSON.stringify(Object.entries(shown)),
      structuredClone: inspect(structuredClone(shown), { showHidden: true }),
      "v8 serialization": serialize(shown).toString("latin1"),
      error: inspect(new Error("failed", { cause: holder }), { depth: 10 }),
    };
    for (const [channel, text] of Object.entries(channels)) expect(text, channel).not.toContain("hunter2");
    expect(`${shown}`).toBe("[secret test token]");
    expect(JSON.stringify({ shown })).toBe('{"shown":"[secret test token]"}');
    expect(inspect({ shown })).toBe("{ shown: [secret test token] }");
  });

  it("opens at once when its source answers at once", () => {
    expect(openSecret(literalSecret(value, "literal"))).toBe(value);
  });

  it("asks its source once until the value expires, then again", async () => {
    let now = 0;
    let reads = 0;
    const timed = new Secret("test:ttl", { ttlMs: 1_000, now: () => now, read: () => Promise.resolve(`value-number-${(reads += 1)}`) });
    expect(await Promise.all([openSecret(timed), openSecret(timed)])).toEqual(["value-number-1", "value-number-1"]);
    expect(openSecret(timed)).toBe("value-number-1");
    now = 999;
    expect(openSecret(timed)).toBe("value-number-1");
    now = 1_000;
    expect(await openSecret(timed)).toBe("value-number-2");
  });

  it("tries again after a failed read", async () => {
    let reads = 0;
    const failing = new Secret("test:fail", {
      ttlMs: undefined,
      read: () => ((reads += 1) === 1 ? Promise.reject(new Error("down")) : Promise.resolve("value-after-failure")),
    });
    await expect(openSecret(failing)).rejects.toThrow("down");
    expect(await openSecret(failing)).toBe("value-after-failure");
  });

  it("does not let a slow read put an old value over a newer one", async () => {
    const answers: ((value: string) => void)[] = [];
    const slow = new Secret("test:slow", { ttlMs: undefined, read: () => new Promise<string>((resolve) => answers.push(resolve)) });
    const opened = openSecret(slow);
    const refreshed = refreshSecret(slow);
    answers[1]?.("the-newer-value");
    await refreshed;
    answers[0]?.("the-older-value");
    expect(await opened).toBe("the-newer-value");
    expect(openSecret(slow)).toBe("the-newer-value");
  });
});

describe("refreshSecret", () => {
  it("says whether the value changed", async () => {
    let now = 0;
    let current = "first-value";
    const rotated = new Secret("test:rotated", { ttlMs: undefined, now: () => now, read: () => current });
    void openSecret(rotated);
    expect(await refreshSecret(rotated)).toBe(false);
    current = "second-value";
    expect(openSecret(rotated)).toBe("first-value");
    expect(await refreshSecret(rotated)).toBe(true);
    expect(openSecret(rotated)).toBe("second-value");
    now = 60_000;
    expect(await refreshSecret(rotated)).toBe(false);
  });

  it("stays true shortly after a change, for the calls that were under way with the old value", async () => {
    let now = 0;
    let current = "first-value";
    const rotated = new Secret("test:under-way", { ttlMs: undefined, now: () => now, read: () => current });
    void openSecret(rotated);
    current = "second-value";
    await refreshSecret(rotated);
    now = 9_999;
    expect(await refreshSecret(rotated)).toBe(true);
    now = 10_000;
    expect(await refreshSecret(rotated)).toBe(false);
  });

  it("reads once for many callers", async () => {
    let reads = 0;
    const counted = new Secret("test:counted", { ttlMs: undefined, read: () => Promise.resolve(`counted-value-${(reads += 1)}`) });
    await Promise.all(Array.from({ length: 20 }, () => refreshSecret(counted)));
    expect(reads).toBe(1);
  });

  it("has nothing to read again for a literal", async () => {
    expect(await refreshSecret(literalSecret(value, "literal"))).toBe(false);
  });
});

describe("derivedSecret", () => {
  it("opens its base, at once when that does, and follows its changes", async () => {
    let current = "base-value-1";
    const base = new Secret("test:base", { ttlMs: undefined, read: () => current });
    const derived = derivedSecret(base, (text) => text.toUpperCase(), "derived");
    expect(openSecret(derived)).toBe("BASE-VALUE-1");
    current = "base-value-2";
    expect(await refreshSecret(derived)).toBe(true);
    expect(openSecret(derived)).toBe("BASE-VALUE-2");
    const late = derivedSecret(
      new Secret("test:late", { ttlMs: undefined, read: () => Promise.resolve("late-value") }),
      (text) => `${text}!`,
      "late",
    );
    expect(await openSecret(late)).toBe("late-value!");
  });

  it("computes once for one value of the base", () => {
    let calls = 0;
    const derived = derivedSecret(literalSecret(value, "base"), (text) => `${text}${(calls += 1)}`, "counted");
    void openSecret(derived);
    void openSecret(derived);
    expect(calls).toBe(1);
  });

  it("is redacted by value too", () => {
    const derived = derivedSecret(literalSecret("q7", "short base"), () => "computed-from-short", "computed");
    void openSecret(derived);
    expect(redactText("x computed-from-short y")).toBe("x [redacted] y");
  });

  it("withholds what a parser says about the value", () => {
    const derived = derivedSecret(literalSecret(value, "not JSON"), (text) => String(JSON.parse(text)), "parsed");
    let thrown: unknown;
    try {
      void openSecret(derived);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ code: "ERR_SECRET", message: expect.stringContaining("parsed") });
    expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain("hunter2");
  });
});

describe("literalSecret", () => {
  it("refuses what is no value and names the label", () => {
    expect(() => literalSecret("", "webhook")).toThrow(/"webhook" has no value: it is an empty string/);
    expect(() => literalSecret(undefined as unknown as string, "webhook")).toThrow(/it is undefined, not a string/);
  });

  it("warns once, by label, that a short value is hidden by position only", async () => {
    const warnings: (Error & { code?: string })[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listen);
    literalSecret("s3cr3t7", "short one");
    literalSecret("s3cr3t7", "short one");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    const ours = warnings.filter((warning) => warning.message.includes("short one"));
    expect(ours).toHaveLength(1);
    expect(ours[0]?.code).toBe("ERRAND_SHORT_SECRET");
    expect(ours[0]?.message).not.toContain("s3cr3t7");
    expect(redactText("s3cr3t7 password=s3cr3t7")).toBe("s3cr3t7 password=[redacted]");
  });
});

describe("isSecret", () => {
  it("knows secrets from what looks like one", () => {
    expect(isSecret(secret("env:ANY"))).toBe(true);
    for (const other of [undefined, null, "env:ANY", {}, { reference: "env:ANY" }, Object.assign({}, secret("env:ANY"))])
      expect(isSecret(other)).toBe(false);
  });

  it("knows, opens and redacts the secrets of another copy of the module, and import alone changes nothing global", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-copies-"));
    try {
      const source = dirname(import.meta.dirname);
      for (const copy of ["one", "two"]) {
        for (const room of ["errors", "secrets"]) await cp(join(source, room), join(folder, copy, room), { recursive: true });
      }
      await writeFile(
        join(folder, "main.mjs"),
        `const before = Reflect.ownKeys(globalThis).length;
         const one = await import("./one/secrets/index.ts");
         const two = await import("./two/secrets/index.ts");
         const unchanged = Reflect.ownKeys(globalThis).length === before;
         const made = one.literalSecret("made-by-copy-one", "copy");
         console.log(JSON.stringify([unchanged, made instanceof two.Secret, two.isSecret(made), await two.openSecret(made), await two.refreshSecret(made),
           two.redactText("a made-by-copy-one b"), Object.keys(globalThis).some((key) => String(key).includes("errand"))]));`,
      );
      const { stdout } = await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", join(folder, "main.mjs")]);
      expect(JSON.parse(stdout)).toEqual([true, false, true, "made-by-copy-one", false, "a [redacted] b", false]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
