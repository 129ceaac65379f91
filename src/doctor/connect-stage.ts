import { formatDuration } from "../retry/index.ts";
import { tryAddress } from "../transport/trial/index.ts";
import { isUnroutable, partlyReachable, unreachable, type Trial } from "./connect-findings.ts";
import { placeOf, type Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

/** More are not tried: some names have hundreds. */
const mostAddresses = 8;

export interface ConnectTarget {
  readonly addresses: readonly string[];
  readonly port: number;
  /** As the user knows it: `api.example.com:443`. */
  readonly place: string;
}

/** TCP: every address, side by side, in the order in which errand tries them. Nothing is sent. */
export async function connectStage(patient: Patient, target: ConnectTarget): Promise<StageReport<true>> {
  const { addresses, port, place } = target;
  const tried = addresses.slice(0, mostAddresses);
  const trials = await Promise.all(tried.map((address) => tryOne(patient, address, port)));
  const local = trials.find(({ code }) => exhausted.has(code));
  if (local !== undefined) throw new CannotLook(`this machine has no socket left for a connection (${local.code})`);
  const left = addresses.length - tried.length;
  const evidence = [...trials.map((trial) => describe(trial, port)), ...(left > 0 ? [`${left} more were not tried`] : [])];
  const bad = trials.filter(({ isConnected }) => !isConnected);
  const [worst] = bad.toSorted((a, b) => weight(a) - weight(b));
  if (worst === undefined) return { evidence, findings: [], next: true };
  if (bad.length < trials.length) return { evidence, findings: [partlyReachable(bad, trials.length)], next: true };
  return { evidence, findings: [unreachable(worst, { place, trials, origin: patient.url.origin })], next: undefined };
}

/** Nothing is wrong with the server: this machine, or its limits, would not let errand look. */
export class CannotLook extends Error {}

const exhausted: ReadonlySet<string | undefined> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

async function tryOne(patient: Patient, address: string, port: number): Promise<Trial> {
  const startedAt = performance.now();
  try {
    return { ...(await tryAddress(address, port, patient.step())), isTimeout: false };
  } catch (error) {
    if (!patient.isTimeout(error)) throw error;
    return { address, isConnected: false, code: undefined, elapsedMs: performance.now() - startedAt, isTimeout: true };
  }
}

/** What says most about the server first: it refused; it kept silent; there was no way to it. */
function weight(trial: Trial): number {
  if (trial.code === "ECONNREFUSED") return 0;
  if (trial.isTimeout) return 1;
  return isUnroutable(trial) ? 3 : 2;
}

function describe(trial: Trial, port: number): string {
  const place = placeOf(trial.address, port);
  const took = formatDuration(trial.elapsedMs);
  if (trial.isConnected) return `${place} connected in ${took}`;
  if (trial.isTimeout) return `${place} no answer in ${took}`;
  const word = trial.code === "ECONNREFUSED" ? "refused" : isUnroutable(trial) ? "unreachable" : "failed";
  return `${place} ${word} after ${took} (${trial.code})`;
}
