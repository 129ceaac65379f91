import type { ProxyOption } from "../proxy/index.ts";
import type { TLSDiagnosisOptions } from "../tls/index.ts";
import type { StageName } from "./diagnosis.ts";
import type { Lookup } from "../transport/index.ts";

/** How to look at a server. */
export interface DiagnoseOptions extends Pick<
  TLSDiagnosisOptions,
  "ca" | "roots" | "cert" | "key" | "passphrase" | "servername" | "connectTo" | "warnDays" | "mayFetch" | "signal"
> {
  /** As of a session; `false` looks at the direct way. @default the environment's */
  readonly proxy?: ProxyOption | undefined;
  /** For all stages together, in milliseconds. @default 15000 */
  readonly timeoutMs?: number | undefined;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called when a stage begins. */
  readonly onStage?: ((stage: StageName) => void) | undefined;
  /** The clock whose error is looked for: ms since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Where tests stand in for the machine. */
export interface DoctorSeams {
  readonly lookup?: Lookup | undefined;
  /** A small text file of the system; undefined where it cannot be read. */
  readonly readFile?: ((path: string) => string | undefined) | undefined;
  /** The longest that one step may take, in milliseconds. */
  readonly stepMs?: number | undefined;
}
