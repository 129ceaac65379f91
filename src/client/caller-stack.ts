/**
 * Lets an error's stack point to the caller's own `await` instead of the socket event it was made in.
 *
 * Called where the error passes through an async function on the caller's chain: there V8 knows who waits. Costs nothing until it fails.
 */
export function pointToCaller(error: Error, at: (...args: never) => unknown): void {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, at);
  const callers = here.stack?.split("\n").filter((line) => line.startsWith("    at async ")) ?? [];
  if (callers.length > 0) error.stack = `${error.name}: ${error.message}\n${callers.join("\n")}`;
}
