import { setTimeout as delay } from "node:timers/promises";

const waitMs = 15_000;

/** Waits for something that another process brings about. Rejects after 15 s. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + waitMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${waitMs / 1000} s for ${what}`);
    await delay(10);
  }
}
