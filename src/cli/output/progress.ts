import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { showSize } from "./size.ts";

/** How far a download got. */
export interface ProgressLike {
  readonly receivedBytes: number;
  readonly totalBytes?: number;
  readonly fraction?: number;
  readonly bytesPerSecond: number;
}

/** One line that fits the terminal: a bar, where the total is known, bytes, speed, the time that is left. */
export function renderProgress(progress: ProgressLike, columns: number, paint: Paint): string {
  const { receivedBytes, totalBytes, fraction, bytesPerSecond } = progress;
  const speed = `${showSize(Math.round(bytesPerSecond))}/s`;
  if (totalBytes === undefined || fraction === undefined) return `${showSize(receivedBytes)}  ${speed}`.slice(0, columns - 1);
  const left = bytesPerSecond > 0 ? `  ${formatDuration(Math.ceil((totalBytes - receivedBytes) / bytesPerSecond) * 1000)} left` : "";
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
  const words = `${percent}  ${showSize(receivedBytes)} of ${showSize(totalBytes)}  ${speed}${fraction < 1 ? left : ""}`;
  const width = Math.min(30, columns - words.length - 3);
  if (width < 5) return words.slice(0, columns - 1);
  const done = Math.round(width * Math.min(1, fraction));
  return `${paint("blue", "█".repeat(done))}${paint("dim", "░".repeat(width - done))} ${words}`;
}
