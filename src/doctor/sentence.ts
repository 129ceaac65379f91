/** A clause as a sentence: a capital where it begins with a word (not a host's name), a full stop where it has no end. */
export function sentence(clause: string): string {
  const begun = /^[a-z]+[ ,]/.test(clause) ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
