import { listAt, objectAt, textAt, textsAt, UnexpectedShape, type JSONObject } from "./answer-shape.ts";
import type { Labels } from "./labels.ts";

/** A rule as it was last evaluated. */
export interface Rule {
  readonly type: "alerting" | "recording";
  readonly name: string;
  readonly query: string;
  /** Of an alerting rule: that of its most urgent alert. */
  readonly state: "firing" | "pending" | "inactive" | undefined;
  /** `err`: its last evaluation failed, and its alerts say nothing. */
  readonly health: string;
  readonly lastError: string | undefined;
  readonly labels: Labels;
  /** Templates as written; recording rules have none. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** A group of recording and alerting rules. */
export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly Rule[];
}

/** Reads the data of /api/v1/rules. @throws UnexpectedShape */
export function readRuleGroups(data: unknown): readonly RuleGroup[] {
  const { groups } = objectAt(data, "data");
  return listAt(groups, "data.groups").map((item, index) => {
    const place = `data.groups[${index}]`;
    const group = objectAt(item, place);
    const rules = listAt(group["rules"], `${place}.rules`).map((rule, at) => readRule(rule, `${place}.rules[${at}]`));
    return { name: textAt(group["name"], `${place}.name`), file: textAt(group["file"], `${place}.file`), rules };
  });
}

function readRule(item: unknown, place: string): Rule {
  const rule = objectAt(item, place);
  const type = textAt(rule["type"], `${place}.type`);
  if (type !== "alerting" && type !== "recording") throw new UnexpectedShape(`${place}.type is ${JSON.stringify(type)}`);
  return {
    type,
    name: textAt(rule["name"], `${place}.name`),
    query: textAt(rule["query"], `${place}.query`),
    state: type === "alerting" ? stateOf(rule, place) : undefined,
    health: textAt(rule["health"], `${place}.health`),
    lastError: typeof rule["lastError"] === "string" && rule["lastError"] !== "" ? rule["lastError"] : undefined,
    labels: textsAt(rule["labels"] ?? {}, `${place}.labels`),
    annotations: textsAt(rule["annotations"] ?? {}, `${place}.annotations`),
  };
}

function stateOf(rule: JSONObject, place: string): "firing" | "pending" | "inactive" {
  const state = textAt(rule["state"], `${place}.state`);
  if (state === "firing" || state === "pending" || state === "inactive") return state;
  throw new UnexpectedShape(`${place}.state is ${JSON.stringify(state)}`);
}
