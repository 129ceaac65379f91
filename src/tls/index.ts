export type { CertificateSummary, Finding, Severity, TLSDiagnosis, TLSDiagnosisOptions } from "./diagnosis.ts";
export { diagnosePEM, type PEMDiagnosis, type PEMDiagnosisOptions } from "./diagnose-pem.ts";
export { diagnoseTLS } from "./probe/diagnose.ts";
export { findingIds } from "./rules/rank.ts";
