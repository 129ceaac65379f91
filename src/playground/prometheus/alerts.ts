import { formatExponent } from "./number-text.ts";
import { QueryError } from "./query-error.ts";
import type { Labels, Sample } from "./value.ts";

/** A scripted alert. */
export interface ScriptedAlert {
  /** The rule's name, and the label `alertname`. */
  readonly name: string;
  readonly state: "firing" | "pending" | "inactive";
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: when the stand-in started. */
  readonly activeAt?: Date;
  /** Default 1. */
  readonly value?: number;
  /** The rule's expression. Default `vector(1)`. */
  readonly expression?: string;
}

/** The alerts that are not inactive, as `/api/v1/alerts` shows them. */
export function activeAlerts(alerts: readonly ScriptedAlert[], startedAt: Date): unknown[] {
  return alerts.filter(({ state }) => state !== "inactive").map((alert) => alertObject(alert, startedAt));
}

function alertObject({ name, labels, annotations = {}, state, activeAt, value = 1 }: ScriptedAlert, startedAt: Date): unknown {
  const active = (activeAt ?? startedAt).toISOString();
  return { labels: { alertname: name, ...labels }, annotations, state, activeAt: active, value: formatExponent(value) };
}

/** The series ALERTS that Prometheus keeps for alerts that are not inactive. */
export function alertSamples(alerts: readonly ScriptedAlert[]): Sample[] {
  return alerts
    .filter(({ state }) => state !== "inactive")
    .map(({ name, state, labels }) => ({ labels: { ...labels, __name__: "ALERTS", alertname: name, alertstate: state }, value: 1 }));
}

/** `/api/v1/rules`: one group, with a rule for each name among the alerts. */
export function ruleGroups(alerts: readonly ScriptedAlert[], type: string, startedAt: Date): unknown[] {
  if (type !== "" && type !== "alert" && type !== "record")
    throw new QueryError("bad_data", `invalid parameter "type": not supported value "${type}"`);
  const names = type === "record" ? [] : [...new Set(alerts.map(({ name }) => name))];
  if (names.length === 0) return [];
  const evaluation = { evaluationTime: 0.0001, lastEvaluation: startedAt.toISOString() };
  const rules = names.map((name) => {
    const own = alerts.filter((alert) => alert.name === name);
    const state = (["firing", "pending"] as const).find((candidate) => own.some((alert) => alert.state === candidate)) ?? "inactive";
    const [first] = own;
    const rule = {
      state,
      name,
      query: first?.expression ?? "vector(1)",
      duration: 0,
      keepFiringFor: 0,
      labels: {},
      annotations: first?.annotations ?? {},
    };
    return { ...rule, alerts: activeAlerts(own, startedAt), health: "ok", ...evaluation, type: "alerting" };
  });
  return [{ name: "playground", file: "playground.yml", rules, interval: 15, limit: 0, ...evaluation }];
}
