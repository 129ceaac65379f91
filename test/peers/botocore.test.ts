// The behaviours that botocore tests (tests/unit/retries/test_standard.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/client/index.ts";
import type { RequestError } from "../../src/errors/index.ts";
import { backoffMs } from "../../src/retry/index.ts";
import { failureOf, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("botocore retries/test_standard.py", () => {
  it("test_range_of_exponential_backoff: 1, 2, 4, 8, 16, 20, 20 ... with the whole span", async () => {
    peer.api.on("GET /").fail(503);
    const { session, waits } = testSession({ retry: { attempts: 10 } });
    await session.get(peer.api.url);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000]);
  });

  it("test_max_attempts_adds_metadata_key_when_reached: the last attempt says so, and the story in words", async () => {
    peer.api.on("GET /").fail(500);
    const response = await testSession().session.get(peer.api.url);
    expect([response.status, response.attempts.length, response.attempts.at(-1)?.stopped]).toEqual([500, 3, "attempts"]);
    expect(response.explain()).toMatch(/^3 attempts/);
  });

  it("test_needs_retry_but_not_enough_quota: no repetition, and the last attempt says why", async () => {
    peer.api.on("GET /").fail(500);
    const { session } = testSession({ retry: { attempts: 100 } });
    for (let round = 0; round < 2; round += 1) await session.get(peer.api.url);
    const response = await session.get(peer.api.url);
    expect(response.attempts.map(({ stopped }) => stopped)).toEqual(["budget"]);
    expect(response.explain()).toMatch(/the retry budget of this origin is empty/);
  });
});

describe("botocore retries/test_standard.py: the quota of retries", () => {
  /** Takes 495 of the 500 tokens: 99 retries at 5 each, none of which succeeded. */
  const spendAllButFive = async (session: Session): Promise<void> => {
    peer.api.on("GET /").fail(500);
    expect((await session.get(peer.api.url)).attempts).toHaveLength(100);
  };
  const stories = async (session: Session, path: string): Promise<unknown[]> => {
    const { attempts } = await session.get(peer.api.url + path);
    return [attempts.length, attempts.at(-1)?.stopped];
  };

  it("test_can_acquire_quota_for_timeout_error: a timeout costs 10 of 500", async () => {
    const { session } = testSession({ retry: { attempts: 100 }, timeout: 1 }, { lookup: () => undefined });
    const error = (await failureOf(session.get("http://silent.test/"))) as RequestError;
    expect([error.code, error.attempts.length, error.attempts.at(-1)?.stopped]).toEqual(["ERR_TIMEOUT", 51, "budget"]);
  });

  it("test_can_acquire_quota_non_timeout_error: another failure costs 5", async () => {
    const { session } = testSession({ retry: { attempts: 100 } });
    await spendAllButFive(session);
    expect(await stories(session, "/")).toEqual([2, "budget"]);
  });

  it("test_can_release_quota_based_on_context_value_on_success: what a retry took comes back when it succeeds", async () => {
    const { session } = testSession({ retry: { attempts: 100 } });
    await spendAllButFive(session);
    for (let round = 0; round < 3; round += 1) {
      peer.api.on(`GET /${round}`).fail(500).reply();
      expect(await stories(session, `/${round}`)).toEqual([2, "done"]);
    }
  });

  it("test_dont_release_quota_if_all_retries_failed: nothing comes back, and the next call is not repeated", async () => {
    const { session } = testSession({ retry: { attempts: 100 } });
    await spendAllButFive(session);
    expect(await stories(session, "/")).toEqual([2, "budget"]);
    expect(await stories(session, "/")).toEqual([1, "budget"]);
  });

  it("test_uniform_rand_dist_on_max_attempts: the wait before attempt 11 is any of 0 to 20 s alike", () => {
    const seconds = Array.from({ length: 20 }, () => 0);
    let seed = 1;
    // Park and Miller's generator: the same 10,000 draws at every run.
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let draw = 0; draw < 10_000; draw += 1) {
      const second = Math.floor(backoffMs({ retry: 10, baseMs: 1000, capMs: 20_000, random }) / 1000);
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    expect([Math.min(...seconds) > 400, Math.max(...seconds) < 600, seconds.length]).toEqual([true, true, 20]);
  });
});
