import { join } from "node:path";
import { localEngine, type LocalEngine } from "errand/flow";

export function open(place: string): LocalEngine {
  return localEngine({ journal: join(place, "runs.db"), lease: Number(process.env["LEASE"] ?? 10_000) });
}
