import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { STAND_IN_NAMES, startPlayground, type StandInName } from "./playground.ts";

const run = promisify(execFile);
const ONLY: readonly StandInName[] = ["jsonplaceholder", "prometheus", "slack", "flaky", "health"];

describe("startPlayground", () => {
  it("starts the stand-ins that are wanted, with their own options", async () => {
    const playground = await startPlayground({
      only: ONLY,
      slack: { botToken: "xoxb-own" },
      health: { script: { status: 503 } },
      jsonplaceholder: { seed: 3 },
    });
    try {
      expect(playground.started).toEqual(ONLY);
      expect((await fetch(`${playground.jsonplaceholder.url}/users/1`)).status).toBe(200);
      expect((await fetch(playground.health.healthUrl)).status).toBe(503);
      expect((await fetch(`${playground.flaky.url}/status/418`)).status).toBe(418);
      const query = new URLSearchParams({ query: 'sum(rate(http_requests_total{code=~"5.."}[5m]))' });
      expect(await (await fetch(`${playground.prometheus.url}/api/v1/query?${query}`)).json()).toMatchObject({
        data: { result: [{ value: [expect.any(Number), "0.02"] }] },
      });
      expect(playground.environment()).toEqual({
        JSONPLACEHOLDER_URL: playground.jsonplaceholder.url,
        PROMETHEUS_URL: playground.prometheus.url,
        SLACK_WEBHOOK: playground.slack.webhookUrl,
        SLACK_API_URL: playground.slack.apiUrl,
        SLACK_BOT_TOKEN: "xoxb-own",
        FLAKY_URL: playground.flaky.url,
        HEALTH_URL: playground.health.healthUrl,
      });
    } finally {
      await playground.close();
    }
  });

  it("starts all by default, and gives a kubeconfig for the cluster", async () => {
    const playground = await startPlayground({ speed: 50 });
    try {
      expect(playground.started).toEqual(STAND_IN_NAMES);
      expect(playground.kubeconfig).toContain(playground.kubernetes.url);
      expect((await fetch(`${playground.kubernetes.url}/api/v1/namespaces/shop/pods`)).status).toBe(200);
      expect(playground.environment()).toMatchObject({ K8S_API_URL: playground.kubernetes.url, K8S_TOKEN: "playground" });
    } finally {
      await playground.close();
    }
  });

  it("gives the first of the cluster's own tokens", async () => {
    const playground = await startPlayground({
      only: ["kubernetes"],
      kubernetes: { tokens: { own: { user: "ci", groups: ["system:masters"] } } },
    });
    try {
      const { K8S_API_URL: url, K8S_TOKEN: token } = playground.environment();
      const answer = await fetch(`${url}/api/v1/namespaces/shop/pods`, { headers: { authorization: `Bearer ${token}` } });
      expect([token, answer.status]).toEqual(["own", 200]);
    } finally {
      await playground.close();
    }
  });

  it("closes everything, and may be closed twice", async () => {
    const playground = await startPlayground({ only: ["flaky", "health"] });
    const urls = [playground.flaky.url, playground.health.url];
    await playground.close();
    await playground.close();
    for (const url of urls) await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("says how to start one that was not wanted", async () => {
    const playground = await startPlayground({ only: ["health"] });
    try {
      expect(() => playground.slack).toThrow(
        'The stand-in slack was not started (only health). Add it: startPlayground({ only: [..., "slack"] })',
      );
      expect(playground.kubeconfig).toBeUndefined();
    } finally {
      await playground.close();
    }
  });

  it("names all stand-ins and the nearest for an unknown one", async () => {
    const only = ["kubernets" as StandInName];
    await expect(startPlayground({ only })).rejects.toThrow(
      'There is no stand-in "kubernets". Did you mean "kubernetes"? They are jsonplaceholder, kubernetes, prometheus, slack, flaky, health',
    );
  });

  it("names the stand-in and the port when that is taken, and closes the others", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port)),
    );
    try {
      await expect(startPlayground({ only: ["health", "slack"], ports: { slack: port } })).rejects.toThrow(
        `The stand-in slack could not be started on port ${port}: listen EADDRINUSE`,
      );
    } finally {
      taken.close();
    }
  });

  it("loads only what it starts, and lets the process end when it is closed", async () => {
    const index = new URL("index.ts", import.meta.url).href;
    const script = `
      const { registerHooks } = await import("node:module");
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { startPlayground } = await import(${JSON.stringify(index)});
      const playground = await startPlayground({ only: ["health"] });
      await fetch(playground.health.healthUrl);
      await playground.close();
      console.log(JSON.stringify(loaded.map((url) => /playground\\/(\\w+)\\//.exec(url)?.[1]).filter((room) => room !== undefined)));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { timeout: 20_000 });
    const rooms = new Set(JSON.parse(stdout) as string[]);
    expect(rooms).toContain("health");
    for (const name of ["slack", "prometheus", "jsonplaceholder", "kubernetes", "flaky"]) expect(rooms).not.toContain(name);
  });
});
