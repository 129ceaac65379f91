import type { LabCase } from "../lab.ts";
import { nameCases, purposeCases, trustCases, validityCases } from "./certificates.ts";
import { pemCases } from "./files.ts";
import { clientCases, environmentCases, handshakeCases, revocationCases } from "./connections.ts";

/** Every case of the lab by its chapter: the tests run them, the reference page lists them. */
export const chapters: Readonly<Record<string, readonly LabCase[]>> = {
  Dates: validityCases,
  Trust: trustCases,
  Names: nameCases,
  "Purpose and strength": purposeCases,
  Revocation: revocationCases,
  Handshakes: handshakeCases,
  "Client certificates": clientCases,
  "Files and environment": environmentCases,
  "PEM files": pemCases,
};
