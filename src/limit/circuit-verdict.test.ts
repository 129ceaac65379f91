import { describe, expect, it } from "vitest";
import { ConnectionError, DeadlineError, RequestError, TimeoutError, type ErrorCode, type TimeoutPhase } from "../errors/index.ts";
import { judgeOutcome } from "./circuit-verdict.ts";

describe("judgeOutcome", () => {
  it.each([
    [200, "success"],
    [204, "success"],
    [304, "success"],
    [307, "success"],
    [400, "success"],
    [401, "success"],
    [404, "success"],
    [408, "success"],
    [429, "success"],
    [500, "failure"],
    [501, "success"],
    [502, "failure"],
    [503, "failure"],
    [504, "failure"],
    [505, "success"],
    [511, "ignored"],
    [599, "failure"],
  ])("takes %i for %s", (status, verdict) => {
    expect(judgeOutcome({ status })).toBe(verdict);
  });

  it.each<[ErrorCode, string]>([
    ["ERR_DNS", "failure"],
    ["ERR_CONNECTION_REFUSED", "failure"],
    ["ERR_CONNECTION_RESET", "failure"],
    ["ERR_CONNECTION_CLOSED", "failure"],
    ["ERR_BODY_TRUNCATED", "failure"],
    ["ERR_MALFORMED_RESPONSE", "failure"],
    ["ERR_TLS", "failure"],
    ["ERR_TLS_EXPIRED", "ignored"],
    ["ERR_ABORTED", "ignored"],
    ["ERR_SESSION_CLOSED", "ignored"],
    ["ERR_INVALID_HEADER", "ignored"],
    ["ERR_SECRET", "ignored"],
    ["ERR_DECODE", "ignored"],
    ["ERR_RESPONSE_TOO_LARGE", "ignored"],
  ])("takes %s for %s", (code, verdict) => {
    expect(judgeOutcome({ error: new ConnectionError({ code, message: "no" }) })).toBe(verdict);
  });

  it.each<[TimeoutPhase, string]>([
    ["prepare", "ignored"],
    ["queue", "ignored"],
    ["connect", "failure"],
    ["wait", "failure"],
    ["receive", "failure"],
  ])("takes a timeout while in %s for %s", (phase, verdict) => {
    expect(judgeOutcome({ error: new TimeoutError({ code: "ERR_TIMEOUT", message: "no", phase }) })).toBe(verdict);
  });

  it("takes a deadline that passed for a failure, and an unknown error for nothing", () => {
    expect(judgeOutcome({ error: new DeadlineError({ code: "ERR_DEADLINE", message: "no" }) })).toBe("failure");
    expect(judgeOutcome({ error: new RequestError({ code: "ERR_USAGE", message: "no" }) })).toBe("ignored");
  });
});
