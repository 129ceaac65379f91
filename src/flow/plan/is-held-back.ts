/** Whether an error is that of a request that was held back, or was caused by one. */
export function isHeldBack(error: unknown): boolean {
  let found = error;
  // Causes can lead in a circle.
  for (let depth = 0; depth < 20 && found instanceof Error; depth += 1) {
    if ("code" in found && found.code === "ERR_HELD_BACK") return true;
    found = found.cause;
  }
  return false;
}
