import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SessionOptions } from "../../../client/index.ts";
import { ConfigError } from "../../../errors/index.ts";
import { isSecret, literalSecret, openSecret, type Secret } from "../../../secrets/index.ts";
import type { ClientCertificate } from "../credentials/credential.ts";
import { errorCode } from "../kubeconfig/config-node.ts";

/** Long-running pods outlive their cluster's authority and their own certificate: both are renewed in place. */
const REREAD_AFTER_MS = 60_000;

type TLSOptions = NonNullable<SessionOptions["tls"]>;

export interface TlsFilesOptions {
  /** A path or PEM text. Given, nothing else is trusted. */
  readonly ca?: string;
  /** A path or PEM text. */
  readonly cert?: string;
  /** A path or PEM text. */
  readonly key?: string | Secret;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** TLS options, and what tells them from others. */
export interface TlsMaterial {
  readonly tls: TLSOptions;
  readonly fingerprint: string;
}

/** The cluster's authority and the client's certificate, read again by path when they may have been renewed. */
export class TlsFiles {
  readonly #options: TlsFilesOptions;
  readonly #now: () => number;
  readonly #texts = new Map<string, string>();
  #readAtMs: number;

  /** @throws ConfigError (ERR_TLS_MATERIAL) that names the file which cannot be read or is not PEM; for a CA that would not be looked at. */
  constructor(options: TlsFilesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    if (options.insecureSkipTlsVerify === true && options.ca !== undefined) {
      throw materialError("insecureSkipTlsVerify contradicts ca: with it no certificate is looked at");
    }
    if ((options.cert === undefined) !== (options.key === undefined)) throw materialError("a client certificate needs both cert and key");
    this.#readAtMs = this.#now();
    for (const path of this.#paths()) this.#texts.set(path, readPem(path));
  }

  /** The authority as PEM text. */
  get ca(): string | undefined {
    return this.#options.ca === undefined ? undefined : this.#text(this.#options.ca);
  }

  /** @param identity of a credential plugin; it takes the place of the static one. */
  async current(identity?: ClientCertificate): Promise<TlsMaterial> {
    this.#reread();
    const { insecureSkipTlsVerify = false, tlsServerName, cert, key } = this.#options;
    const ca = this.ca;
    const own =
      cert === undefined || key === undefined ? undefined : { cert: this.#text(cert), key: isSecret(key) ? key : this.#keySecret(key) };
    const client = identity ?? own;
    const tls: TLSOptions = {
      ...(ca === undefined ? {} : { ca, roots: "only" as const }),
      ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
      ...(insecureSkipTlsVerify ? { verify: false } : {}),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    };
    const keyText = client === undefined ? "" : await openSecret(client.key);
    return { tls, fingerprint: digest([ca ?? "", client?.cert ?? "", keyText]) };
  }

  #paths(): readonly string[] {
    const { ca, cert, key } = this.#options;
    return [ca, cert, isSecret(key) ? undefined : key].flatMap((value) => (value === undefined || isPem(value) ? [] : [value]));
  }

  #reread(): void {
    if (this.#texts.size === 0 || this.#now() - this.#readAtMs < REREAD_AFTER_MS) return;
    this.#readAtMs = this.#now();
    for (const path of this.#paths()) {
      try {
        this.#texts.set(path, readPem(path));
      } catch (error) {
        // While files are swapped one may be missing: what was good so far stays.
        if (!(error instanceof ConfigError)) throw error;
      }
    }
  }

  #text(value: string): string {
    return this.#texts.get(value) ?? value;
  }

  #keySecret(value: string): Secret {
    return literalSecret(this.#text(value), isPem(value) ? "client key" : `file:${value}`);
  }
}

function isPem(value: string): boolean {
  return value.includes("-----BEGIN ");
}

function readPem(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw materialError(`${path} cannot be read: ${errorCode(error)}`, error);
  }
  if (!isPem(text)) throw materialError(`${path} holds no PEM text (-----BEGIN ...)`);
  return text;
}

function digest(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

function materialError(message: string, cause?: unknown): ConfigError {
  return new ConfigError({ code: "ERR_TLS_MATERIAL", message: `kubernetes: ${message}`, cause });
}
