/** How long the steps of a pod take, in simulated milliseconds. */
export interface Timings {
  /** From creation to a node. Default 20. */
  readonly scheduledMs: number;
  /** From creation until the image is there and the container runs. Default 150. */
  readonly startedMs: number;
  /** From creation to ready. Default 300. */
  readonly readyMs: number;
  /** Readiness of "slow" images, from creation. Default 5000. */
  readonly slowReadyMs: number;
  /** From deletion until the pod is gone; its grace period is an upper bound. Default 200. */
  readonly terminationMs: number;
  /** From start to crash. Default 150. */
  readonly crashAfterMs: number;
  /** Waits before the second, third, … restart or pull; the last one repeats. Default 300, 600, 1200, 2400, 4800. */
  readonly backoffMs: readonly number[];
  /** Between two turns of an autoscaler. Default 15000. */
  readonly autoscalerMs: number;
}

export const defaultTimings: Timings = {
  scheduledMs: 20,
  startedMs: 150,
  readyMs: 300,
  slowReadyMs: 5000,
  terminationMs: 200,
  crashAfterMs: 150,
  backoffMs: [300, 600, 1200, 2400, 4800],
  autoscalerMs: 15_000,
};
