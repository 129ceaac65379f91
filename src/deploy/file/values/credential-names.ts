const headers = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "api-key",
  "apikey",
  "x-api-key",
  "x-auth-token",
  "x-access-token",
  "x-amz-security-token",
  "x-vault-token",
  "private-token",
  "job-token",
  "dd-api-key",
  "dd-application-key",
]);

/** Headers whose value is a credential, so that a literal is refused. Errs on the side of refusing. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return headers.has(lower) || /(?:^|[-_])(?:token|secret|password|passwd|credential|signature)s?$/.test(lower);
}

/** Query parameters whose value is a credential. */
export function isCredentialParameter(name: string): boolean {
  return /^(?:api[-_]?key|access[-_]?key|key|token|access[-_]?token|auth[-_]?token|id[-_]?token|private[-_]?token|secret|client[-_]?secret|password|passwd|pwd|sig|signature|x-amz-(?:signature|security-token|credential))$/i.test(
    name,
  );
}
