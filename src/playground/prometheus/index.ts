import { startStandIn, type StandIn } from "../stand-in.ts";
import type { ScriptedAlert } from "./alerts.ts";
import { dispatch } from "./http.ts";
import { prometheusRoutes, type PrometheusState } from "./routes.ts";
import { Scenario, type PrometheusScenario, type ScriptedValue } from "./scenario.ts";

export type { ScriptedAlert } from "./alerts.ts";
export type { QueryErrorType } from "./query-error.ts";
export type { PrometheusScenario, ScriptedRange, ScriptedResult, ScriptedValue } from "./scenario.ts";
export type { Sample as ScriptedSample } from "./value.ts";

/** Of {@link startPrometheus}. */
export interface PrometheusOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** A path before all others, as behind a proxy: `/prometheus`. It is part of `url`; without it there is 404. Default: none. */
  readonly prefix?: string;
  /** Expressions and series. Default: none, so that every metric is unknown. */
  readonly scenario?: PrometheusScenario;
  /** Default: none. */
  readonly alerts?: readonly ScriptedAlert[];
  /** Milliseconds since the epoch. Default: Date.now. */
  readonly now?: () => number;
}

/** A running stand-in for Prometheus. */
export interface PrometheusStandIn extends StandIn {
  /** The queries so far, in order; a live list. */
  readonly queries: readonly string[];
  /** Scripts an expression or a series from now on. */
  set(expression: string, value: ScriptedValue): void;
  /** Forgets an expression or a series. */
  delete(expression: string): void;
  /** Replaces all alerts. */
  setAlerts(alerts: readonly ScriptedAlert[]): void;
  /** False: `/-/ready` and the API answer 503, as while Prometheus starts. */
  setReady(isReady: boolean): void;
}

/**
 * Starts a stand-in for Prometheus 2.42: its query API over scripted expressions and series, `/metrics` with those series,
 * alerts, rules, health. Expressions that are not scripted are computed as far as selectors, arithmetic, comparisons and simple aggregations go;
 * valid ones beyond that (rate(), ranges) get 501, so that nobody takes them for "no data".
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusStandIn> {
  const { port, prefix = "", scenario = {}, alerts = [], now = Date.now } = options;
  const state: PrometheusState = { scenario: new Scenario(), alerts, isReady: true, queries: [], startedAt: new Date(now()), now };
  for (const [expression, value] of Object.entries(scenario)) state.scenario.set(expression, value);
  const routes = Object.fromEntries(Object.entries(prometheusRoutes(state)).map(([path, route]) => [prefix + path, route]));
  const standIn = await startStandIn("prometheus", (exchange) => dispatch(exchange, routes, state.isReady), port);
  return {
    ...standIn,
    url: standIn.url + prefix,
    queries: state.queries,
    set: (expression, value) => state.scenario.set(expression, value),
    delete: (expression) => state.scenario.delete(expression),
    setAlerts: (replacement) => {
      state.alerts = replacement;
    },
    setReady: (isReady) => {
      state.isReady = isReady;
    },
  };
}
