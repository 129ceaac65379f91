import { readFile, stat } from "node:fs/promises";
import { filePath, type Io } from "../../io.ts";
import { escapeLine } from "../../output/control-characters.ts";
import { reportStyle } from "../../output/diagnosis.ts";
import { renderPEMDiagnosis } from "../../output/pem-diagnosis.ts";
import type { DoctorFlags } from "../doctor.ts";
import { openPassphrase } from "./open-passphrase.ts";
import { DOCTOR_EXIT } from "./exit-codes.ts";

/** True for a file that is there, and for what can be nothing else: `./x`, `server.pem`. A URL with its scheme never is. */
export async function isFileName(typed: string, io: Io): Promise<boolean> {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(typed)) return false;
  if (/^(?:\.{1,2}|~)?\/|\.(?:pem|crt|cer|der)$/i.test(typed)) return true;
  try {
    return (await stat(filePath(io, typed))).isFile();
  } catch {
    // It is no file, so it is a host.
    return false;
  }
}

/** Looks into a file of certificates, and tells. Nothing is sent. */
export async function examineFile(typed: string, flags: DoctorFlags, io: Io): Promise<void> {
  const text = await readText(filePath(io, typed));
  if (text instanceof Error) {
    io.stderr.print(escapeLine(`errand: cannot read ${typed} (${text.code ?? text.message})`));
    io.exitCode = DOCTOR_EXIT.couldNotLook;
    return;
  }
  const { diagnosePEM } = await import("../../../tls/index.ts");
  const diagnosis = diagnosePEM(text, {
    host: flags.servername,
    ca: flags.ca === undefined ? undefined : filePath(io, flags.ca),
    key: flags.key === undefined ? undefined : filePath(io, flags.key),
    passphrase: await openPassphrase(flags, io),
    warnDays: flags.warnDays,
    now: io.now,
    env: io.env,
  });
  const report = { file: typed, ...diagnosis };
  const style = reportStyle(io.stdout);
  io.stdout.print(flags.json === true ? JSON.stringify(report, undefined, 2) : renderPEMDiagnosis(report, io.now(), style));
  io.exitCode = diagnosis.isHealthy ? DOCTOR_EXIT.healthy : DOCTOR_EXIT.problem;
}

async function readText(path: string): Promise<string | NodeJS.ErrnoException> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
