import type { Json } from "../json.ts";
import type { KubeObject } from "../object.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer";
  readonly description: string;
  /** Shown with `-o wide` only. */
  readonly isWide?: boolean;
  readonly cell: (object: KubeObject, nowMs: number) => Json;
}

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  description: "Name of the object, unique within its namespace.",
  cell: (object) => object.metadata.name,
};
export const ageColumn: Column = {
  name: "Age",
  type: "string",
  description: "Time since the object was created.",
  cell: (object, nowMs) => humanAge(object.metadata.creationTimestamp, nowMs),
};

/** `49s`, `5m3s`, `3h12m`, `2d`: as kubectl shows durations. */
export function humanAge(timestamp: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(timestamp)) / 1000));
  if (Number.isNaN(seconds)) return "<unknown>";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`;
}
