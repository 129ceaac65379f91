import type { FlakyOptions } from "./flaky/index.ts";
import type { HealthOptions, HealthStandIn } from "./health/index.ts";
import type { JsonPlaceholderOptions } from "./jsonplaceholder/index.ts";
import type { KubernetesOptions, KubernetesStandIn } from "./kubernetes/index.ts";
import { nearest } from "../errors/index.ts";
import { PLAYGROUND_OBJECTS } from "./playground-objects.ts";
import type { PrometheusOptions, PrometheusScenario, PrometheusStandIn } from "./prometheus/index.ts";
import type { SlackOptions, SlackStandIn } from "./slack/index.ts";
import type { StandIn } from "./stand-in.ts";
import * as start from "./start.ts";

/** The running stand-ins by name. */
export interface StandIns {
  readonly jsonplaceholder: StandIn;
  readonly kubernetes: KubernetesStandIn;
  readonly prometheus: PrometheusStandIn;
  readonly slack: SlackStandIn;
  readonly flaky: StandIn;
  readonly health: HealthStandIn;
}

/** The name of a stand-in. */
export type StandInName = keyof StandIns;

/** Of {@link startPlayground}; each stand-in's own options under its name. */
export interface PlaygroundOptions {
  /** Which to start. Default: all. */
  readonly only?: readonly StandInName[];
  /** Fixed ports. Default: the kernel chooses. */
  readonly ports?: Readonly<Partial<Record<StandInName, number>>>;
  /** How many times faster than a real one the simulated cluster runs. Default: the cluster's own. */
  readonly speed?: number;
  /** Default: the usual data. */
  readonly jsonplaceholder?: JsonPlaceholderOptions;
  /** Default: the Deployment shop/web, two replicas. */
  readonly kubernetes?: KubernetesOptions;
  /** Default: a healthy web service, see {@link PLAYGROUND_SCENARIO}. */
  readonly prometheus?: PrometheusOptions;
  /** Default: a workspace of its own. */
  readonly slack?: SlackOptions;
  /** Default: its own. */
  readonly flaky?: FlakyOptions;
  /** Default: healthy. */
  readonly health?: HealthOptions;
}

/** Running stand-ins. Asking for one that was not started throws and says how to start it. */
export interface Playground extends StandIns {
  /** The names of those that run, in the order of their start. */
  readonly started: readonly StandInName[];
  /** For a file that KUBECONFIG names; undefined without the kubernetes stand-in. Nothing is written here, least of all to ~/.kube. */
  readonly kubeconfig: string | undefined;
  /** The variables to export, such as SLACK_WEBHOOK and PROMETHEUS_URL; the caller adds KUBECONFIG when it has written the file. */
  environment(): Readonly<Record<string, string>>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the prometheus stand-in knows unless told otherwise: a healthy web service. */
export const PLAYGROUND_SCENARIO: PrometheusScenario = {
  'up{job="web",instance="web-0"}': 1,
  'up{job="web",instance="web-1"}': 1,
  'http_requests_total{job="web",code="200"}': 12_000,
  'http_requests_total{job="web",code="500"}': 3,
  'sum(rate(http_requests_total{code=~"5.."}[5m]))': 0.02,
};

type Starters = { readonly [Name in StandInName]: (options: PlaygroundOptions, port: number | undefined) => Promise<StandIns[Name]> };

const STARTERS: Starters = {
  jsonplaceholder: ({ jsonplaceholder }, port) => start.startJsonPlaceholder({ ...jsonplaceholder, ...given({ port }) }),
  kubernetes: ({ kubernetes, speed }, port) =>
    start.startKubernetes({ seed: PLAYGROUND_OBJECTS, ...given({ speed }), ...kubernetes, ...given({ port }) }),
  prometheus: ({ prometheus }, port) => start.startPrometheus({ scenario: PLAYGROUND_SCENARIO, ...prometheus, ...given({ port }) }),
  slack: ({ slack }, port) => start.startSlack({ ...slack, ...given({ port }) }),
  flaky: ({ flaky }, port) => start.startFlaky({ ...flaky, ...given({ port }) }),
  health: ({ health }, port) => start.startHealth({ ...health, ...given({ port }) }),
};

/** Every name that {@link startPlayground} knows. */
export const STAND_IN_NAMES: readonly StandInName[] = ["jsonplaceholder", "kubernetes", "prometheus", "slack", "flaky", "health"];

/**
 * Starts stand-ins for services on 127.0.0.1, to try things on and to test against.
 *
 * @example
 * const playground = await startPlayground({ only: ["slack"] });
 * await errand.post(playground.slack.webhookUrl, { json: { text: "deployed" } });
 * console.log(playground.slack.inbox);
 * await playground.close();
 *
 * @throws TypeError when `only` has a name that does not exist
 * @throws Error when one cannot be started, such as on a port that is taken; the others are closed again
 */
export async function startPlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  const names = [...new Set((options.only ?? STAND_IN_NAMES).map(checkName))];
  const running: Partial<Record<StandInName, { close(): Promise<void> }>> & Partial<StandIns> = {};
  const close = async (): Promise<void> => {
    await Promise.all(Object.values(running).map((standIn) => standIn.close()));
  };
  for (const name of names) {
    try {
      Object.assign(running, { [name]: await STARTERS[name](options, options.ports?.[name]) });
    } catch (error) {
      await close();
      const port = options.ports?.[name];
      const where = port === undefined ? "" : ` on port ${port}`;
      throw new Error(`The stand-in ${name} could not be started${where}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  // Over plain HTTP and without tokens of its own the cluster takes any.
  const clusterToken = Object.keys(options.kubernetes?.tokens ?? {})[0] ?? "playground";
  return playgroundOf(running, { started: names, clusterToken, close });
}

interface PlaygroundFacts {
  readonly started: readonly StandInName[];
  readonly clusterToken: string;
  readonly close: () => Promise<void>;
}

function playgroundOf(running: Partial<StandIns>, { started, clusterToken, close }: PlaygroundFacts): Playground {
  const member = <Name extends StandInName>(name: Name): StandIns[Name] => {
    const standIn: Partial<StandIns>[Name] = running[name];
    if (standIn !== undefined) return standIn;
    throw new Error(
      `The stand-in ${name} was not started (only ${started.join(", ")}). Add it: startPlayground({ only: [..., "${name}"] })`,
    );
  };
  return {
    get jsonplaceholder() {
      return member("jsonplaceholder");
    },
    get kubernetes() {
      return member("kubernetes");
    },
    get prometheus() {
      return member("prometheus");
    },
    get slack() {
      return member("slack");
    },
    get flaky() {
      return member("flaky");
    },
    get health() {
      return member("health");
    },
    started,
    kubeconfig: running.kubernetes?.kubeconfig(),
    environment: () => environmentOf(running, clusterToken),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function environmentOf(running: Partial<StandIns>, clusterToken: string): Readonly<Record<string, string>> {
  const { jsonplaceholder, kubernetes, prometheus, slack, flaky, health } = running;
  return given({
    JSONPLACEHOLDER_URL: jsonplaceholder?.url,
    K8S_API_URL: kubernetes?.url,
    K8S_TOKEN: kubernetes === undefined ? undefined : clusterToken,
    PROMETHEUS_URL: prometheus?.url,
    SLACK_WEBHOOK: slack?.webhookUrl,
    SLACK_API_URL: slack?.apiUrl,
    SLACK_BOT_TOKEN: slack?.botToken,
    FLAKY_URL: flaky?.url,
    HEALTH_URL: health?.healthUrl,
  });
}

/** Without the entries that are undefined: an option that is there but undefined would hide the one below it. */
function given<Value>(entries: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function checkName(name: string): StandInName {
  const known = STAND_IN_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new TypeError(
    `There is no stand-in ${JSON.stringify(name)}. Did you mean "${nearest(name, STAND_IN_NAMES, Infinity)}"? They are ${STAND_IN_NAMES.join(", ")}`,
  );
}
