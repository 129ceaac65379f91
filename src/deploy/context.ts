import type { DeployClock } from "./clock.ts";
import type { NewDeployEvent } from "./events.ts";
import type { DeployFile } from "./file/deploy-file.ts";
import type { TargetLease } from "./lease/target-lease.ts";
import type { DeployServices } from "./services.ts";
import type { DeploySteps } from "./steps.ts";

/** What every part of a deploy works with. */
export interface DeployContext {
  readonly file: DeployFile;
  readonly services: DeployServices;
  readonly steps: DeploySteps;
  readonly clock: DeployClock;
  /** Keeps other deploys of the target away. */
  readonly lease: TargetLease;
  readonly emit: (event: NewDeployEvent) => void;
}
