export interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Work that ends by itself or when the signal aborts, whichever is first.
 *
 * @param begin starts the work, and gives what stops it; called with the reason
 */
export function raceSignal<T>(signal: AbortSignal, begin: (settle: Settle<T>) => (reason: Error) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const leave = (): void => signal.removeEventListener("abort", onAbort);
    const stop = begin({
      resolve: (value) => {
        leave();
        resolve(value);
      },
      reject: (error) => {
        leave();
        reject(error);
      },
    });
    function onAbort(): void {
      const reason = reasonOf(signal);
      reject(reason);
      stop(reason);
    }
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted", { cause: signal.reason });
}
