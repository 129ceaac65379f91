import type { FlakyOptions } from "./flaky/index.ts";
import type { HealthOptions, HealthStandIn } from "./health/index.ts";
import type { JsonPlaceholderOptions } from "./jsonplaceholder/index.ts";
import type { KubernetesOptions, KubernetesStandIn } from "./kubernetes/index.ts";
import type { PrometheusOptions, PrometheusStandIn } from "./prometheus/index.ts";
import type { SlackOptions, SlackStandIn } from "./slack/index.ts";
import type { StandIn } from "./stand-in.ts";

// Each stand-in is loaded when it is started: a script that wants one does not pay for the others.

/** Starts a stand-in for jsonplaceholder.typicode.com: its collections, json-server 0.17's query language, nothing ever stored. */
export async function startJsonPlaceholder(options: JsonPlaceholderOptions = {}): Promise<StandIn> {
  return (await import("./jsonplaceholder/index.ts")).startJsonPlaceholder(options);
}

/** Starts a simulated Kubernetes cluster behind its HTTP API. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  return (await import("./kubernetes/index.ts")).startKubernetes(options);
}

/** Starts a stand-in for Prometheus 2.42: scripted expressions and series behind its query API, alerts, rules, /metrics. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusStandIn> {
  return (await import("./prometheus/index.ts")).startPrometheus(options);
}

/** Starts a stand-in for Slack: an incoming webhook, the Web API's chat methods, and a readable inbox. */
export async function startSlack(options: SlackOptions = {}): Promise<SlackStandIn> {
  return (await import("./slack/index.ts")).startSlack(options);
}

/** Starts the stand-in for everything that goes wrong: failures, resets, slowness, truncation, rate limits, redirects. */
export async function startFlaky(options: FlakyOptions = {}): Promise<StandIn> {
  return (await import("./flaky/index.ts")).startFlaky(options);
}

/** Starts a service whose `/healthz` says what it is told to say. */
export async function startHealth(options: HealthOptions = {}): Promise<HealthStandIn> {
  return (await import("./health/index.ts")).startHealth(options);
}
