/** Says that a proxy's password stands where everybody on the machine can read it. */
export function warnOfExposedPassword(proxy: string, warn: (message: string) => void): void {
  if (/^[a-z0-9+.-]*:\/\/[^/@]*:[^/@]+@/i.test(proxy))
    warn("the password of --proxy is on the command line, where ps and the shell's history show it; better: the variable HTTPS_PROXY");
}
