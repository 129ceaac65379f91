export type { CertificateSummary, Finding, Severity, TLSDiagnosis, TLSDiagnosisOptions } from "./diagnosis.ts";
export { diagnoseTLS } from "./probe/diagnose.ts";
