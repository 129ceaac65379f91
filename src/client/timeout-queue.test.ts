import { describe, expect, it } from "vitest";
import { TimeoutQueue, timeoutQueue, type TimeLimited } from "./timeout-queue.ts";

class Member implements TimeLimited {
  expiresAtMs = 0;
  before: TimeLimited | undefined;
  after: TimeLimited | undefined;
  readonly name: string;
  readonly #log: string[];

  constructor(name: string, log: string[]) {
    this.name = name;
    this.#log = log;
  }

  onExpired(): void {
    this.#log.push(this.name);
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("TimeoutQueue", () => {
  it("ends what is still in it, in order, and nothing else", async () => {
    const log: string[] = [];
    const queue = new TimeoutQueue(15);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => new Member(name, log)) as [Member, Member, Member, Member];
    for (const member of [a, b, c, d]) queue.add(member, performance.now());
    queue.remove(b);
    queue.remove(d);
    await wait(30);
    expect(log).toEqual(["a", "c"]);
  });

  it("gives each member its whole length, whenever the timer began", async () => {
    const log: string[] = [];
    const queue = new TimeoutQueue(30);
    const first = new Member("first", log);
    queue.add(first, performance.now());
    await wait(20);
    const startedAt = performance.now();
    queue.add(new Member("second", log), startedAt);
    queue.remove(first);
    while (log.length === 0) await wait(2);
    expect([log, performance.now() - startedAt >= 28]).toEqual([["second"], true]);
  });

  it("takes a member again after it was removed, and from either end", async () => {
    const log: string[] = [];
    const queue = new TimeoutQueue(10);
    const members = ["a", "b", "c"].map((name) => new Member(name, log));
    const [a, b, c] = members as [Member, Member, Member];
    for (const member of members) queue.add(member, performance.now());
    queue.remove(c);
    queue.remove(a);
    queue.add(a, performance.now());
    queue.remove(b);
    await wait(25);
    expect(log).toEqual(["a"]);
  });

  it("is forgotten when nothing waits in it any more, and begins anew", async () => {
    const log: string[] = [];
    const queue = timeoutQueue(7);
    expect(timeoutQueue(7)).toBe(queue);
    queue.add(new Member("x", log), performance.now());
    await wait(25);
    expect([log, timeoutQueue(7) === queue]).toEqual([["x"], false]);
    timeoutQueue(7).add(new Member("y", log), performance.now());
    await wait(25);
    expect(log).toEqual(["x", "y"]);
  });

  it("lets a member join while others end", async () => {
    const log: string[] = [];
    const queue = new TimeoutQueue(5);
    const again = new Member("again", log);
    const restart: TimeLimited = {
      expiresAtMs: 0,
      before: undefined,
      after: undefined,
      onExpired: () => queue.add(again, performance.now()),
    };
    queue.add(restart, performance.now());
    await wait(30);
    expect(log).toEqual(["again"]);
  });
});
