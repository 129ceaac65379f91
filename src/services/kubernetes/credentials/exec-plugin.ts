import type { Credential, CredentialSource } from "./credential.ts";
import { execInfo, parseExecCredential, type ExecClusterInfo, type ExecCredential } from "./exec-credential.ts";
import type { ExecConfig } from "./exec-config.ts";
import { commandLine, isInteractive, runPlugin, type PluginHost } from "./run-plugin.ts";

export interface ExecPluginOptions extends PluginHost {
  /** Read when the plugin runs, and only if it asks for it (provideClusterInfo). */
  readonly cluster?: () => ExecClusterInfo | Promise<ExecClusterInfo>;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/**
 * Credentials of a kubeconfig's exec plugin (aws eks get-token, kubelogin, gke-gcloud-auth-plugin, ...).
 *
 * Kept until they expire, or, when they name no end, until a 401. However many calls wait, the plugin runs once.
 */
export class ExecPlugin implements CredentialSource {
  readonly #config: ExecConfig;
  readonly #options: ExecPluginOptions;
  readonly #now: () => number;
  #latest: ExecCredential | undefined;
  #credential: Credential | undefined;
  #running: Promise<Credential> | undefined;

  constructor(config: ExecConfig, options: ExecPluginOptions = {}) {
    this.#config = config;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @throws ConfigError (ERR_CREDENTIAL_PLUGIN) when the plugin cannot be run or gives no usable credential. */
  async current(): Promise<Credential> {
    const { expiresAtMs = Infinity } = this.#latest ?? {};
    return this.#credential !== undefined && this.#now() < expiresAtMs ? this.#credential : this.#runOnce();
  }

  async refresh(used: Credential): Promise<boolean> {
    // Of many calls that were refused together, the first has had the plugin run already.
    return this.#credential !== used || (await this.#runOnce()) !== used;
  }

  #runOnce(): Promise<Credential> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<Credential> {
    const { apiVersion, provideClusterInfo } = this.#config;
    const interactive = isInteractive(this.#config, this.#options);
    const cluster = provideClusterInfo ? await this.#options.cluster?.() : undefined;
    const info = execInfo(apiVersion, { interactive, ...(cluster === undefined ? {} : { cluster }) });
    const output = await runPlugin({ config: this.#config, info, isInteractive: interactive, host: this.#options });
    const latest = parseExecCredential(output, { apiVersion, name: commandLine(this.#config) });
    if (this.#credential === undefined || latest.fingerprint !== this.#latest?.fingerprint) {
      this.#credential = { auth: latest.auth, certificate: latest.certificate };
    }
    this.#latest = latest;
    return this.#credential;
  }
}
