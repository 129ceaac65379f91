import type { DeployContext } from "../context.ts";
import { describeHolder } from "../preflight/lease-findings.ts";

/** Takes the target's lease before a write; a sentence when another run has it. A lease that is not to be had is nobody's. */
export async function takenBy({ lease, file }: Pick<DeployContext, "lease" | "file">, signal: AbortSignal): Promise<string | undefined> {
  const hold = await lease.hold(signal);
  return hold.state === "taken" ? describeHolder(file.target, hold.holder) : undefined;
}
