import type { Certificate } from "../certificate/certificate.ts";
import type { NameConstraints } from "../certificate/extensions.ts";
import type { GeneralName } from "../certificate/general-names.ts";

/** A name of the leaf that an issuer's constraints (RFC 5280 4.2.1.10) do not allow. */
export interface ConstraintViolation {
  readonly name: GeneralName;
  readonly isExcluded: boolean;
}

export function violationOf(leaf: Certificate, constraints: NameConstraints): ConstraintViolation | undefined {
  for (const name of constrainedNames(leaf)) {
    const ofType = (list: readonly GeneralName[]): readonly GeneralName[] => list.filter(({ type }) => type === name.type);
    if (ofType(constraints.excluded).some((subtree) => isWithin(name, subtree))) return { name, isExcluded: true };
    const permitted = ofType(constraints.permitted);
    if (permitted.length > 0 && !permitted.some((subtree) => isWithin(name, subtree))) return { name, isExcluded: false };
  }
  return undefined;
}

/** Without alternative names the common name counts as a host name, as OpenSSL has it. */
function constrainedNames({ names, subject }: Certificate): readonly GeneralName[] {
  const isNamed = names.some(({ type }) => type === "DNS");
  const common = subject.commonName;
  return isNamed || common === undefined || !/^[\w*-]+(\.[\w-]+)+$/.test(common)
    ? names
    : [...names, { type: "DNS", value: common, bytes: Buffer.from(common) }];
}

function isWithin(name: GeneralName, subtree: GeneralName): boolean {
  switch (name.type) {
    case "DNS":
      return isSubdomain(name.value, subtree.value);
    case "IP":
      return isInNetwork(name.bytes, subtree.bytes);
    case "email":
      return subtree.value.includes("@") ? name.value === subtree.value : isSubdomain(name.value.replace(/^.*@/, ""), subtree.value);
    case "directory":
      return name.bytes.subarray(0, subtree.bytes.length).equals(subtree.bytes);
    case "URI":
      return isSubdomain(URL.canParse(name.value) ? new URL(name.value).hostname : name.value, subtree.value);
    case "other":
      return name.bytes.equals(subtree.bytes);
  }
}

function isSubdomain(name: string, domain: string): boolean {
  const [host, parent] = [name.toLowerCase(), domain.toLowerCase().replace(/^\./, "")];
  return parent === "" || host.endsWith(`.${parent}`) || (host === parent && !domain.startsWith("."));
}

function isInNetwork(address: Buffer, network: Buffer): boolean {
  if (network.length !== address.length * 2) return false;
  return address.every((byte, index) => {
    const mask = network[address.length + index] ?? 0;
    return (byte & mask) === ((network[index] ?? 0) & mask);
  });
}
