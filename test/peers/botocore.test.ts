// The behaviours that botocore tests (tests/unit/retries/test_standard.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("botocore retries/test_standard.py", () => {
  it("test_range_of_exponential_backoff: 1, 2, 4, 8, 16, 20, 20 ... with the whole span", async () => {
    peer.api.on("GET /").fail(503);
    const { session, waits } = testSession({ retry: { attempts: 10 } });
    await session.get(peer.api.url);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000]);
  });

  it("test_max_attempts_adds_metadata_key_when_reached, test_needs_retry_but_not_enough_quota: the last attempt says why it was the last", async () => {
    peer.api.on("GET /").fail(500);
    const { session } = testSession();
    const responses = await Promise.all(Array.from({ length: 60 }, () => session.get(peer.api.url)));
    const reasons = new Set(responses.map((response) => response.attempts.at(-1)?.stopped));
    expect(reasons).toEqual(new Set(["attempts", "budget"]));
    expect(responses.find((response) => response.attempts.at(-1)?.stopped === "budget")?.explain()).toMatch(
      /the retry budget of this origin is empty/,
    );
  });
});
