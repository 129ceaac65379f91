import { createHash, randomBytes } from "node:crypto";
import { timestamp } from "../object.ts";
import type { Container, ContainerState, ContainerStatus, PodObject, PodStatus } from "../shapes.ts";
import type { EventDetails } from "./event-recorder.ts";
import type { ImageBehaviours, ImageRule } from "./image-behaviour.ts";
import type { ContainerLogs } from "./pod-logs.ts";
import { pullFailure, type PullFailure, shortImage } from "./pull-failure.ts";
import type { Timings } from "./timings.ts";

/** What a runner may do with its pod. */
export interface PodDesk {
  now(): number;
  after(delayMs: number, run: () => void, isBackground?: boolean): void;
  change(change: (status: PodStatus) => PodStatus): void;
  record(details: Omit<EventDetails, "component">): void;
  readonly logs: ContainerLogs;
}

export interface ContainerRunnerOptions {
  readonly pod: PodObject;
  readonly desk: PodDesk;
  readonly images: ImageBehaviours;
  readonly timings: Timings;
}

const WARNINGS = new Set(["Failed", "BackOff", "Unhealthy"]);

type StatusList = "containerStatuses" | "initContainerStatuses";

/** From the failure of a pull to its back-off. */
const BACKOFF_SHOWN_MS = 100;
const INIT_RUN_MS = 30;
const RECHECK_MS = 500;

/** Pulls, starts, crashes and restarts the containers of one pod as their images behave. */
export class ContainerRunner {
  readonly #pod: PodObject;
  readonly #desk: PodDesk;
  readonly #images: ImageBehaviours;
  readonly #timings: Timings;

  constructor({ pod, desk, images, timings }: ContainerRunnerOptions) {
    this.#pod = pod;
    this.#desk = desk;
    this.#images = images;
    this.#timings = timings;
  }

  /** Init containers one after the other, then all containers at once. */
  start(elapsedMs: number): void {
    const pullMs = this.#timings.startedMs - elapsedMs;
    this.#startInit(0, () => {
      for (const container of this.#pod.spec.containers) {
        this.#desk.after(pullMs, () => this.#pull(container, { list: "containerStatuses", attempt: 0, onDone: undefined }));
      }
    });
  }

  #startInit(index: number, onDone: () => void): void {
    const container = this.#pod.spec.initContainers?.[index];
    if (container === undefined) return onDone();
    const next = (): void => this.#startInit(index + 1, onDone);
    this.#desk.after(INIT_RUN_MS, () => this.#pull(container, { list: "initContainerStatuses", attempt: 0, onDone: next }));
  }

  #pull(container: Container, step: Step): void {
    const failure = pullFailure(this.#images.of(container.image), container, this.#pod.metadata.namespace ?? "");
    if (failure === undefined) {
      this.#record(container, "Pulled", `Container image "${container.image}" already present on machine and can be accessed by the pod`);
      return this.#run(container, step, 0);
    }
    this.#wait(container, step.list, failure);
    this.#record(container, "Failed", failure.eventMessage);
    this.#record(container, "Failed", `Error: ${failure.reason}`);
    const again = (): void => this.#pull(container, { ...step, attempt: step.attempt + 1 });
    if (failure.backoffReason === undefined) return this.#desk.after(this.#timings.backoffMs.at(-1) ?? RECHECK_MS, again, true);
    this.#backOffPull(container, step, { failure, reason: failure.backoffReason, again });
  }

  #backOffPull(container: Container, step: Step, { failure, reason, again }: PullBackoff): void {
    this.#desk.after(
      BACKOFF_SHOWN_MS,
      () => {
        const message = `Back-off pulling image "${container.image}"`;
        this.#wait(container, step.list, { reason, message: `${message}: ${failure.reason}: ${failure.message}` });
        this.#record(container, "BackOff", message);
        this.#record(container, "Failed", `Error: ${reason}`);
        this.#desk.after(this.#backoffMs(step.attempt), again, true);
      },
      step.attempt > 0,
    );
  }

  #run(container: Container, step: Step, restartCount: number): void {
    const startedAt = timestamp(this.#desk.now());
    const containerID = `containerd://${randomBytes(32).toString("hex")}`;
    const imageID = `${shortImage(container.image)}@sha256:${createHash("sha256").update(container.image).digest("hex")}`;
    this.#record(container, "Created", `Container created`);
    this.#record(container, "Started", `Container started`);
    this.#desk.logs.write(container.name, restartCount, `starting ${container.name} (${container.image})`);
    this.#set(container, step.list, (status) => ({
      ...status,
      state: { running: { startedAt } },
      ready: false,
      started: true,
      restartCount,
      imageID,
      containerID,
    }));
    const rule = this.#images.of(container.image);
    const isBackground = restartCount > 1;
    if (rule.behaviour === "crash" || rule.behaviour === "oom") {
      const crashAfterMs = rule.crashAfterMs ?? this.#timings.crashAfterMs;
      const readyAfterMs = this.#timings.readyMs - this.#timings.startedMs;
      if (readyAfterMs < crashAfterMs) this.#desk.after(readyAfterMs, () => this.#becomeReady(container, restartCount), isBackground);
      const run: Run = { startedAt, containerID, restartCount };
      this.#desk.after(crashAfterMs, () => this.#crash(container, step, run), isBackground);
    } else if (step.onDone !== undefined && container.restartPolicy !== "Always") {
      this.#desk.after(INIT_RUN_MS, () => this.#complete(container, step, { startedAt, containerID, restartCount }));
    } else {
      this.#awaitReadiness(container, rule, restartCount);
      step.onDone?.();
    }
  }

  #awaitReadiness(container: Container, rule: ImageRule, restartCount: number): void {
    if (rule.behaviour === "neverReady") {
      if (restartCount === 0) this.#record(container, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
      // Somebody may change how the image behaves: the probe asks again.
      this.#desk.after(RECHECK_MS, () => this.#awaitReadiness(container, this.#images.of(container.image), restartCount), true);
      return;
    }
    const readyMs = rule.readyMs ?? (rule.behaviour === "slow" ? this.#timings.slowReadyMs : this.#timings.readyMs);
    this.#desk.after(Math.max(0, readyMs - this.#timings.startedMs), () => this.#becomeReady(container, restartCount));
  }

  #becomeReady(container: Container, run: number): void {
    this.#desk.logs.write(container.name, run, `${container.name} is ready`);
    for (const list of ["containerStatuses", "initContainerStatuses"] as const) {
      this.#set(container, list, (status) => ({ ...status, ready: true }));
    }
  }

  #complete(container: Container, step: Step, { startedAt, containerID }: Run): void {
    const finishedAt = timestamp(this.#desk.now());
    const terminated = { exitCode: 0, reason: "Completed", startedAt, finishedAt, containerID };
    this.#set(container, step.list, (status) => ({ ...status, state: { terminated }, ready: true, started: false }));
    step.onDone?.();
  }

  #crash(container: Container, step: Step, run: Run): void {
    const rule = this.#images.of(container.image);
    const isOom = rule.behaviour === "oom";
    const { startedAt, containerID, restartCount } = run;
    const terminated = {
      exitCode: isOom ? 137 : (rule.exitCode ?? 1),
      reason: isOom ? "OOMKilled" : "Error",
      startedAt,
      finishedAt: timestamp(this.#desk.now()),
      containerID,
    };
    this.#desk.logs.write(container.name, restartCount, isOom ? "Killed" : `fatal: exiting with code ${terminated.exitCode}`);
    this.#set(container, step.list, (status) => ({ ...status, state: { terminated }, ready: false, started: false }));
    if (this.#pod.spec.restartPolicy === "Never") return;
    // The first restart comes at once; later ones after the back-off.
    if (restartCount === 0) {
      return this.#desk.after(BACKOFF_SHOWN_MS, () => this.#restart(container, step, { terminated, restartCount: 1 }));
    }
    this.#desk.after(BACKOFF_SHOWN_MS, () => this.#backOff(container, step, { terminated, restartCount }), restartCount > 1);
  }

  #backOff(container: Container, step: Step, last: LastRun): void {
    const seconds = Math.min(300, 10 * 2 ** (last.restartCount - 1));
    const { name, namespace = "", uid } = this.#pod.metadata;
    const message = `back-off ${nominal(seconds)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
    this.#set(container, step.list, (status) => ({
      ...status,
      state: { waiting: { reason: "CrashLoopBackOff", message } },
      lastState: { terminated: last.terminated },
    }));
    this.#record(container, "BackOff", `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`);
    const restart = (): void => this.#restart(container, step, { ...last, restartCount: last.restartCount + 1 });
    this.#desk.after(this.#backoffMs(last.restartCount - 1), restart, true);
  }

  #restart(container: Container, step: Step, { terminated, restartCount }: LastRun): void {
    this.#set(container, step.list, (status) => ({ ...status, lastState: { terminated } }));
    this.#run(container, step, restartCount);
  }

  #wait(container: Container, list: StatusList, { reason, message }: { readonly reason: string; readonly message: string }): void {
    const state: ContainerState = { waiting: { reason, message } };
    this.#set(container, list, (status) => ({ ...status, state, ready: false, started: false }));
  }

  #set(container: Container, list: StatusList, change: (status: ContainerStatus) => ContainerStatus): void {
    this.#desk.change((status) => ({
      ...status,
      ...(status[list] === undefined ? {} : { [list]: status[list].map((one) => (one.name === container.name ? change(one) : one)) }),
    }));
  }

  #record(container: Container, reason: string, message: string): void {
    const type = WARNINGS.has(reason) && !message.startsWith("Back-off pulling") ? "Warning" : "Normal";
    this.#desk.record({ type, reason, message, fieldPath: `spec.containers{${container.name}}` });
  }

  #backoffMs(step: number): number {
    const { backoffMs } = this.#timings;
    return backoffMs[Math.min(step, backoffMs.length - 1)] ?? RECHECK_MS;
  }
}

interface Step {
  readonly list: StatusList;
  readonly attempt: number;
  /** Of an init container: what follows its success. */
  readonly onDone: (() => void) | undefined;
}
interface Run {
  readonly startedAt: string;
  readonly containerID: string;
  readonly restartCount: number;
}
interface LastRun {
  readonly terminated: NonNullable<ContainerState["terminated"]>;
  readonly restartCount: number;
}
interface PullBackoff {
  readonly failure: PullFailure;
  readonly reason: string;
  readonly again: () => void;
}

/** `1m20s`, as Go prints durations. */
function nominal(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
