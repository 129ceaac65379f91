import { describe, expect, it } from "vitest";
import type { DeployClock } from "../clock.ts";
import { ChangeAlarm } from "./change-alarm.ts";

/** A clock that sleeps only until it is woken or aborted, and says how long it was asked to. */
function patientClock(): DeployClock & { readonly asked: number[]; tick(): void } {
  const asked: number[] = [];
  let finish = (): void => {};
  return {
    asked,
    tick: () => finish(),
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        asked.push(ms);
        finish = resolve;
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
}

async function* channel(signal: AbortSignal, next: (push: (value: number) => void) => void): AsyncGenerator<number> {
  const waiting: number[] = [];
  let wake = (): void => {};
  next((value) => {
    waiting.push(value);
    wake();
  });
  while (!signal.aborted) {
    const value = waiting.shift();
    if (value !== undefined) yield value;
    else await new Promise<void>((resolve) => ((wake = resolve), signal.addEventListener("abort", () => resolve(), { once: true })));
  }
}

describe("the alarm of a rollout", () => {
  it("wakes at a change, and remembers one that came between two waits", async () => {
    const clock = patientClock();
    let push: (value: number) => void = () => {};
    const alarm = new ChangeAlarm((signal) => channel(signal, (to) => (push = to)), clock, new AbortController().signal);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = alarm.wait(1000);
    push(1);
    await waiting;
    push(2);
    await new Promise((resolve) => setImmediate(resolve));
    await alarm.wait(1000);
    expect(clock.asked).toEqual([1000]);
    alarm.stop();
  });

  it("is a slow clock when the watch breaks or is not allowed", async () => {
    const clock = patientClock();
    const broken = async function* (): AsyncGenerator<number> {
      yield* [];
      throw new Error("forbidden");
    };
    const alarm = new ChangeAlarm(broken, clock, new AbortController().signal);
    const waiting = alarm.wait(700);
    setImmediate(() => clock.tick());
    await waiting;
    expect(clock.asked).toEqual([700]);
  });

  it("rejects at once when the deploy is interrupted", async () => {
    const clock = patientClock();
    const controller = new AbortController();
    const alarm = new ChangeAlarm((signal) => channel(signal, () => {}), clock, controller.signal);
    const waiting = alarm.wait(1000);
    controller.abort(new Error("interrupted"));
    await expect(waiting).rejects.toThrow("interrupted");
    alarm.stop();
  });
});
