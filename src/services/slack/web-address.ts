/** What is wrong with an address, in words that do not repeat it; undefined when nothing is. */
export interface AddressProblem {
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Checks an address that carries a credential, in its path or beside it: an absolute https URL, or http on this machine.
 *
 * The words never quote it.
 */
export function addressProblem(address: string): AddressProblem | undefined {
  const shape = shapeProblem(address);
  if (shape !== undefined) return shape;
  if (!URL.canParse(address)) return { problem: "is not a URL", remedy: "It begins with https://." };
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return { problem: "is not an https URL", remedy: "It begins with https://." };
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return { problem: "is http, which sends the credential in the open", remedy: "Use https; http is for this machine only." };
  }
  if (url.username !== "" || url.password !== "") return { problem: "has a user name in it", remedy: "Take out what stands before the @." };
  return url.hash === "" ? undefined : { problem: "has a fragment", remedy: "Take out the # and what follows." };
}

function shapeProblem(address: string): AddressProblem | undefined {
  if (address === "")
    return { problem: "is empty", remedy: 'For a value from the environment give secret("env:NAME"), which says when it is not set.' };
  if (address !== address.trim())
    return { problem: "begins or ends with a blank or a line break", remedy: 'Trim it; secret("file:...") does.' };
  if (/^["'`]/.test(address))
    return { problem: "has quotes around it", remedy: "Remove them: env files and YAML read by other tools keep quotes." };
  if (/^(?:env|file):/i.test(address)) return { problem: "is a reference, not a URL", remedy: 'Wrap it: secret("env:NAME").' };
  if (/^\$|\$\{|\{\{/.test(address))
    return {
      problem: "looks like a placeholder that was not filled in",
      remedy: "Check the template or the shell quoting that should have put it there.",
    };
  if (/^xox[a-z]-/i.test(address)) return { problem: "is a token, not a URL", remedy: "Give it as token." };
  return /[\u0000-\u0020\u007f\\]/.test(address)
    ? { problem: "contains a blank, a control character or a backslash", remedy: "Copy it again from Slack." }
    : undefined;
}

/** RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3. */
function isLoopback(hostname: string): boolean {
  return /^(?:(?:.*\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}
