export { diagnose } from "./diagnose.ts";
export type { Diagnosis, Stage, StageName } from "./diagnosis.ts";
export type { DiagnoseOptions, DoctorSeams } from "./options.ts";
