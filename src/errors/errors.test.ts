import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import * as errors from "./index.ts";
import {
  catalog,
  ErrandError,
  isAbortError,
  isConfigError,
  isConnectionError,
  isDeadlineError,
  isDecodeError,
  isHTTPError,
  isInvalidRequestError,
  isRequestError,
  isTimeoutError,
  isTLSError,
  isValidationError,
} from "./index.ts";

const request = { method: "GET", url: "https://api.example.com/" };
const base = { code: "ERR_CONNECTION", message: "it failed", request } as const;
const attempt: errors.Attempt = { number: 1, ...request, startedAt: 0, timings: { totalMs: 3 }, isReusedConnection: false };
const response = { status: 503, statusText: "Busy", text: () => "secret body" };
const finding = { id: "expired", summary: "s", remedy: "r" };

const every: readonly (readonly [errors.RequestError, (error: unknown) => boolean])[] = [
  [new errors.RequestError(base), isRequestError],
  [new errors.HTTPError({ ...base, response }), isHTTPError],
  [new errors.ConnectionError(base), isConnectionError],
  [new errors.DNSError(base), isConnectionError],
  [new errors.ProxyError(base), isConnectionError],
  [new errors.TLSError({ ...base, finding }), isTLSError],
  [new errors.TimeoutError({ ...base, phase: "wait" }), isTimeoutError],
  [new errors.DeadlineError(base), isDeadlineError],
  [new errors.AbortError(base), isAbortError],
  [new errors.TooManyRedirectsError({ ...base, trail: [request] }), isRequestError],
  [new errors.RedirectRefusedError(base), isRequestError],
  [new errors.InvalidRequestError(base), isInvalidRequestError],
  [new errors.DecodeError({ ...base, snippet: "secret snippet" }), isDecodeError],
  [new errors.ValidationError({ ...base, issues: [] }), isValidationError],
  [new errors.ResponseTooLargeError({ ...base, limitBytes: 5 }), isRequestError],
];

describe("every error of a call", () => {
  it.each(every.map(([error, guard]) => [error.name, error, guard] as const))(
    "%s knows its name, and its guard knows it and nothing else",
    (name, error, guard) => {
      expect([error.constructor.name, error instanceof ErrandError, error instanceof Error]).toEqual([name, true, true]);
      expect(guard(error)).toBe(true);
      expect([guard(new Error("x")), guard(undefined), guard(error.toJSON())]).toEqual([false, false, false]);
      expect(Object.keys(error)).not.toContain("name");
    },
  );

  it("prints its message, code and request, and neither attempts, bodies nor snippets", () => {
    for (const [error] of every) {
      const text = inspect(error);
      expect(text).toContain("it failed");
      expect(text).toContain("code: 'ERR_CONNECTION'");
      expect(text).not.toMatch(/secret|attempts|timings/);
    }
  });

  it("is JSON with its attempts, and an absent hint leaves no trace", () => {
    const error = new errors.ConnectionError({ ...base, attempts: [attempt], hint: "look" });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "ConnectionError",
      code: "ERR_CONNECTION",
      message: "it failed",
      hint: "look",
      request,
      attempts: [attempt],
    });
    expect(Object.keys(new errors.RequestError({ code: "ERR_CONNECTION", message: "m" }).toJSON())).toEqual(["name", "code", "message"]);
  });

  it("survives structuredClone", () => {
    for (const [error] of every) expect(structuredClone(error).message).toBe("it failed");
  });

  it("keeps its cause, and has none when none was given", () => {
    const cause = new Error("deep");
    expect(new errors.ConnectionError({ ...base, cause }).cause).toBe(cause);
    expect("cause" in new errors.ConnectionError(base)).toBe(false);
  });

  it("carries the response of an HTTP error, not enumerable", () => {
    const error = new errors.HTTPError({ ...base, response });
    expect([error.status, error.response, Object.keys(error).includes("response")]).toEqual([503, response, false]);
  });

  it("of a configuration is no error of a call", () => {
    const error = new errors.ConfigError({ code: "ERR_CONFIG", message: "m", file: "f.yaml", line: 3, column: 7 });
    expect([isConfigError(error), isRequestError(error), error.file, error.line, error.column]).toEqual([true, false, "f.yaml", 3, 7]);
  });
});

describe("the catalog", () => {
  it.each(Object.entries(catalog))("%s has a title, a meaning, a remedy and an exit code", (code, entry) => {
    expect(code).toMatch(/^ERR_[A-Z0-9_]+$/);
    expect(entry.title).toMatch(/^[A-Z]/);
    expect(entry.title).not.toMatch(/[.!]$/);
    for (const text of [entry.meaning, entry.remedy]) expect(text).toMatch(/[.)]$/);
    expect(entry.remedy).not.toMatch(/verify: false|--no-verify/);
    expect(entry.exitCode).toBeGreaterThan(0);
    expect(entry.exitCode).toBeLessThan(256);
  });
});
