import { listAt, objectAt, textAt, textsAt, UnexpectedShape } from "./answer-shape.ts";
import type { Labels } from "./labels.ts";
import { parseSampleValue } from "./sample-value.ts";

/** An alert that is active now. */
export interface Alert {
  /** The rule's name, the label `alertname`. */
  readonly name: string;
  /** `pending`: its condition holds, but not yet for as long as the rule says. */
  readonly state: "firing" | "pending";
  readonly labels: Labels;
  /** Templates filled in. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: Date;
  readonly value: number;
}

/** Reads the data of /api/v1/alerts. @throws UnexpectedShape */
export function readAlerts(data: unknown): readonly Alert[] {
  const { alerts } = objectAt(data, "data");
  return listAt(alerts, "data.alerts").map((item, index) => readAlert(item, `data.alerts[${index}]`));
}

function readAlert(item: unknown, place: string): Alert {
  const alert = objectAt(item, place);
  const labels = textsAt(alert["labels"], `${place}.labels`);
  const state = textAt(alert["state"], `${place}.state`);
  if (state !== "firing" && state !== "pending") throw new UnexpectedShape(`${place}.state is ${JSON.stringify(state)}`);
  const value = parseSampleValue(textAt(alert["value"], `${place}.value`));
  if (value === undefined) throw new UnexpectedShape(`${place}.value is no sample value`);
  return {
    name: labels["alertname"] ?? "",
    state,
    labels,
    annotations: textsAt(alert["annotations"] ?? {}, `${place}.annotations`),
    activeAt: timeAt(alert["activeAt"], `${place}.activeAt`),
    value,
  };
}

/** RFC 3339; Go writes nanoseconds, of which a Date keeps the milliseconds. */
function timeAt(value: unknown, place: string): Date {
  const time = new Date(textAt(value, place).replace(/(\.\d{3})\d+/, "$1"));
  if (Number.isNaN(time.getTime())) throw new UnexpectedShape(`${place} is no time`);
  return time;
}
