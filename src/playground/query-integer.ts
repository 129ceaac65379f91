import { RequestProblem } from "./stand-in.ts";

export interface IntegerRange {
  readonly name: string;
  readonly fallback: number;
  readonly min?: number;
  readonly max: number;
}

/** A whole number from the query. @throws RequestProblem 400 when it is none, or out of range. */
export function queryInteger(query: URLSearchParams, { name, fallback, min = 0, max }: IntegerRange): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < min || value > max) {
    throw new RequestProblem(400, `${name}=${text} must be a whole number from ${min} to ${max}`);
  }
  return value;
}
