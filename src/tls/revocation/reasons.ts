const reasons: Readonly<Record<number, string>> = {
  1: "its key was compromised",
  2: "the authority's key was compromised",
  3: "its owner changed affiliation",
  4: "it was superseded",
  5: "it is no longer needed",
  6: "it is on hold",
  8: "it was taken off the list",
  9: "its privileges were withdrawn",
  10: "the authority of its attributes was compromised",
};

/** CRLReason of RFC 5280 5.3.1 in words. */
export function revocationReason(code: number | undefined): string | undefined {
  return code === undefined ? undefined : reasons[code];
}
