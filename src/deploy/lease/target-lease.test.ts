import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flow, type Run } from "../../flow/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../../playground/index.ts";
import { Cluster } from "../../services/kubernetes/index.ts";
import { kubeCluster } from "../cluster/kube-cluster.ts";
import { idleSleep } from "./idle-sleep.ts";
import { microTime, type LeaseHolder, type LeaseSpec } from "./lease-record.ts";
import { TargetLease } from "./target-lease.ts";

type OnTestFinished = (clean: () => Promise<void>) => void;

const signal = new AbortController().signal;
const target = { namespace: "shop", deployment: "web" };

/** A clock that stands still until it is told to move; whoever sleeps on it is woken then. */
class Clock {
  aheadMs = 0;
  readonly #sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  now(): number {
    return Date.now() + this.aheadMs;
  }

  sleep(ms: number, stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { atMs: this.now() + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      stop.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(stop.reason);
      });
    });
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  move(ms: number): void {
    this.aheadMs += ms;
    for (const sleeper of this.#sleepers) if (sleeper.atMs <= this.now()) sleeper.wake();
  }
}

interface Stage {
  readonly kubernetes: KubernetesStandIn;
  readonly clock: Clock;
  readonly told: LeaseHolder[];
  lease(runId: string, onTaken?: (holder: LeaseHolder) => void): TargetLease;
  spec(): LeaseSpec | undefined;
  write(spec: LeaseSpec): void;
  /** `POST 201`, `PUT 200`: of the lease, so far. */
  writes(): readonly string[];
}

async function stage(onTestFinished: OnTestFinished, options: KubernetesOptions = {}): Promise<Stage> {
  const kubernetes = await startKubernetes(options);
  const cluster = new Cluster({ server: kubernetes.url, session: { retry: { backoff: 1 } } });
  const leases: TargetLease[] = [];
  onTestFinished(async () => {
    for (const lease of leases) lease.stop();
    await cluster.close();
    await kubernetes.close();
  });
  const clock = new Clock();
  const told: LeaseHolder[] = [];
  const spec = (): LeaseSpec | undefined => {
    const found = kubernetes.store.get("leases", "errand-web", "shop") as unknown as { spec?: LeaseSpec } | undefined;
    return found === undefined ? undefined : (found.spec ?? {});
  };
  return {
    kubernetes,
    clock,
    told,
    spec,
    lease(runId, onTaken = (holder) => void told.push(holder)) {
      const sleep = (ms: number, stop: AbortSignal): Promise<void> => clock.sleep(ms, stop);
      const lease = new TargetLease({ cluster: kubeCluster(cluster), target, runId, onTaken, now: () => clock.now(), sleep });
      leases.push(lease);
      return lease;
    },
    write(next) {
      if (spec() === undefined) {
        const metadata = { name: "errand-web", namespace: "shop" };
        kubernetes.store.create({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: next });
      } else kubernetes.store.patch("leases", "errand-web", { namespace: "shop", patch: { spec: next } });
    },
    writes: () =>
      kubernetes.requests.filter(({ method }) => method !== "GET").map(({ method, status }) => `${method} ${status ?? "reset"}`),
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 1000) throw new Error("waited for too long");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function held(runId: string, renewedMs: number): LeaseSpec {
  const time = microTime(renewedMs);
  return { holderIdentity: runId, leaseDurationSeconds: 60, acquireTime: time, renewTime: time, leaseTransitions: 4 };
}

describe.concurrent("the lease of a target", () => {
  it("is taken, held without a further request, and handed back so that the next one has it at once", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const first = on.lease("run-1");
    expect(await first.hold(signal)).toEqual({ state: "held" });
    expect(await first.hold(signal)).toEqual({ state: "held" });
    expect(on.spec()).toMatchObject({ holderIdentity: "run-1", leaseDurationSeconds: 60 });
    expect(on.writes()).toEqual(["POST 201"]);
    await first.release();
    expect(on.spec()).toMatchObject({ holderIdentity: "" });
    expect(await on.lease("run-2").hold(signal)).toEqual({ state: "held" });
    expect(on.spec()).toMatchObject({ holderIdentity: "run-2", leaseTransitions: 1 });
  });

  it("has one holder when many ask at once, and tells the others who", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const holds = await Promise.all(["a", "b", "c", "d"].map((id) => on.lease(id).hold(signal)));
    expect(holds.filter(({ state }) => state === "held")).toHaveLength(1);
    const holder = on.spec()?.holderIdentity;
    for (const hold of holds) if (hold.state === "taken") expect(hold.holder.runId).toBe(holder);
  });

  it("of a dead run is taken when it has expired by the server's clock, whatever ours says", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.clock.aheadMs = 3_600_000;
    on.write(held("dead", Date.now() - 30_000));
    expect(await on.lease("run-1").hold(signal)).toMatchObject({ state: "taken", holder: { runId: "dead" } });
    on.write(held("dead", Date.now() - 61_000));
    expect(await on.lease("run-2").hold(signal)).toEqual({ state: "held" });
    expect(on.spec()).toMatchObject({ holderIdentity: "run-2", leaseTransitions: 5 });
    expect(Date.parse(on.spec()?.renewTime ?? "")).toBeLessThan(Date.now() + 5000);
  });

  it("carries the server's time from its first moment, though our clock is an hour slow", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.clock.aheadMs = -3_600_000;
    expect(await on.lease("run-1").hold(signal)).toEqual({ state: "held" });
    expect(Math.abs(Date.parse(on.spec()?.renewTime ?? "") - Date.now())).toBeLessThan(5000);
    expect(on.writes()).toEqual(["POST 201", "PUT 200"]);
  });

  it("is taken over at once by the same run in another process", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.write(held("run-1", Date.now() - 1000));
    expect(await on.lease("run-1").hold(signal)).toEqual({ state: "held" });
    expect(on.spec()).toMatchObject({ holderIdentity: "run-1", leaseTransitions: 4 });
  });

  it("is renewed every third of its time, by one request, and no more once it is stopped", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const lease = on.lease("run-1");
    await lease.hold(signal);
    const first = on.spec()?.renewTime;
    await until(() => on.clock.sleeping === 1);
    on.clock.move(19_000);
    on.clock.move(1000);
    await until(() => on.spec()?.renewTime !== first);
    expect(on.writes().slice(1)).toContain("PUT 200");
    expect(on.spec()?.acquireTime).toBe(first);
    await until(() => on.clock.sleeping === 1);
    lease.stop();
    await until(() => on.clock.sleeping === 0);
    expect(await lease.hold(signal)).toMatchObject({ state: "unavailable" });
  });

  it("that another run took meanwhile is told of once, and is no more renewed", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const lease = on.lease("run-1");
    await lease.hold(signal);
    on.write(held("run-2", Date.now()));
    await until(() => on.clock.sleeping === 1);
    on.clock.move(20_000);
    await until(() => on.told.length > 0);
    await lease.keep(signal);
    expect(on.told).toMatchObject([{ runId: "run-2" }]);
    expect(on.spec()?.holderIdentity).toBe("run-2");
    await lease.release();
    expect(on.spec()?.holderIdentity).toBe("run-2");
  });

  it("that somebody deleted is made anew", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    await on.lease("run-1").hold(signal);
    on.kubernetes.store.delete("leases", "errand-web", { namespace: "shop" });
    await until(() => on.clock.sleeping === 1);
    on.clock.move(20_000);
    await until(() => on.spec() !== undefined);
    expect(on.spec()).toMatchObject({ holderIdentity: "run-1" });
    expect(on.told).toEqual([]);
  });

  it("is found after an answer that was lost", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "reset", when: "afterWrite" }, { method: "POST" });
    expect(await on.lease("run-1").hold(signal)).toEqual({ state: "held" });
    expect(on.spec()).toMatchObject({ holderIdentity: "run-1", leaseTransitions: 0 });
  });

  it.for([
    ["is not permitted", { type: "status", code: 403, reason: "Forbidden" }],
    ["has no such API", { type: "status", code: 404 }],
  ] as const)("does without where the cluster %s", async ([_name, fault], { onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.always(fault, { path: "/leases" });
    const lease = on.lease("run-1");
    expect(await lease.hold(signal)).toMatchObject({ state: "unavailable" });
    await lease.release();
  });

  it("is asked for in the steps of a durable run, and renewed between them, where the run itself may send nothing", async ({
    onTestFinished,
  }) => {
    const on = await stage(onTestFinished);
    const folder = await mkdtemp(join(tmpdir(), "errand-lease-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const lease = on.lease("run-1");
    const holding = flow("holding", async (run: Run) => {
      const first = await run.step("first", ({ signal: step }) => lease.hold(step));
      const renewTime = on.spec()?.renewTime;
      await until(() => on.clock.sleeping === 1);
      on.clock.move(20_000);
      await until(() => on.spec()?.renewTime !== renewTime);
      const second = await run.step("second", ({ signal: step }) => lease.hold(step));
      return [first, second];
    });
    const held = [{ state: "held" }, { state: "held" }];
    expect(await holding.start(undefined, { id: "run-1", journal: join(folder, "runs.db") })).toEqual(held);
    await lease.release();
    expect(on.spec()?.holderIdentity).toBe("");
  });

  it("is not written in a plan", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    const holding = flow("holding", async (run: Run) => {
      const lease = on.lease("run-1");
      await run.step("hold", ({ signal: step }) => lease.hold(step));
      lease.stop();
      return "changed";
    });
    expect(await holding.plan(undefined)).toMatchObject({ isComplete: true, value: "changed" });
    expect(on.spec()).toBeUndefined();
  });

  it("is not waited for by a step that is interrupted", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "slow", delayMs: 50 }, { path: "/leases" });
    const controller = new AbortController();
    const asked = on.lease("run-1").hold(controller.signal);
    controller.abort(new Error("interrupted"));
    await expect(asked).rejects.toThrow("interrupted");
  });

  it("answers who still asks when it is stopped, and survives a listener that throws", async ({ onTestFinished }) => {
    const on = await stage(onTestFinished);
    on.kubernetes.faults.next({ type: "slow", delayMs: 50 }, { path: "/leases" });
    const stopped = on.lease("run-1");
    const asked = [stopped.hold(signal), stopped.hold(signal)];
    stopped.stop();
    for (const hold of await Promise.all(asked)) expect(hold.state).toBe("unavailable");
    const lease = on.lease("run-2", () => {
      throw new Error("the listener's own mistake");
    });
    await lease.hold(signal);
    on.write(held("run-3", Date.now()));
    await until(() => on.clock.sleeping === 1);
    on.clock.move(20_000);
    await until(() => on.clock.sleeping === 0 && on.writes().includes("PUT 409"));
    await expect(lease.keep(signal)).rejects.toThrow("the listener's own mistake");
  });

  it("keeps no process alive while it waits", () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const controller = new AbortController();
    const waiting = idleSleep(60_000, controller.signal).catch(() => "aborted");
    expect(timers()).toBe(before);
    controller.abort();
    return expect(waiting).resolves.toBe("aborted");
  });
});
