import { writeFile } from "node:fs/promises";
import { diagnose, fetchChain, type DiagnoseOptions, type Diagnosis } from "../../../doctor/index.ts";
import { durationMs } from "../../../retry/index.ts";
import { filePath, type Io } from "../../io.ts";
import { warnOfExposedPassword } from "../../items/exposed-password.ts";
import { completeUrl } from "../../items/request-url.ts";
import { renderDiagnosis, reportStyle } from "../../output/diagnosis.ts";
import type { DoctorFlags } from "../doctor.ts";
import { openPassphrase } from "./open-passphrase.ts";
import { DOCTOR_EXIT } from "./exit-codes.ts";
import { doctorProgress } from "./progress.ts";

/** Looks at a server, and tells. */
export async function examineServer(typed: string, flags: DoctorFlags, io: Io): Promise<void> {
  const url = completeUrl(typed);
  const options = { ...optionsOf(flags, io), passphrase: await openPassphrase(flags, io) };
  const diagnosis = await watched(url, options, io);
  io.exitCode = exitCodeOf(diagnosis);
  const style = reportStyle(io.stdout);
  io.stdout.print(flags.json === true ? JSON.stringify(diagnosis, undefined, 2) : renderDiagnosis(diagnosis, style));
  if (flags.saveChain === undefined) return;
  if (diagnosis.tls === undefined || diagnosis.tls.sent.length === 0) io.stderr.print("nothing to save: the server sent no certificate");
  else await saveChain(filePath(io, flags.saveChain), await fetchChain(url, options), io);
}

async function watched(url: string, options: DiagnoseOptions, io: Io): Promise<Diagnosis> {
  const progress = doctorProgress(io);
  try {
    return await diagnose(url, { ...options, onStage: progress.onStage });
  } finally {
    progress.end();
  }
}

function exitCodeOf({ isHealthy, answer }: Diagnosis): number {
  if (isHealthy) return DOCTOR_EXIT.healthy;
  return answer === undefined ? DOCTOR_EXIT.couldNotLook : DOCTOR_EXIT.problem;
}

async function saveChain(path: string, chain: readonly string[], io: Io): Promise<void> {
  await writeFile(path, chain.join(""));
  io.stderr.print(`${chain.length} ${chain.length === 1 ? "certificate" : "certificates"} written to ${path}: as sent, not verified`);
}

function optionsOf(flags: DoctorFlags, io: Io): DiagnoseOptions {
  const { ca, cert, key, servername, connect, warnDays, fetch, proxy, timeout } = flags;
  if (typeof proxy === "string") warnOfExposedPassword(proxy, (message) => io.stderr.print(`warning: ${message}`));
  return {
    ca: ca === undefined ? undefined : filePath(io, ca),
    cert: cert === undefined ? undefined : filePath(io, cert),
    key: key === undefined ? undefined : filePath(io, key),
    servername,
    connectTo: connect,
    warnDays,
    mayFetch: fetch,
    proxy,
    env: io.env,
    signal: io.signal,
    now: io.now,
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout, "--timeout"),
  };
}
