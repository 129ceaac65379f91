import type { Finding, TLSDiagnosis } from "../tls/index.ts";

/** One after the other; each needs the one before. */
export type StageName = "dns" | "tcp" | "proxy" | "tls" | "http";

/** What one stage of a diagnosis saw. */
export interface Stage {
  readonly name: StageName;
  /** `skipped`: there was nothing to do, or it could not be done; `why` says which. */
  readonly status: "ok" | "problem" | "skipped";
  /** Why it was skipped. */
  readonly why?: string | undefined;
  /** One fact a line. */
  readonly evidence: readonly string[];
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** Whole milliseconds. */
  readonly elapsedMs: number;
}

/** What is between this machine and a server. */
export interface Diagnosis {
  /** The origin: path, query and userinfo of the URL are not looked at, and not shown. */
  readonly url: string;
  /** Every stage was looked at, with no finding of severity `problem`. */
  readonly isHealthy: boolean;
  /** False where this machine, or the time given, did not allow to look at every stage. */
  readonly isComplete: boolean;
  /** The first problem on the way: the answer. */
  readonly answer: Finding | undefined;
  /** Where it lies. */
  readonly failedStage: StageName | undefined;
  readonly stages: readonly Stage[];
  /** The certificates, as sent and as built. */
  readonly tls: TLSDiagnosis | undefined;
  /** Whole milliseconds. */
  readonly elapsedMs: number;
}
