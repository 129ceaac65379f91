/** Node fires a longer timer at once. */
const longestTimerMs = 2_147_483_647;

/** Waits until a time of the wall clock, which may be years away; at most until the signal is aborted, whose reason it throws. */
export async function sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
  for (let restMs = atMs - Date.now(); restMs > 0; restMs = atMs - Date.now()) await pause(Math.min(restMs, longestTimerMs), signal);
  signal.throwIfAborted();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, ms);
      abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
