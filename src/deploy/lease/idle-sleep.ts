/** Waits without keeping the process alive. Rejects with the signal's reason when it is aborted. */
export function idleSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    timer.unref();
    signal.addEventListener("abort", abort, { once: true });
  });
}
