/** As package.json's `engines` has it. */
const oldest = [22, 19] as const;

/** What to say to a Node that is too old for errand; undefined for one that is not. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `errand needs Node.js ${oldest.join(".")} or newer, and this is ${version}`;
}
