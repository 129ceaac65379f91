import { send } from "../server.ts";
import { activeAlerts, alertSamples, ruleGroups, type ScriptedAlert } from "./alerts.ts";
import { exposition, EXPOSITION_TYPE } from "./exposition.ts";
import { answerData, answerFields, sendText, type Route } from "./http.ts";
import { checkTimeout, instantTime, rangeTimes } from "./parameters.ts";
import { queryInstant, queryRange, type QuerySource } from "./query.ts";
import type { Scenario } from "./scenario.ts";

/** What the stand-in holds; the answers follow it at once. */
export interface PrometheusState {
  readonly scenario: Scenario;
  alerts: readonly ScriptedAlert[];
  isReady: boolean;
  readonly queries: string[];
  readonly startedAt: Date;
  readonly now: () => number;
}

const BUILD_INFO = {
  version: "2.42.0",
  revision: "stand-in",
  branch: "HEAD",
  buildUser: "errand",
  buildDate: "20230131-00:00:00",
  goVersion: "go1.19.8",
};

/** The paths of the stand-in. */
export function prometheusRoutes(state: PrometheusState): Readonly<Record<string, Route>> {
  const { scenario, startedAt } = state;
  const nowSeconds = (): number => state.now() / 1000;
  const read = (make: Parameters<typeof answerData>[0]): Route => ({ methods: ["GET"], respond: answerData(make) });
  const page = (text: string): Route => ({
    methods: ["GET", "HEAD"],
    respond: (exchange) =>
      exchange.method === "HEAD" ? send(exchange.response, { status: 200, body: "" }) : sendText(exchange, 200, text),
  });
  return {
    ...queryRoutes(state, nowSeconds),
    "/api/v1/alerts": read(() => ({ data: { alerts: activeAlerts(state.alerts, startedAt) } })),
    "/api/v1/rules": read(({ query }) => ({ data: { groups: ruleGroups(state.alerts, query.get("type") ?? "", startedAt) } })),
    "/api/v1/status/buildinfo": read(() => ({ data: BUILD_INFO })),
    "/metrics": {
      methods: ["GET"],
      respond: ({ response }) =>
        send(response, { status: 200, body: exposition(scenario.samples(nowSeconds())), headers: { "content-type": EXPOSITION_TYPE } }),
    },
    "/-/healthy": page("Prometheus Server is Healthy.\n"),
    "/-/ready": page("Prometheus Server is Ready.\n"),
  };
}

function queryRoutes(state: PrometheusState, nowSeconds: () => number): Readonly<Record<string, Route>> {
  const source: QuerySource = {
    expression: (text) => state.scenario.expression(text),
    samples: (timeSeconds) => [...state.scenario.samples(timeSeconds), ...alertSamples(state.alerts)],
  };
  const expressionOf = (fields: URLSearchParams): string => {
    const text = fields.get("query") ?? "";
    state.queries.push(text);
    return text;
  };
  const instant = answerFields((fields) => {
    const text = expressionOf(fields);
    const timeSeconds = instantTime(fields, nowSeconds());
    checkTimeout(fields);
    return queryInstant(source, text, timeSeconds);
  });
  const range = answerFields((fields) => {
    const text = expressionOf(fields);
    const times = rangeTimes(fields);
    checkTimeout(fields);
    return queryRange(source, text, times);
  });
  const methods = ["GET", "POST"];
  return { "/api/v1/query": { methods, respond: instant }, "/api/v1/query_range": { methods, respond: range } };
}
