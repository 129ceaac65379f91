import { InvalidArgumentError } from "commander";
import { durationMs, type Duration } from "../../retry/index.ts";

/** A duration on the command line: bare numbers are seconds, as curl and HTTPie have it; units are allowed. */
export function durationArgument(text: string): Duration {
  const duration = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  try {
    if (durationMs(duration, "duration") > 0) return duration;
  } catch {
    // The library's message speaks of milliseconds; here a number means seconds.
  }
  throw new InvalidArgumentError("It takes seconds above 0, or a number with a unit: 250ms, 10s, 2m, 1h.");
}

/** A whole number above 0. */
export function countArgument(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a whole number, 1 or more.");
}

/** An HTTP status code. */
export function statusArgument(text: string): number {
  if (/^[1-5]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a status such as 200 or 404.");
}

/** `host:port`, an IPv6 address in brackets. */
export function placeArgument(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new InvalidArgumentError("It takes host:port, such as 10.0.0.7:8443 or [::1]:443.");
}
