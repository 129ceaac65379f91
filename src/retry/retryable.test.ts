import { describe, expect, it } from "vitest";
import { catalog, RequestError, type ErrorCode } from "../errors/index.ts";
import { resolveRetry } from "./resolve-retry.ts";
import { defaultRetryPolicy } from "./retry-policy.ts";
import { isRetryableError, isRetryableStatus } from "./retryable.ts";

const every = Array.from({ length: 500 }, (_, index) => index + 100);

describe("isRetryableStatus", () => {
  it("is true for 408, 425, 429 and every 5xx but 501, 505 and 511", () => {
    const retried = every.filter((status) => isRetryableStatus(status, defaultRetryPolicy, false));
    const serverErrors = every.filter((status) => status >= 500 && ![501, 505, 511].includes(status));
    expect(retried).toEqual([408, 425, 429, ...serverErrors]);
  });

  it("is true for 409 only when the call gave a key", () => {
    const added = every.filter(
      (status) => isRetryableStatus(status, defaultRetryPolicy, true) && !isRetryableStatus(status, defaultRetryPolicy, false),
    );
    expect(added).toEqual([409]);
  });

  it("is true for nothing but retry.statuses when they are given", () => {
    const policy = resolveRetry({ statuses: [404, 501] });
    expect(every.filter((status) => isRetryableStatus(status, policy, true))).toEqual([404, 501]);
    expect(every.filter((status) => isRetryableStatus(status, resolveRetry({ statuses: [] }), true))).toEqual([]);
  });
});

describe("isRetryableError", () => {
  it("is true for broken connections, broken answers and timeouts, and for no other code of the catalogue", () => {
    const codes = Object.keys(catalog) as ErrorCode[];
    const retried = codes.filter((code) => isRetryableError(new RequestError({ code, message: "no" })));
    expect(new Set(retried)).toEqual(
      new Set([
        "ERR_TIMEOUT",
        "ERR_PROXY",
        "ERR_DNS",
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_CONNECTION_CLOSED",
        "ERR_CONNECTION",
        "ERR_BODY_TRUNCATED",
        "ERR_MALFORMED_RESPONSE",
        "ERR_TLS",
      ]),
    );
  });
});
