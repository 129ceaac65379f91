import type { Certificate } from "../certificate/certificate.ts";

/** Why a certificate is not for a host; undefined when it is. */
export type HostMismatch =
  | "other-names"
  /** `*.example.com` covers one label, not two, and not none. */
  | "wildcard-depth"
  /** An address, of which the certificate has no IP entry; names do not count for it. */
  | "address"
  /** A name with a NUL in it: an old trick against C programs. */
  | "nul"
  /** The same name, once with its letters, once in punycode. */
  | "punycode";

export interface HostVerdict {
  readonly mismatch: HostMismatch | undefined;
  /** No alternative names: the common name decided, as only old clients still let it (RFC 9110 4.3.4). */
  readonly isByCommonName: boolean;
  /** The entry that nearly fits: the wildcard, the name with the NUL. */
  readonly near: string | undefined;
}

/** Whether a certificate is for a host, by RFC 6125 6.4 and as Node decides it. */
export function checkHost(certificate: Certificate, host: string): HostVerdict {
  const wanted = ascii(host.replace(/\.$/, ""));
  const address = addressOf(wanted);
  if (address !== undefined) {
    const fits = certificate.names.some(({ type, value }) => type === "IP" && value === address);
    const near = offeredNames(certificate).find((name) => name === address);
    return { mismatch: fits ? undefined : "address", isByCommonName: false, near };
  }
  const dns = certificate.names.filter(({ type }) => type === "DNS").map(({ value }) => value);
  const isByCommonName = dns.length === 0;
  const offered = isByCommonName ? [certificate.subject.commonName ?? ""] : dns;
  if (offered.some((name) => covers(name, wanted))) return { mismatch: undefined, isByCommonName, near: undefined };
  return { ...explainMismatch(offered, wanted), isByCommonName: false };
}

function explainMismatch(offered: readonly string[], wanted: string): Pick<HostVerdict, "mismatch" | "near"> {
  const nul = offered.find((name) => name.includes("\0"));
  if (nul !== undefined) return { mismatch: "nul", near: nul };
  const lettered = offered.find((name) => /[^\u0000-\u007f]/.test(name) && covers(ascii(name), wanted));
  if (lettered !== undefined) return { mismatch: "punycode", near: lettered };
  const wildcard = offered.find(
    (name) => name.startsWith("*.") && (wanted.endsWith(name.slice(1).toLowerCase()) || wanted === name.slice(2).toLowerCase()),
  );
  if (wildcard !== undefined) return { mismatch: "wildcard-depth", near: wildcard };
  return { mismatch: "other-names", near: undefined };
}

/** A `*` stands for the whole of the first label, and needs two more after it, as Node has it. */
function covers(pattern: string, host: string): boolean {
  const name = pattern.toLowerCase().replace(/\.$/, "");
  if (!name.startsWith("*.")) return name === host && name !== "";
  const [, ...labels] = host.split(".");
  return labels.length >= 2 && `*.${labels.join(".")}` === name;
}

/** In punycode and lower case, as it stands in certificates; what is no name stays as it is. */
function ascii(host: string): string {
  try {
    return new URL(`http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}`).hostname.replaceAll(/[[\]]/g, "");
  } catch {
    return host.toLowerCase();
  }
}

/** The canonical address when the host is one. */
export function addressOf(host: string): string | undefined {
  const name = ascii(host);
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":") ? name : undefined;
}

/** All names of a certificate a host can be compared with. */
export function offeredNames({ names, subject }: Certificate): readonly string[] {
  const alternative = names.filter(({ type }) => type === "DNS" || type === "IP").map(({ value }) => value);
  return alternative.length > 0 || subject.commonName === undefined ? alternative : [subject.commonName];
}
