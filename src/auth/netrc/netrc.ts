import { ConfigError } from "../../errors/index.ts";
import { literalSecret } from "../../secrets/index.ts";
import type { Auth, RefusedResponse, SigningRequest } from "../auth.ts";
import { basic } from "../basic.ts";
import { LabelledAuth } from "../labelled-auth.ts";
import { readText } from "../maker-options.ts";
import { findEntry } from "./find-entry.ts";
import { readNetrcFile, systemPlaces, type NetrcFile, type NetrcPlaces } from "./netrc-file.ts";
import { parseNetrc, type NetrcEntry } from "./parse-netrc.ts";

/**
 * User and password from a netrc file, by the host of the request: the file that is given, else `$NETRC`, `~/.netrc`, `~/_netrc`.
 *
 * Read at the first request, and again after a 401. A host without an entry is called without credentials. `machine HOST:PORT` or a `port`
 * keyword holds for that port alone.
 * @param path `~/` is the home directory
 * @example new Session({ auth: netrc() })
 * @throws ConfigError `ERR_CONFIG`, when signing, for a missing or unreadable file, and for an entry that cannot be read (file and line)
 */
export function netrc(path?: string): Auth {
  return new Netrc(path);
}

interface Loaded {
  readonly file: NetrcFile;
  readonly entries: readonly NetrcEntry[];
  /** Made at the first use of an entry. */
  readonly auths: Map<NetrcEntry, Auth | undefined>;
}

/** @internal the environment is replaced by tests */
export class Netrc extends LabelledAuth implements Auth {
  readonly #path: string | undefined;
  readonly #places: () => NetrcPlaces;
  readonly #signedFrom = new WeakMap<SigningRequest, Loaded>();
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;

  constructor(path?: string, places: () => NetrcPlaces = systemPlaces) {
    super(
      "netrc",
      path === undefined ? "file" : readText(path, "The path given to netrc()", { pattern: /^[^\0]+$/, means: "a file's path" }),
    );
    this.#path = path;
    this.#places = places;
  }

  sign(request: SigningRequest): void | Promise<void> {
    if (request.hasHeader("authorization")) return;
    if (this.#loaded !== undefined) return signFrom(this.#loaded, request, this.#signedFrom);
    return this.#load().then((loaded) => signFrom(loaded, request, this.#signedFrom));
  }

  /** True when the file has other credentials for the host by now. */
  async challenge(response: RefusedResponse, request: SigningRequest): Promise<boolean> {
    const used = this.#signedFrom.get(request);
    if (response.status !== 401 || used === undefined) return false;
    // Another call may have read it again already.
    const now = this.#loaded !== used && this.#loaded !== undefined ? this.#loaded : await this.#load();
    return credentialsOf(now, request.url) !== credentialsOf(used, request.url);
  }

  #load(): Promise<Loaded> {
    this.#loading ??= readNetrcFile(this.#path, this.#places())
      .then((file) => {
        this.#loaded = { file, entries: parseNetrc(file.text), auths: new Map() };
        return this.#loaded;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}

function signFrom(loaded: Loaded, request: SigningRequest, signedFrom: WeakMap<SigningRequest, Loaded>): void {
  const auth = authFor(loaded, request.url);
  // Noted for hosts without an entry too: one may have been added.
  signedFrom.set(request, loaded);
  void auth?.sign(request);
}

function authFor({ file, entries, auths }: Loaded, url: URL): Auth | undefined {
  const entry = findEntry(entries, url);
  if (entry === undefined) return undefined;
  if (!auths.has(entry)) auths.set(entry, makeAuth(entry, file.path));
  return auths.get(entry);
}

function makeAuth(entry: NetrcEntry, path: string): Auth | undefined {
  const place = entry.machine === undefined ? "default" : `machine ${entry.machine}`;
  if (entry.problem !== undefined) {
    const { line, text } = entry.problem;
    throw new ConfigError({ code: "ERR_CONFIG", message: `${path}:${line}: the entry "${place}" ${text}.`, file: path, line });
  }
  const login = entry.login ?? entry.account ?? "";
  const password = entry.password ?? "";
  if (login === "" && password === "") return undefined;
  if (/[:\u0000-\u001f\u007f-\u009f]/.test(login)) {
    // RFC 7617 2.
    const message = `${path}:${entry.line}: the entry "${place}" has a login with a colon or a control character, which Basic cannot send.`;
    throw new ConfigError({ code: "ERR_CONFIG", message, file: path, line: entry.line });
  }
  return basic(login, password === "" ? "" : literalSecret(password, `password of ${place} in ${path}`));
}

/** A text that differs when the credentials do; it stays in memory. */
function credentialsOf({ entries }: Loaded, url: URL): string {
  const entry = findEntry(entries, url);
  return JSON.stringify([entry?.login, entry?.account, entry?.password, entry?.problem?.line]);
}
