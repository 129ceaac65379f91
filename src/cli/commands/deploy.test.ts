import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { webDeployment } from "../../../test/deploy/web-deployment.ts";
import { memoryIo, type MemoryIoOptions } from "../../../test/cases/memory-io.ts";
import { startPlayground, type Playground } from "../../playground/index.ts";
import { main } from "../program.ts";

const web = webDeployment({ replicas: 2, image: "shop/web:1" });

let playground: Playground;
let directory: string;

beforeEach(async () => {
  playground = await startPlayground({
    only: ["kubernetes", "slack", "prometheus"],
    kubernetes: { seed: [web], speed: 30 },
    prometheus: { scenario: { errors: 0.1 } },
  });
  directory = await mkdtemp(join(tmpdir(), "errand-deploy-"));
  await writeFile(join(directory, "kubeconfig"), playground.kubernetes.kubeconfig({ namespace: "shop" }));
  await writeFile(join(directory, "webhook"), playground.slack.webhookUrl);
  for (let tries = 0; tries < 500 && !JSON.stringify(live()).includes('"availableReplicas":2'); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
});
afterEach(async () => {
  await playground.close();
  await rm(directory, { recursive: true, force: true });
});

function live(): unknown {
  return playground.kubernetes.store.get("deployments", "web", "shop");
}

function patches(): number {
  return playground.kubernetes.requests.filter(({ method, query }) => method === "PATCH" && query["dryRun"] === undefined).length;
}

async function writeDeployFile(rest: string): Promise<void> {
  const text = `version: 1
cluster: { kubeconfig: kubeconfig, context: playground }
target: { namespace: shop, deployment: web }
rollout: { timeout: 20s, failFast: 1ms }
notify: [{ slack: { webhook: { secret: "file:${join(directory, "webhook")}" } } }]
${rest}
`;
  await writeFile(join(directory, "deploy.yaml"), text);
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], options: MemoryIoOptions = {}): Promise<Ran> {
  const io = memoryIo({
    cwd: directory,
    env: { KUBECONFIG: join(directory, "kubeconfig"), ERRAND_HOME: join(directory, ".errand") },
    ...options,
  });
  const code = await main(["deploy", ...args], io);
  return { code, stdout: io.stdoutText(), stderr: io.stderrText() };
}

describe("errand deploy FILE", () => {
  it("with --yes carries it out: the log on stderr, the verdict on stdout, the message in Slack", async () => {
    await writeDeployFile(
      "change: { image: { web: shop/web:2 } }\nbefore: [{ prometheus: { url: 'PROM', query: errors, max: 0.5 } }]".replace(
        "PROM",
        playground.prometheus.url,
      ),
    );
    const { code, stdout, stderr } = await run(["deploy.yaml", "--yes"]);
    expect(stdout).toMatch(/^done: 2 of 2 pods available \([\d.]+ m?s, exit code 0\)\n$/);
    expect(stderr).toContain("image of web: shop/web:1 -> shop/web:2");
    expect(stderr).toContain("ok       prometheus errors <= 0.5: 0.1, at most 0.5 allowed");
    expect(stderr).not.toContain("\u001b[");
    expect(code).toBe(0);
    expect(playground.slack.inbox.map(({ text }) => text)).toEqual([expect.stringContaining("shop/web on playground")]);
  });

  it("ends with the verdict's exit code", async () => {
    await writeDeployFile("change: { image: { web: shop/web:bad } }");
    const { code, stdout } = await run(["deploy.yaml", "--yes"]);
    expect([code, patches()]).toEqual([11, 2]);
    expect(stdout).toMatch(/^rolled back and verified: /);
  });

  it("asks on a terminal, and only a yes goes on", async () => {
    await writeDeployFile("change: { replicas: 3 }");
    const no = await run(["deploy.yaml"], { terminal: ["stdin", "stderr"], answers: [""] });
    expect(no.stderr).toContain("Change shop/web (replicas: 2 -> 3)? [y/N]");
    expect([no.code, patches()]).toEqual([10, 0]);
    const yes = await run(["deploy.yaml"], { terminal: ["stdin", "stderr"], answers: ["y"] });
    expect([yes.code, patches()]).toEqual([0, 1]);
  });

  it("draws the rollout in place on a terminal, and leaves only the log", async () => {
    await writeDeployFile("change: { replicas: 3, restart: true }");
    const { stderr } = await run(["deploy.yaml", "--yes"], { terminal: ["stderr"], env: { NO_COLOR: "1" } });
    expect(stderr).toMatch(/new web-\w+ +█/);
    expect(screen(stderr).join("\n")).toMatch(/patched: generation 2\n {2}up after .*\ntold slack webhook: [^\n]*\n?$/);
  });

  it("with --plan shows the server's answer, sends dryRun=All and changes nothing", async () => {
    await writeDeployFile("change: { image: { web: shop/web:2 } }");
    const { code, stdout } = await run(["deploy.yaml", "--plan"]);
    expect(stdout).toContain('+ spec.template.spec.containers[web].image: "shop/web:2"');
    expect(stdout).toMatch(/^planned: /m);
    expect([code, patches(), playground.slack.inbox.length]).toEqual([0, 0, 0]);
  });

  it("with --json prints one event a line and nothing else", async () => {
    await writeDeployFile("change: { replicas: 2 }");
    const { stdout, stderr } = await run(["deploy.yaml", "--yes", "--json"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toEqual(["started", "preflight", "ended"]);
    expect(events.at(-1)).toMatchObject({ result: { verdict: "nothingToDo", exitCode: 0 } });
    expect(stderr).toBe("");
  });

  it("writes the verdict as Markdown to --summary and, in GitHub Actions, to the step's summary", async () => {
    await writeDeployFile("change: { image: { web: shop/web:2 } }");
    await writeFile(join(directory, "step.md"), "before\n");
    await run(["deploy.yaml", "--yes", "--summary", "out.md"], { env: { GITHUB_STEP_SUMMARY: join(directory, "step.md") } });
    const summary = await readFile(join(directory, "out.md"), "utf8");
    expect(summary).toMatch(/^## ✅ shop\/web: done\n/);
    expect(summary).toContain("image of web: shop/web:1 -&gt; shop/web:2");
    expect(await readFile(join(directory, "step.md"), "utf8")).toBe(`before\n${summary}`);
  });

  it("keeps its exit code when the summary cannot be written", async () => {
    await writeDeployFile("change: { replicas: 2 }");
    const { code, stderr } = await run(["deploy.yaml", "--yes", "--summary", "missing/out.md"]);
    expect(code).toBe(0);
    expect(stderr).toContain("the summary could not be written");
  });

  it("suspends on Ctrl-C with exit code 130 and says that the cluster goes on", async () => {
    await writeDeployFile("change: { image: { web: shop/web:unready } }");
    const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts"), "deploy", "deploy.yaml", "--yes"], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (stderr.includes("new pods")) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, stdout]).toEqual([
      130,
      expect.stringMatching(
        /^suspended: interrupted during the rollout .*\nThe cluster goes on rolling out.*kubectl -n shop rollout status deployment\/web/,
      ),
    ]);
    expect(JSON.stringify(live())).toContain("shop/web:unready");
  }, 20_000);
});

describe("errand deploy, recorded", () => {
  const slow = "change: { image: { web: shop/web:slow } }";

  /** Interrupted when the patch has been stored, as by Ctrl-C. */
  async function interrupted(args: readonly string[]): Promise<Ran> {
    const io = memoryIo({ cwd: directory, env: { ERRAND_HOME: join(directory, ".errand") } });
    const ended = main(["deploy", ...args], io);
    for (let tries = 0; tries < 2000 && !io.stderrText().includes("patched"); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    io.interrupt();
    return { code: await ended, stdout: io.stdoutText(), stderr: io.stderrText() };
  }

  it("goes on with --resume, which needs neither the file nor --yes, and says what was done before", async () => {
    await writeDeployFile(slow);
    const first = await interrupted(["deploy.yaml", "--yes", "--id", "web-2"]);
    expect(first.code).toBe(130);
    expect(first.stderr).toContain("(deploy.yaml, run web-2, resumable)");
    expect(first.stdout).toContain("Go on: errand deploy --resume web-2. Look:");
    await rm(join(directory, "deploy.yaml"));
    playground.kubernetes.store.setImage({ image: "shop/web:slow", behaviour: "ok" });
    const { code, stdout, stderr } = await run(["--resume", "web-2"]);
    expect(stderr).toMatch(
      /^deploy shop\/web on .*\nresumed: begun \d+s ago; done before: preflight, confirm, patch\nrollout \(at most 20 s\):\n/,
    );
    expect([code, patches()]).toEqual([0, 1]);
    expect(stdout).toMatch(/^done: /);
  });

  it("gives the recorded result of the same id again, with its exit code and a line that says so", async () => {
    await writeDeployFile("change: { image: { web: shop/web:bad } }");
    const first = await run(["deploy.yaml", "--yes", "--id", "web-2"]);
    const again = await run(["./deploy.yaml", "--yes", "--id", "web-2", "--summary", "out.md"]);
    expect(again.stderr).toMatch(
      /^deploy shop\/web .*\nrun web-2 ended \d+s ago, and this is its result; to deploy again, give another --id or none\n$/,
    );
    expect(again).toMatchObject({ code: 11, stdout: first.stdout });
    expect(await readFile(join(directory, "out.md"), "utf8")).toContain("rolled back and verified");
    expect(patches()).toBe(2);
  });

  it("does not ask twice: what was confirmed is recorded", async () => {
    await writeDeployFile("change: { replicas: 3 }");
    const yes = await run(["deploy.yaml", "--id", "web-3"], { terminal: ["stdin", "stderr"], answers: ["y"] });
    // In a pipe, without --yes.
    const again = await run(["deploy.yaml", "--id", "web-3"]);
    expect([yes.code, again.code, again.stdout]).toEqual([0, 0, yes.stdout]);
    expect((await run(["deploy.yaml", "--id", "web-4"])).stderr).toContain("nobody can be asked here");
  });

  it("names the runs there are when the one to resume is not among them", async () => {
    await writeDeployFile("change: { replicas: 2 }");
    expect((await run(["--resume", "web-2"])).stderr).toMatch(/there is no run web-2 in .*runs\.db\n.*No deploy is recorded there/);
    await run(["deploy.yaml", "--yes", "--id", "web-1"]);
    const { code, stderr } = await run(["--resume", "web-2"]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/Did you mean web-1\? Deploys there: web-1 \(done, begun \d+s ago\)\./);
  });

  it.each([
    [["deploy.yaml", "--resume", "web-2"], "--resume takes no file"],
    [["--resume", "web-2", "--id", "web-3"], "--resume takes no --id"],
    [["--resume", "web-2", "--no-journal"], "--resume takes no --no-journal"],
    [[], "a deploy file is missing"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  });

  it("names --no-journal where no journal can be written, and goes without one then", async () => {
    await writeDeployFile("change: { replicas: 3 }");
    const { code, stderr } = await run(["deploy.yaml", "--yes", "--journal", "webhook/runs.db"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/The journal .*webhook\/runs\.db[^]*To deploy without a record of it: --no-journal\./),
    ]);
    expect((await run(["deploy.yaml", "--yes", "--no-journal"])).code).toBe(0);
    expect((await readdir(directory)).includes(".errand")).toBe(false);
    await run(["deploy.yaml", "--yes", "--journal", "own.db", "--id", "web-5"]);
    expect((await run(["--resume", "web-5", "--journal", "own.db"])).stdout).toMatch(/^nothing to do: /);
  });
});

describe("errand deploy check", () => {
  it("needs no cluster", async () => {
    await writeDeployFile("change: { replicas: 3 }\nbefore: [{ pods: { minReady: 80% } }]");
    const asked = playground.kubernetes.requests.length;
    const { code, stdout } = await run(["check", "deploy.yaml"]);
    expect([code, stdout]).toEqual([0, "deploy.yaml is valid: deployment shop/web, 1 check, 1 to notify\n"]);
    expect(playground.kubernetes.requests.length).toBe(asked);
  });
});

describe("errand deploy init", () => {
  it("prints a file for the live Deployment that passes check and has nothing to do yet", async () => {
    const { code, stdout } = await run(["init", "deployment/web"]);
    expect(code).toBe(0);
    await writeFile(join(directory, "deploy.yaml"), stdout);
    expect((await run(["check", "deploy.yaml"])).code).toBe(0);
    const env = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = join(directory, "kubeconfig");
    try {
      expect((await run(["deploy.yaml", "--yes"])).stdout).toMatch(/^nothing to do: /);
    } finally {
      if (env === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = env;
    }
  });

  it("writes to a file, and never over one", async () => {
    expect((await run(["init", "deploy/web", "-n", "shop", "-o", "new.yaml"])).code).toBe(0);
    const before = await readFile(join(directory, "new.yaml"), "utf8");
    expect(before).toContain("target: { namespace: shop, deployment: web }");
    const again = await run(["init", "deploy/web", "-o", "new.yaml"]);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain("exists already");
    expect(await readFile(join(directory, "new.yaml"), "utf8")).toBe(before);
  });

  it("says what it takes, and what is not there", async () => {
    expect((await run(["init", "web"])).stderr).toContain("Write deployment/web.");
    const missing = await run(["init", "deployment/wbe"]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("wbe")]);
  });
});

/** What a terminal shows in the end: newlines, cursor up and clear below are all that is sent. */
function screen(text: string): readonly string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const part of text.split(/(\u001b\[\d*[AJ]|\n)/)) {
    const up = /^\u001b\[(\d+)A$/.exec(part)?.[1];
    if (part === "\n") row += 1;
    else if (up !== undefined) row -= Number(up);
    else if (part === "\u001b[J") lines.splice(row);
    else lines[row] = (lines[row] ?? "") + part;
    lines[row] ??= "";
  }
  return lines;
}
