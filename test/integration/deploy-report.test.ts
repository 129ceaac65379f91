import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSlack, type SlackStandIn } from "../../src/playground/index.ts";
import { image2, openStage, type DeployStage } from "./deploy-stage.ts";
import { errand } from "./errand-process.ts";

const told = "notify: [{ slack: { webhook: { secret: env:SLACK_WEBHOOK } } }]\n";

async function openTold(): Promise<{
  readonly stage: DeployStage;
  readonly slack: SlackStandIn;
  readonly env: Readonly<Record<string, string>>;
}> {
  const slack = await startSlack();
  onTestFinished(() => slack.close());
  return { stage: await openStage(), slack, env: { SLACK_WEBHOOK: slack.webhookUrl } };
}

/** Slack's webhook URL is a credential. */
function expectNoWebhook(slack: SlackStandIn, ...outputs: readonly string[]): void {
  for (const output of outputs) expect(output).not.toContain(new URL(slack.webhookUrl).pathname);
}

describe("a deploy that tells Slack", () => {
  it("waits as long as a 429 asks, and tells once", async () => {
    const { stage, slack, env } = await openTold();
    slack.failNext({ status: 429, retryAfter: 1 });
    const { exitCode, stdout, stderr, result } = await stage.deploy(image2 + told, { env });
    expect({ exitCode, stderr, notifications: result.notifications.map(({ problem }) => problem) }).toEqual({
      exitCode: 0,
      stderr: "",
      notifications: [undefined],
    });
    expect(slack.inbox).toHaveLength(1);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(1000);
    expectNoWebhook(slack, stdout);
  });

  it.each([
    ["answers with an error", async (slack: SlackStandIn) => slack.failNext({ status: 500, times: 9 }), /500/],
    ["breaks the connection", async (slack: SlackStandIn) => slack.failNext({ isReset: true, times: 9 }), /reset/],
    ["is not there", (slack: SlackStandIn) => slack.close(), /nothing listens/],
    [
      "does not know the webhook",
      async (slack: SlackStandIn) => slack.failNext({ status: 404, error: "no_service", times: 9 }),
      /no_service/,
    ],
  ])("keeps its verdict when Slack %s, and says what was not delivered", async (_title, prepare, problem) => {
    const { stage, slack, env } = await openTold();
    await prepare(slack);
    const { exitCode, stdout, result } = await stage.deploy(image2 + told, { env });
    expect({ exitCode, verdict: result.verdict, image: stage.image }).toEqual({ exitCode: 0, verdict: "done", image: "web:2" });
    expect(result.notifications).toEqual([
      { to: "slack webhook", subject: expect.stringContaining("deployed and healthy"), problem: expect.stringMatching(problem) },
    ]);
    expect(slack.inbox).toEqual([]);
    expectNoWebhook(slack, stdout);
  });

  it("changes nothing when the webhook's variable is not set, for nobody would hear of a failure", async () => {
    const stage = await openStage();
    const before = stage.mark;
    const { exitCode, result } = await stage.deploy(image2 + told);
    expect({ exitCode, mark: stage.mark, writes: stage.writes }).toEqual({ exitCode: 10, mark: before, writes: [] });
    expect(`${result.reason} ${result.next}`).toMatch(/notify\[0\]\.slack\.webhook: .*SLACK_WEBHOOK/);
  });
});

describe("the summary of a deploy", () => {
  it("is added to GitHub's step summary, and written to --summary", async () => {
    const stage = await openStage();
    const GITHUB_STEP_SUMMARY = await stage.write("step.md", "# An earlier step\n");
    const args = ["--yes", "--json", "--summary", "own.md"];
    const { exitCode, stderr, result } = await stage.deploy(`${image2}before: [{ pods: { minReady: 80% } }]\n`, {
      env: { GITHUB_STEP_SUMMARY },
      args,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const step = await readFile(GITHUB_STEP_SUMMARY, "utf8");
    const own = await readFile(join(stage.directory, "own.md"), "utf8");
    expect(step).toBe(`# An earlier step\n${own}`);
    expect(own).toContain("## ✅ shop/web: done");
    for (const fact of [result.runId, "web:1", "web:2", "3 of 3 pods Ready"]) expect(own).toContain(fact);
  });

  it("of a failure is written as well", async () => {
    const stage = await openStage();
    const GITHUB_STEP_SUMMARY = join(stage.directory, "step.md");
    const text = "change: { image: { web: 'web:bad' } }\nrollout: { timeout: 20s, failFast: 100ms }\n";
    expect(await stage.deploy(text, { env: { GITHUB_STEP_SUMMARY } })).toMatchObject({ exitCode: 11, stderr: "" });
    expect(await readFile(GITHUB_STEP_SUMMARY, "utf8")).toMatch(/^## .*shop\/web: rolled back and verified/);
  });

  it("changes no verdict when it cannot be written", async () => {
    const stage = await openStage();
    const { exitCode, stderr } = await stage.deploy(image2, { env: { GITHUB_STEP_SUMMARY: "/dev/full" } });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^errand: the summary could not be written: .*ENOSPC/),
    });
  });
});

describe("a deploy that must change nothing", () => {
  it("with --plan asks the server for its difference, tells nobody, and stores nothing", async () => {
    const { stage, slack, env } = await openTold();
    const before = [stage.mark, stage.kubernetes.store.resourceVersion];
    const text = `before: [{ pods: { minReady: 100% } }]\nchange: { image: { web: 'web:2' }, replicas: 5, restart: true }\n${told}`;
    const { exitCode, stderr, result, events } = await stage.deploy(text, { env, args: ["--plan", "--json"] });
    expect({ exitCode, stderr, verdict: result.verdict }).toEqual({ exitCode: 0, stderr: "", verdict: "planned" });
    expect([stage.mark, stage.kubernetes.store.resourceVersion]).toEqual(before);
    expect(stage.writes.map(({ query }) => query["dryRun"])).toEqual(["All"]);
    expect(slack.inbox).toEqual([]);
    const difference = events.find((event) => event.type === "serverDifference");
    expect(difference?.differences).toEqual(
      expect.arrayContaining([
        { path: "spec.replicas", from: "3", to: "5" },
        { path: "spec.template.spec.containers[web].image", from: '"web:1"', to: '"web:2"' },
      ]),
    );
  });

  it("without --yes in a pipe is refused before any server is asked", async () => {
    const stage = await openStage();
    const { exitCode, stdout, stderr } = await (await stage.start(image2, { args: [] })).ended;
    expect({ exitCode, stdout, requests: stage.kubernetes.requests }).toEqual({ exitCode: 64, stdout: "", requests: [] });
    expect(stderr).toMatch(/--yes.*--plan/);
  });

  it("that errand deploy init wrote is valid, and there is nothing to do", async () => {
    const stage = await openStage({ cluster: "{ context: playground }" });
    const options = { cwd: stage.directory, env: { KUBECONFIG: "kubeconfig" } };
    const written = await errand(["deploy", "init", "deployment/web", "-n", "shop", "-o", "web.yaml"], options);
    expect(written).toEqual({ exitCode: 0, signal: null, stdout: "", stderr: expect.stringContaining("errand deploy web.yaml --plan") });
    const checked = await errand(["deploy", "check", "web.yaml"], options);
    expect(checked).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringMatching(/^web\.yaml is valid: deployment shop\/web/) });
    const before = stage.mark;
    const deployed = await errand(["deploy", "web.yaml", "--yes"], options);
    expect(deployed).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^nothing to do: the Deployment is as the file wants it/),
    });
    expect({ mark: stage.mark, writes: stage.writes }).toEqual({ mark: before, writes: [] });
  });

  it("a second time has nothing left to do", async () => {
    const stage = await openStage();
    expect(await stage.deploy(image2)).toMatchObject({ exitCode: 0, result: { verdict: "done" } });
    const before = stage.mark;
    expect(await stage.deploy(image2)).toMatchObject({ exitCode: 0, result: { verdict: "nothingToDo" } });
    expect({ mark: stage.mark, writes: stage.writes.length }).toEqual({ mark: before, writes: 1 });
  });
});
