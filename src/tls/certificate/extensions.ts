import { childAt, childrenOf, contextTag, readDer, tags, type Element } from "../asn1/der.ts";
import { bitsSet, readInteger, readOid } from "../asn1/values.ts";
import { readGeneralName, type GeneralName } from "./general-names.ts";

/** What a certificate's extensions say (RFC 5280 4.2); what is absent is undefined or empty. */
export interface Extensions {
  readonly basicConstraints: { readonly isAuthority: boolean; readonly pathLength: number | undefined } | undefined;
  /** Bit numbers: 0 digitalSignature, 2 keyEncipherment, 4 keyAgreement, 5 keyCertSign, 6 cRLSign. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly names: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | undefined;
  readonly issuerUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly crlUrls: readonly string[];
  /** RFC 7633: the server must staple an OCSP answer. */
  readonly mustStaple: boolean;
  /** Critical, and nothing that OpenSSL or this reader understands. */
  readonly unknownCritical: readonly string[];
  /** Present, but not readable. */
  readonly malformed: readonly string[];
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

type Draft = { -readonly [Key in keyof Extensions]: Extensions[Key] };

const readers: Readonly<Record<string, (value: Element, into: Draft) => void>> = {
  "2.5.29.19": (value, into) => {
    const [first, second] = childrenOf(value, tags.sequence);
    const isAuthority = first?.tag === tags.boolean && first.content[0] !== 0;
    const length = first?.tag === tags.integer ? first : second;
    into.basicConstraints = { isAuthority, pathLength: length === undefined ? undefined : readInteger(length) };
  },
  "2.5.29.15": (value, into) => (into.keyUsage = bitsSet(value)),
  "2.5.29.37": (value, into) => (into.extendedKeyUsage = childrenOf(value, tags.sequence).map(readOid)),
  "2.5.29.17": (value, into) => (into.names = childrenOf(value, tags.sequence).map(readGeneralName)),
  "2.5.29.30": (value, into) => (into.nameConstraints = readNameConstraints(value)),
  "2.5.29.31": (value, into) => (into.crlUrls = childrenOf(value, tags.sequence).flatMap(distributionUrls)),
  "1.3.6.1.5.5.7.1.1": (value, into) => {
    const places = childrenOf(value, tags.sequence).map((entry) => ({
      method: readOid(childAt(entry, 0)),
      name: readGeneralName(childAt(entry, 1)),
    }));
    const urls = (method: string): string[] =>
      places.filter((place) => place.method === method && place.name.type === "URI").map(({ name }) => name.value);
    into.issuerUrls = urls("1.3.6.1.5.5.7.48.2");
    into.ocspUrls = urls("1.3.6.1.5.5.7.48.1");
  },
  "1.3.6.1.5.5.7.1.24": (value, into) => (into.mustStaple = childrenOf(value, tags.sequence).some((feature) => readInteger(feature) === 5)),
};

/** Understood by OpenSSL though not needed here: policies, key identifiers, resources, OCSP's no-check. */
const harmless = new Set([
  "2.5.29.14",
  "2.5.29.32",
  "2.5.29.33",
  "2.5.29.35",
  "2.5.29.36",
  "2.5.29.54",
  "2.16.840.1.113730.1.1",
  "1.3.6.1.5.5.7.1.7",
  "1.3.6.1.5.5.7.1.8",
  "1.3.6.1.5.5.7.1.14",
  "1.3.6.1.5.5.7.48.1.5",
]);

export function readExtensions(list: readonly Element[]): Extensions {
  const draft: Draft = {
    basicConstraints: undefined,
    keyUsage: undefined,
    extendedKeyUsage: undefined,
    names: [],
    nameConstraints: undefined,
    issuerUrls: [],
    ocspUrls: [],
    crlUrls: [],
    mustStaple: false,
    unknownCritical: [],
    malformed: [],
  };
  for (const extension of list) readExtension(extension, draft);
  return draft;
}

function readExtension(extension: Element, draft: Draft): void {
  const [name, ...rest] = childrenOf(extension, tags.sequence);
  if (name === undefined) return;
  const oid = readOid(name);
  const isCritical = rest[0]?.tag === tags.boolean && rest[0].content[0] !== 0;
  const reader = readers[oid];
  if (reader === undefined) {
    if (isCritical && !harmless.has(oid)) draft.unknownCritical = [...draft.unknownCritical, oid];
    return;
  }
  try {
    reader(readDer(rest.at(-1)?.content ?? Buffer.alloc(0)), draft);
  } catch {
    // One bad extension must not hide what the others say; the finding names it.
    draft.malformed = [...draft.malformed, oid];
  }
}

function readNameConstraints(value: Element): NameConstraints {
  const subtrees = (tag: number): GeneralName[] =>
    childrenOf(value, tags.sequence)
      .filter((part) => part.tag === tag)
      .flatMap((part) => childrenOf(part).map((subtree) => readGeneralName(childAt(subtree, 0))));
  return { permitted: subtrees(contextTag(0)), excluded: subtrees(contextTag(1)) };
}

/** The URLs of a DistributionPoint: [0] distributionPoint, in it [0] fullName. */
function distributionUrls(point: Element): readonly string[] {
  return childrenOf(point)
    .filter(({ tag }) => tag === contextTag(0))
    .flatMap((name) => childrenOf(name))
    .filter(({ tag }) => tag === contextTag(0))
    .flatMap((full) => childrenOf(full).map(readGeneralName))
    .filter(({ type }) => type === "URI")
    .map(({ value }) => value);
}
