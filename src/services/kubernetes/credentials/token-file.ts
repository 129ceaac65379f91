import { readFile } from "node:fs/promises";
import { bearer } from "../../../auth/index.ts";
import { ConfigError } from "../../../errors/index.ts";
import { literalSecret } from "../../../secrets/index.ts";
import { errorCode } from "../kubeconfig/config-node.ts";
import type { Credential, CredentialSource } from "./credential.ts";

/** As often as client-go looks; the kubelet renews a token long before it ends. */
const REREAD_AFTER_MS = 60_000;

export interface TokenFileOptions {
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/**
 * A bearer token in a file that somebody else renews (the kubelet, a sidecar).
 *
 * Read by path each time, for the kubelet swaps a symbolic link; at most once a minute, and at once after a 401. White space around the
 * token is removed. When it can no longer be read, or is empty, the token that was good so far stays.
 */
export class TokenFile implements CredentialSource {
  readonly #path: string;
  readonly #now: () => number;
  #token = "";
  #credential: Credential | undefined;
  #readAtMs = -Infinity;
  #reading: Promise<Credential> | undefined;

  constructor(path: string, options: TokenFileOptions = {}) {
    this.#path = path;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws ConfigError (ERR_SECRET) when the file has never given a token. */
  async current(): Promise<Credential> {
    if (this.#credential !== undefined && this.#now() - this.#readAtMs < REREAD_AFTER_MS) return this.#credential;
    return this.#readOnce();
  }

  async refresh(used: Credential): Promise<boolean> {
    // Somebody else's 401 may have brought the new token already.
    return this.#credential !== used || (await this.#readOnce()) !== used;
  }

  #readOnce(): Promise<Credential> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Credential> {
    let token: string;
    try {
      token = (await readFile(this.#path, "utf8")).trim();
    } catch (error) {
      // In the moment of a swap, or after the volume was torn down, the former token may still be good; the server decides.
      if (this.#credential !== undefined) return this.#credential;
      throw tokenError(`the token file ${this.#path} cannot be read: ${errorCode(error)}`, error);
    }
    if (token === "") {
      if (this.#credential !== undefined) return this.#credential;
      throw tokenError(`the token file ${this.#path} is empty`);
    }
    this.#readAtMs = this.#now();
    if (this.#credential === undefined || token !== this.#token) {
      this.#token = token;
      this.#credential = { auth: bearer(literalSecret(token, `file:${this.#path}`)) };
    }
    return this.#credential;
  }
}

function tokenError(message: string, cause?: unknown): ConfigError {
  const hint = "Inside a pod, check automountServiceAccountToken; elsewhere the path.";
  return new ConfigError({ code: "ERR_SECRET", message: `kubernetes: ${message}`, cause, hint });
}
