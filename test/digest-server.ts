import { createHash, randomBytes } from "node:crypto";
import { answeringServer, type Reply, type Seen } from "./signing-request.ts";

export interface DigestServerOptions {
  readonly user: string;
  readonly password: string;
  readonly algorithm?: string | undefined;
  readonly qop?: string | undefined;
  /** Further parameters of the challenge. */
  readonly extra?: string;
  /** Uses of a nonce before it is stale. @default no limit */
  readonly uses?: number;
}

const hashes: Readonly<Record<string, string>> = {
  MD5: "md5",
  SHA: "sha1",
  "SHA-256": "sha256",
  "SHA-512": "sha512",
  "SHA-512-256": "sha512-256",
};

/** A server that works digest answers out for itself, from RFC 7616, and refuses a repeated nonce count. */
export async function digestServer(
  options: DigestServerOptions,
): Promise<Awaited<ReturnType<typeof answeringServer>> & { readonly challenges: () => number }> {
  const nonces = new Map<string, number>();
  let challenges = 0;
  const challenge = (isStale: boolean): Reply => {
    const nonce = randomBytes(9).toString("base64");
    nonces.set(nonce, 0);
    challenges += 1;
    const parts = [`realm="test \\"realm\\""`, `nonce="${nonce}"`, 'opaque="op\\\\aque"'];
    if (options.algorithm !== undefined) parts.push(`algorithm=${options.algorithm}`);
    if (options.qop !== undefined) parts.push(`qop="${options.qop}"`);
    if (isStale) parts.push("stale=true");
    if (options.extra !== undefined) parts.push(options.extra);
    return { status: 401, headers: { "WWW-Authenticate": `Digest ${parts.join(", ")}` } };
  };
  const server = await answeringServer((seen) => {
    const given = fieldsOf(seen.headers.authorization);
    if (given === undefined) return challenge(false);
    const nonce = given["nonce"] ?? "";
    const lastCount = nonces.get(nonce);
    const problem = check(seen, given, options);
    if (problem !== undefined) return { ...challenge(false), body: problem };
    if (lastCount === undefined) return challenge(true);
    const count = given["nc"] === undefined ? lastCount + 1 : Number.parseInt(given["nc"], 16);
    if (count !== lastCount + 1) return { ...challenge(false), body: `nc ${count} after ${lastCount}` };
    if (count > (options.uses ?? Infinity)) return challenge(true);
    nonces.set(nonce, count);
    return { status: 200, body: "welcome" };
  });
  return { ...server, challenges: () => challenges };
}

/** What a correct answer would be, in a line each; undefined when it is correct. */
function check(seen: Seen, given: Readonly<Record<string, string>>, options: DigestServerOptions): string | undefined {
  const isSession = options.algorithm?.toLowerCase().endsWith("-sess") ?? false;
  const algorithm = hashes[(options.algorithm ?? "MD5").replace(/-sess$/i, "").toUpperCase()] ?? "";
  const hash = (text: string): string => createHash(algorithm).update(text, "utf8").digest("hex");
  const realm = 'test "realm"';
  const users = [options.user, Buffer.from(options.user).toString("latin1"), hash(`${options.user}:${realm}`)];
  const named = given["username*"] === undefined ? given["username"] : decodeURIComponent(given["username*"].replace("UTF-8''", ""));
  if (!users.includes(named ?? "")) return `user ${named}`;
  if (given["uri"] !== seen.url || given["realm"] !== realm || given["opaque"] !== "op\\aque") return "uri, realm or opaque";
  if (given["algorithm"] !== options.algorithm) return `algorithm ${given["algorithm"]}`;
  const base = hash(`${options.user}:${realm}:${options.password}`);
  const secret = isSession ? hash(`${base}:${given["nonce"]}:${given["cnonce"]}`) : base;
  const qop = given["qop"];
  const request = qop === "auth-int" ? `${seen.method}:${seen.url}:${hash(seen.body)}` : `${seen.method}:${seen.url}`;
  const middle = qop === undefined ? given["nonce"] : `${given["nonce"]}:${given["nc"]}:${given["cnonce"]}:${qop}`;
  return given["response"] === hash(`${secret}:${middle}:${hash(request)}`) ? undefined : "response";
}

export function fieldsOf(authorization: string | undefined): Readonly<Record<string, string>> | undefined {
  if (authorization === undefined) return undefined;
  const fields: Record<string, string> = {};
  for (const [, name = "", quoted, bare] of authorization.replace(/^Digest /, "").matchAll(/([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]+))/g)) {
    fields[name] = quoted === undefined ? (bare ?? "") : quoted.replace(/\\(.)/g, "$1");
  }
  return fields;
}
