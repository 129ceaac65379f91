import type { Timings } from "../../errors/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";

const phases = [
  ["queue", "queueMs"],
  ["dns", "dnsMs"],
  ["connect", "connectMs"],
  ["tls", "tlsMs"],
  ["wait", "waitMs"],
  ["receive", "receiveMs"],
] as const satisfies readonly (readonly [string, keyof Timings])[];

/** The phases of an exchange one below the other, each bar where its phase lay in the whole. */
export function renderWaterfall(timings: Timings, paint: Paint, width = 40): string {
  const scale = timings.totalMs > 0 ? width / timings.totalMs : 0;
  const lines: string[] = [];
  let startMs = 0;
  for (const [name, key] of phases) {
    const ms = timings[key];
    if (ms === undefined) continue;
    const start = Math.min(width - 1, Math.floor(startMs * scale));
    // A phase that took place is visible, however short.
    const length = Math.max(1, Math.min(width - start, Math.round(ms * scale)));
    const bar = " ".repeat(start) + paint("blue", "█".repeat(length)) + " ".repeat(Math.max(0, width - start - length));
    lines.push(`${name.padEnd(8)}${bar}  ${formatMs(ms)}`);
    startMs += ms;
  }
  return [...lines, `${"total".padEnd(8)}${" ".repeat(width)}  ${formatMs(timings.totalMs)}`].join("\n");
}

/** Phases on a local network take fractions of a millisecond. */
function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms);
}
