import type { Status, StatusCause, StatusDetails } from "../types.ts";

/** Reads a body as a Status; undefined for everything else. */
export function parseStatus(body: string): Status | undefined {
  try {
    return readStatus(JSON.parse(body));
  } catch {
    // Overload (429) and shutdown are told in plain text, proxies send HTML: no Status, and no error of its own.
    return undefined;
  }
}

/** A Status with the fields that have the right type; what stands before an API server may send anything. */
export function readStatus(value: unknown): Status | undefined {
  if (!isMap(value) || value["kind"] !== "Status") return undefined;
  const { apiVersion, message, reason, code, details } = value;
  return {
    kind: "Status",
    apiVersion: text(apiVersion) ?? "v1",
    message: text(message),
    reason: text(reason),
    code: number(code),
    details: isMap(details) ? readDetails(details) : undefined,
  };
}

function readDetails({ name, group, kind, uid, retryAfterSeconds, causes }: Readonly<Record<string, unknown>>): StatusDetails {
  const details = { name: text(name), group: text(group), kind: text(kind), uid: text(uid), retryAfterSeconds: number(retryAfterSeconds) };
  const present = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  return Array.isArray(causes) ? { ...present, causes: causes.filter(isMap).map(readCause) } : present;
}

function readCause({ reason, field, message }: Readonly<Record<string, unknown>>): StatusCause {
  return { reason: text(reason), field: text(field), message: text(message) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
