import { readFile, rm } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { startHealth, startKubernetes, startPrometheus, startSlack } from "../../src/playground/index.ts";
import type { Deployment } from "../../src/services/kubernetes/index.ts";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { web } from "./deploy-stage.ts";
import { errand, type Outcome } from "./errand-process.ts";
import { until } from "./until.ts";

const hook = new URL("kill-hook.mjs", import.meta.url).href;
const minutes = 60_000;
/** What a bot token promises of an alert and of a success beyond what a webhook does. */
const botMessages: "as a webhook" | "exactly once" = "exactly once";

interface Scenario {
  readonly name: string;
  readonly image: string;
  readonly exitCode: number;
  readonly verdict: string;
  readonly generation: number;
  /** What the messages end with; the last one of a healthy deploy is a success. */
  readonly messages: readonly { readonly words: string; readonly isSuccess: boolean }[];
}

const scenarios: readonly Scenario[] = [
  {
    name: "healthy",
    image: "web:2",
    exitCode: 0,
    verdict: "done",
    generation: 2,
    messages: [{ words: "deployed and healthy", isSuccess: true }],
  },
  {
    name: "rolled back",
    image: "web:crash",
    exitCode: 11,
    verdict: "rolled back and verified",
    generation: 3,
    messages: [
      { words: "failed, rolling back", isSuccess: false },
      { words: "rolled back, the former revision is healthy", isSuccess: false },
    ],
  },
];
const channels = ["webhook", "bot token"] as const;
type Channel = (typeof channels)[number];
/** How the run is taken up again: from its journal, or by its id where there is no journal of it, as on a fresh runner. */
type Way = "--resume" | "--id elsewhere";

interface TrialInit {
  readonly scenario: Scenario;
  readonly channel: Channel;
}

/** A cluster with a Deployment for each kill, and everything else a deploy talks to. */
async function openGround() {
  const [kubernetes, slack, prometheus, health, directory] = await Promise.all([
    startKubernetes({ speed: 30 }),
    startSlack(),
    startPrometheus({ scenario: { errors: 0.1 } }),
    startHealth(),
    mkdtemp(join(tmpdir(), "errand-deploy-kills-")),
  ]);
  onTestFinished(async () => {
    await Promise.all([kubernetes.close(), slack.close(), prometheus.close(), health.close()]);
    await rm(directory, { recursive: true, force: true });
  });
  await writeFile(join(directory, "kubeconfig"), kubernetes.kubeconfig());
  return { kubernetes, slack, prometheus, health, directory, count: 0 };
}
type Ground = Awaited<ReturnType<typeof openGround>>;

/** One Deployment and one run of its own. */
class Trial {
  readonly name: string;
  readonly #ground: Ground;
  readonly #scenario: Scenario;
  readonly #channel: Channel;

  constructor(ground: Ground, { scenario, channel }: TrialInit) {
    this.#ground = ground;
    this.#scenario = scenario;
    this.#channel = channel;
    ground.count += 1;
    this.name = `web-${ground.count}`;
  }

  async prepare(): Promise<void> {
    const { kubernetes, prometheus, health, directory } = this.#ground;
    const labels = { app: this.name };
    const template = { metadata: { labels }, spec: web.spec.template.spec };
    kubernetes.store.create({
      ...web,
      metadata: { name: this.name, namespace: "shop", labels },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    });
    const channel = this.#channel === "webhook" ? "webhook: { secret: env:W }" : "token: { secret: env:W }, channel: deploys";
    await writeFile(
      join(directory, `${this.name}.yaml`),
      `version: 1
cluster: { kubeconfig: kubeconfig }
target: { namespace: shop, deployment: ${this.name} }
before: [{ pods: { minReady: 100% } }, { prometheus: { url: '${prometheus.url}', query: errors, max: 0.5 } }]
change: { image: { web: '${this.#scenario.image}' } }
rollout: { timeout: 30s, failFast: 50ms }
after: { for: 100ms, every: 100ms, checks: [{ http: { url: '${health.healthUrl}' } }] }
notify: [{ slack: { ${channel} } }]
`,
    );
    await until(() => this.live.status?.availableReplicas === 2, `${this.name} to come up`);
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const { slack, directory } = this.#ground;
    const W = this.#channel === "webhook" ? slack.webhookUrl : slack.botToken;
    const variables = { W, SLACK_API_URL: slack.apiUrl, NODE_OPTIONS: `--import=${hook}`, ERRAND_HOME: join(directory, this.name), ...env };
    return errand(["deploy", ...args, "--yes"], { cwd: directory, env: variables });
  }

  begin(env: Readonly<Record<string, string>>): Promise<Outcome> {
    return this.run([`${this.name}.yaml`, "--id", this.name], env);
  }

  /** The run is taken up again. One that died before it was in the journal is begun. */
  async again(way: Way): Promise<Outcome> {
    if (way === "--id elsewhere") return this.begin({ ERRAND_HOME: join(this.#ground.directory, `${this.name}-elsewhere`) });
    const resumed = await this.run(["--resume", this.name]);
    return resumed.stderr.includes(`there is no run ${this.name}`) ? this.begin({}) : resumed;
  }

  /** What must be true in the end, however often it was killed. */
  check({ exitCode, stdout, stderr }: Outcome): void {
    const { kubernetes } = this.#ground;
    const { scenario, said } = { scenario: this.#scenario, said: this.#said };
    const generations = this.live.metadata.generation;
    const replicaSets = kubernetes.store.list("replicasets", "shop").filter(({ metadata }) => metadata.name.startsWith(`${this.name}-`));
    const image = this.live.spec.template.spec?.containers?.[0]?.image;
    expect({ exitCode, generations, replicaSets: replicaSets.length, image }, `${stdout}${stderr}`).toEqual({
      exitCode: scenario.exitCode,
      generations: scenario.generation,
      replicaSets: 2,
      image: scenario.generation === 2 ? scenario.image : "web:1",
    });
    expect(stdout).toContain(`${scenario.verdict}: `);
    for (const { words, isSuccess } of scenario.messages) {
      const same = said.filter((text) => text.includes(words));
      const first = same.filter((text) => !text.includes("(possible repeat)"));
      if (this.#channel === "bot token" && botMessages === "exactly once") expect(same).toHaveLength(1);
      // What was told twice says so itself; of a success one too many is worse than one too few.
      expect(first.length).toBeLessThanOrEqual(1);
      if (isSuccess) expect(same.length).toBeLessThanOrEqual(1);
      else expect(same.length).toBeGreaterThanOrEqual(1);
    }
  }

  get live(): Deployment {
    return this.#ground.kubernetes.store.get("deployments", this.name, "shop") as unknown as Deployment;
  }

  /** The subjects of its messages. */
  get #said(): readonly string[] {
    return this.#ground.slack.inbox.map(({ text }) => text.split("\n")[0] ?? "").filter((text) => text.startsWith(`shop/${this.name} on `));
  }
}

interface Recorded {
  /** What each commit recorded: `patch done`; else nothing. */
  readonly commits: readonly string[];
  /** After which commits a request was answered. */
  readonly answers: readonly number[];
}

interface KillPlace {
  readonly killAt: string;
  /** For people. */
  readonly where: string;
  /** Nothing stands in the cluster yet. */
  readonly isBeforePatch: boolean;
}

/** Every boundary of a step, from both sides, the moment after each intent, and the middle of every step that asks somebody. */
async function placesOf(ground: Ground, scenario: Scenario): Promise<readonly KillPlace[]> {
  const trial = new Trial(ground, { scenario, channel: "webhook" });
  await trial.prepare();
  const file = join(ground.directory, `${trial.name}.places`);
  trial.check(await trial.begin({ PLACES: file }));
  const { commits, answers } = JSON.parse(await readFile(file, "utf8")) as Recorded;
  const patch = commits.indexOf("patch intent") + 1;
  return commits.flatMap((what, index) => {
    const number = index + 1;
    const isEnd = number === commits.length;
    const sides = [
      ...(what.endsWith(" done") || isEnd ? ["before", "after"] : what.endsWith(" intent") ? ["after"] : []),
      ...(answers.includes(number) ? ["answer"] : []),
    ];
    const name = what === "" ? `commit ${number}` : what;
    return sides.map((side) => ({
      killAt: `${side} ${number}`,
      where: side === "answer" ? `at an answer after ${name}` : `${side} ${name} was recorded`,
      isBeforePatch: number < patch,
    }));
  });
}

/** Several at a time: they wait for their clusters. */
async function inLanes(work: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = [...work];
  const lane = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await next();
  };
  await Promise.all(Array.from({ length: 4 }, lane));
}

it(
  "a deploy survives kill -9 at every boundary and in the middle of every step, from its journal and without it",
  async () => {
    const ground = await openGround();
    const found = await Promise.all(scenarios.map(async (scenario) => ({ scenario, places: await placesOf(ground, scenario) })));
    // Each place in each way, the channels in turn.
    const places = found.flatMap(({ scenario, places }) =>
      places.flatMap((place, index) => {
        const [first = "webhook", second = "bot token"] = index % 2 === 0 ? channels : [...channels].reverse();
        const resumed = { ...place, scenario, channel: first, way: "--resume" } as const;
        return place.isBeforePatch ? [resumed] : [resumed, { ...place, scenario, channel: second, way: "--id elsewhere" } as const];
      }),
    );
    let kills = 0;
    await inLanes(
      places.map((place) => async () => {
        const trial = new Trial(ground, place);
        await trial.prepare();
        const first = await trial.begin({ KILL_AT: place.killAt });
        if (first.signal === "SIGKILL") kills += 1;
        try {
          trial.check(first.signal === "SIGKILL" ? await trial.again(place.way) : first);
        } catch (error) {
          throw new Error(`killed ${place.where}, ${place.scenario.name}, ${place.channel}, taken up by ${place.way}: ${String(error)}`, {
            cause: error,
          });
        }
      }),
    );
    // On a machine that is busy a process says once more that it lives, and the commits after that have other numbers.
    expect(kills).toBeGreaterThanOrEqual(Math.max(40, Math.floor(places.length * 0.9)));
  },
  10 * minutes,
);
