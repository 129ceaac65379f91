import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startHealth, type HealthStandIn } from "./index.ts";

let health: HealthStandIn;
beforeEach(async () => {
  health = await startHealth();
});
afterEach(() => health.close());

const check = async (): Promise<readonly [status: number, body: string]> => {
  const answer = await fetch(health.healthUrl);
  return [answer.status, await answer.text()];
};

describe("/healthz", () => {
  it("is healthy at first, and then what it is told", async () => {
    expect(await check()).toEqual([200, '{"status":"ok"}']);
    health.set({ status: 503 });
    expect(await check()).toEqual([503, '{"status":"unavailable"}']);
    health.set({ status: 503, json: { database: "down" } });
    expect(await check()).toEqual([503, '{"database":"down"}']);
    health.set({ text: "OK\n" });
    expect(await check()).toEqual([200, "OK\n"]);
    expect(health.checks).toBe(4);
  });

  it("can follow the number of the check", async () => {
    health.set((number) => ({ status: number < 3 ? 503 : 200 }));
    expect([await check(), await check(), await check()].map(([status]) => status)).toEqual([503, 503, 200]);
  });

  it("can be slow", async () => {
    health.set({ delayMs: 60_000 });
    await expect(fetch(health.healthUrl, { signal: AbortSignal.timeout(20) })).rejects.toThrow("timeout");
  });

  it("answers HEAD, and refuses other methods and paths", async () => {
    expect((await fetch(health.healthUrl, { method: "HEAD" })).status).toBe(200);
    const refused = await fetch(health.healthUrl, { method: "POST", body: "x" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await fetch(health.url)).status).toBe(404);
    expect(health.checks).toBe(1);
  });
});
