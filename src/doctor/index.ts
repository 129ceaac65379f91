export { chainOf, commonName, namesOf, validityOf } from "./certificate-words.ts";
export { diagnose } from "./diagnose.ts";
export type { Diagnosis, Stage, StageName } from "./diagnosis.ts";
export { fetchChain } from "./fetch-chain.ts";
export type { DiagnoseOptions, DoctorSeams } from "./options.ts";
