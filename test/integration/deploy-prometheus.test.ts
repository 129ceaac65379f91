import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startSlack, type SlackStandIn } from "../../src/playground/index.ts";
import { finished, image2, openStage, type DeployStage } from "./deploy-stage.ts";
import { startRealPrometheus, type RealPrometheus } from "./real-prometheus.ts";
import { ScrapedTraffic, type Traffic } from "./scraped-traffic.ts";

const errorShare = 'sum(rate(http_requests_total{code=~"5.."}[2s])) / sum(rate(http_requests_total[2s]))';
const healthy = { good: 400, bad: 4 };
const ill = { good: 40, bad: 360 };
const silent = { good: 0, bad: 0 };

let target: ScrapedTraffic;
let prometheus: RealPrometheus;
/** Another one, for the test that kills it. */
let mortal: RealPrometheus;

beforeAll(async () => {
  target = await ScrapedTraffic.start();
  [prometheus, mortal] = await Promise.all([
    startRealPrometheus({ target: target.url, prefix: "/prometheus" }),
    startRealPrometheus({ target: target.url }),
  ]);
});
afterAll(async () => {
  await Promise.all([prometheus?.close(), mortal?.close()]);
  await target?.close();
});

/** What Prometheus must see of a traffic before a test goes on: nothing else for the whole of the query's range. */
const signs = new Map<Traffic, string>([
  [healthy, `${errorShare} < 0.05`],
  [ill, `${errorShare} > 0.8`],
  [silent, "sum(rate(http_requests_total[2s])) == 0"],
]);

async function traffic(wanted: Traffic): Promise<void> {
  target.set(wanted);
  await prometheus.seen(signs.get(wanted) ?? "");
}

interface CheckParts {
  readonly url?: string;
  readonly query?: string;
  readonly limits?: string;
}

/** A list with one prometheus check. */
function checks({ url = prometheus.url, query = errorShare, limits = "max: 0.5" }: CheckParts = {}): string {
  return `[{ name: error share, prometheus: { url: '${url}', query: '${query}', ${limits} } }]`;
}

const restart = "change: { restart: true }\nrollout: { timeout: 20s }\n";

/** A stage whose deploys tell Slack. */
async function openTold(): Promise<{
  readonly stage: DeployStage;
  readonly slack: SlackStandIn;
  readonly told: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const slack = await startSlack();
  onTestFinished(() => slack.close());
  return {
    stage: await openStage(),
    slack,
    told: "notify: [{ slack: { webhook: { secret: env:SLACK_WEBHOOK } } }]\n",
    env: { SLACK_WEBHOOK: slack.webhookUrl },
  };
}

function subjects(slack: SlackStandIn): readonly string[] {
  return slack.inbox.map(({ text }) => text.split("\n")[0]?.replace(/^.*\): /, "") ?? "");
}

describe("a check that Prometheus answers, before the change", () => {
  it("passes within its limit, and so it does after the rollout", async () => {
    await traffic(healthy);
    const stage = await openStage();
    const { exitCode, stderr, result } = await stage.deploy(
      `before: ${checks()}\n${image2}after: { for: 600ms, every: 300ms, checks: ${checks()} }\n`,
    );
    expect({ exitCode, stderr, image: stage.image }).toEqual({ exitCode: 0, stderr: "", image: "web:2" });
    expect([...result.before, ...result.after]).toMatchObject([{ outcome: "pass" }, { outcome: "pass" }]);
    expect(Number(result.before[0]?.summary.split(",")[0])).toBeCloseTo(0.01, 2);
    expect(result.reason).toBe("3 of 3 pods available, and 2 rounds of checks after it passed");
  });

  it("blocks when it is over its limit, and the alert goes out", async () => {
    await traffic(ill);
    const { stage, slack, told, env } = await openTold();
    const before = stage.mark;
    const { exitCode, result } = await stage.deploy(`before: ${checks()}\n${image2}${told}`, { env });
    expect({ exitCode, verdict: result.verdict, mark: stage.mark, writes: stage.writes }).toEqual({
      exitCode: 10,
      verdict: "blocked",
      mark: before,
      writes: [],
    });
    expect(result.before).toMatchObject([{ outcome: "fail", summary: expect.stringMatching(/^0\.[89]\d*, at most 0\.5 allowed$/) }]);
    expect(result.reason).toBe("the health is critical: error share failed");
    expect(subjects(slack)).toEqual(["health is critical, nothing was changed"]);
  });

  it("is overridden by onCritical: proceed, and the change is the remedy", async () => {
    await traffic(ill);
    const { stage, slack, told, env } = await openTold();
    const after = `after: { for: 600ms, every: 300ms, failures: 30, checks: ${checks()} }\n`;
    const child = await stage.start(`before: ${checks()}\nonCritical: proceed\n${restart}${after}onFailure: stop\n${told}`, { env });
    await child.event("rolloutEnded");
    target.set(healthy);
    const { exitCode, events, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict, revision: stage.revision }).toEqual({ exitCode: 0, verdict: "done", revision: 2 });
    expect(events.find(({ type }) => type === "proceeding")).toMatchObject({ reason: "error share failed; onCritical: proceed" });
    expect(result).toMatchObject({ before: [{ outcome: "fail" }], after: [{ outcome: "pass" }] });
    expect(subjects(slack)).toEqual(["health is critical, changing it all the same", "deployed and healthy"]);
  });

  it.each<[title: string, parts: () => CheckParts, outcome: string, summary: RegExp]>([
    [
      "no series, for a metric that nobody knows",
      () => ({ query: "htpt_requests_total" }),
      "noData",
      /no series: is the name of the metric right\?/,
    ],
    [
      "NaN, where nothing is there to divide",
      () => ({ query: "sum(rate(http_requests_total[2s]) * 0) / 0" }),
      "noData",
      /^the query gives NaN/,
    ],
    [
      "several series, where one number is wanted",
      () => ({ query: "http_requests_total" }),
      "error",
      /gives 2 series, not one: aggregate it/,
    ],
    [
      "a range instead of a number",
      () => ({ query: "http_requests_total[5m]" }),
      "error",
      /gives a matrix, not numbers: .*inside rate\(\)/,
    ],
    [
      "a syntax error",
      () => ({ query: "sum(rate(http_requests_total[2s])" }),
      "error",
      /refused the query .* at line 1, column \d+ .*\(400 bad_data\)/,
    ],
    [
      "404, without the prefix",
      () => ({ url: new URL(prometheus.url).origin }),
      "error",
      /answered 404.*below a prefix: try http:\/\/127\.0\.0\.1:\d+\/prometheus\./,
    ],
    ["404, with the API's own path", () => ({ url: `${prometheus.url}/api/v1` }), "error", /answered 404.*Leave \/api\/v1 out of url/],
    ["a refused connection", () => ({ url: "http://127.0.0.1:1" }), "error", /nothing listens at 127\.0\.0\.1:1/],
  ])("blocks on %s, even with onCritical: proceed, and says why", async (_title, parts, outcome, summary) => {
    const stage = await openStage();
    const before = stage.mark;
    const { exitCode, result } = await stage.deploy(`before: ${checks(parts())}\nonCritical: proceed\n${image2}`);
    expect({ exitCode, verdict: result.verdict, mark: stage.mark, writes: stage.writes }).toEqual({
      exitCode: 10,
      verdict: "blocked",
      mark: before,
      writes: [],
    });
    expect(result.reason).toBe("the health is not known: error share could not be judged");
    expect(result.before).toEqual([expect.objectContaining({ outcome, summary: expect.stringMatching(summary) })]);
  });

  it("takes no traffic at all as the file says: noData", async () => {
    await traffic(silent);
    const stage = await openStage();
    const undecided = await stage.deploy(`before: ${checks()}\n${image2}`);
    expect(undecided).toMatchObject({ exitCode: 10, result: { before: [{ outcome: "noData" }] } });
    const failed = await stage.deploy(`before: ${checks({ limits: "max: 0.5, noData: fail" })}\n${image2}`);
    expect(failed).toMatchObject({ exitCode: 10, result: { reason: "the health is critical: error share failed" } });
    expect(stage.writes).toEqual([]);
    const passed = await stage.deploy(`before: ${checks({ limits: "max: 0.5, noData: pass" })}\n${image2}`);
    expect(passed).toMatchObject({
      exitCode: 0,
      result: { before: [{ outcome: "pass", summary: expect.stringContaining("(noData: pass)") }] },
    });
  });
});

describe("a check that Prometheus answers, after the rollout", () => {
  const after = (): string => `after: { for: 10s, every: 300ms, failures: 2, checks: ${checks()} }\n`;

  it("rolls back when it fails twice in a row", async () => {
    await traffic(healthy);
    const { stage, slack, told, env } = await openTold();
    const child = await stage.start(`before: ${checks()}\n${image2}${after()}${told}`, { env });
    await child.event("rolloutEnded");
    target.set(ill);
    const { exitCode, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict, image: stage.image }).toEqual({ exitCode: 11, verdict: "rolledBack", image: "web:1" });
    expect(result.reason).toBe("the checks after the rollout failed 2 times in a row: error share");
    expect(result.rollback).toMatchObject({ outcome: "complete" });
    expect(subjects(slack)).toEqual(["failed, rolling back", "rolled back, the former revision is healthy"]);
  });

  it("is inconclusive when Prometheus is killed meanwhile: nothing is rolled back, and somebody is told", async () => {
    await traffic(healthy);
    await mortal.seen(`${errorShare} < 0.05`);
    const { stage, slack, told, env } = await openTold();
    const own = checks({ url: mortal.url });
    const child = await stage.start(`before: ${own}\n${image2}after: { for: 10s, every: 300ms, failures: 2, checks: ${own} }\n${told}`, {
      env,
    });
    await child.event("rolloutEnded");
    await mortal.kill();
    const { exitCode, result } = await finished(child);
    expect({ exitCode, verdict: result.verdict, image: stage.image, revision: stage.revision, writes: stage.writes.length }).toEqual({
      exitCode: 13,
      verdict: "inconclusive",
      image: "web:2",
      revision: 2,
      writes: 1,
    });
    expect(result.after).toEqual([expect.objectContaining({ outcome: "error", summary: expect.stringContaining("nothing listens at") })]);
    expect(result.next).toContain("The change stays");
    expect(subjects(slack)).toEqual(["changed, and its health is not known"]);
  });
});
