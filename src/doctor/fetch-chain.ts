import { explainTrial, sentChain } from "../transport/trial/index.ts";
import { ConnectionError, InvalidRequestError } from "../errors/index.ts";
import type { DiagnoseOptions, DoctorSeams } from "./options.ts";
import { Patient } from "./patient.ts";
import { decideProxy } from "./proxy-stage.ts";
import { targetOf } from "./target.ts";

/**
 * The certificates a server sends, as PEM, in its order: to be looked at, not to be trusted.
 *
 * @throws InvalidRequestError for what is no https URL, ConnectionError where there is no handshake, the signal's reason
 */
export async function fetchChain(url: string | URL, options: DiagnoseOptions = {}, seams: DoctorSeams = {}): Promise<readonly string[]> {
  const patient = new Patient(targetOf(url), options, seams);
  if (!patient.isSecure)
    throw new InvalidRequestError({
      code: "ERR_INVALID_URL",
      message: `${patient.url.origin} has no certificates: it is plain http`,
      hint: "Use its https URL.",
    });
  try {
    return await sentChain(patient.way(decideProxy(patient).proxy), patient.rest());
  } catch (error) {
    const problem = patient.isTimeout(error) ? "it took too long" : explainTrial(error).problem;
    throw new ConnectionError({ code: "ERR_CONNECTION", message: `no certificates from ${patient.url.origin}: ${problem}`, cause: error });
  }
}
