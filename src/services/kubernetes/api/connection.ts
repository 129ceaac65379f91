import {
  currentRunScope,
  Session,
  type ErrandResponse,
  type RequestOptions,
  type SessionOptions,
  type StreamResponse,
} from "../../../client/index.ts";
import { RequestError } from "../../../errors/index.ts";
import type { Credential, CredentialSource } from "../credentials/credential.ts";
import { KubernetesError } from "../error/kubernetes-error.ts";
import type { DryRunSupport } from "../plan/dry-run-support.ts";
import type { CallOptions } from "./call-options.ts";
import { retryRules } from "./retry-rules.ts";
import type { TlsFiles, TlsMaterial } from "./tls-files.ts";
import type { WarningCollector } from "./warnings.ts";

/** The API server ends a write after 34 s; an answer that comes then says more than a timeout of our own. */
const TIMEOUT = "40s";

/** What the cluster itself decides about its sessions is left out. */
export type ClusterSessionOptions = Omit<SessionOptions, "baseUrl" | "auth" | "tls">;

export interface ConnectionOptions {
  readonly server: string;
  readonly credentials: CredentialSource;
  readonly tlsFiles: TlsFiles;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly warnings: WarningCollector;
  readonly session?: ClusterSessionOptions;
}

/** One call, below the server's URL. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly params?: RequestOptions["params"];
  readonly json?: unknown;
  /** Of the body. @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string;
  /** It changes nothing, whatever its method: repeated like a GET, and sent in a plan. */
  readonly isRead?: boolean;
  /** False for a dry run: where a redirect leads, it might be a write. @default the session's */
  readonly redirect?: false;
  readonly call?: CallOptions;
}

/** The way to one API server: sessions, credentials, the one repetition after a 401, errors. */
export class Connection {
  readonly #options: ConnectionOptions;
  #session: { readonly session: Session; readonly fingerprint: string } | undefined;
  readonly #closing = new Set<Promise<void>>();
  /** What is known of groups that are not built in: do they heed dryRun? */
  readonly #dryRuns: DryRunSupport = new Map();
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws KubernetesError for every answer of 300 or above; RequestError when there is none. */
  async send(request: ApiRequest): Promise<ErrandResponse> {
    const scope = request.method === "GET" || request.isRead === true ? undefined : currentRunScope();
    if (scope?.plan === undefined) return this.#exchange(request);
    const { planWrite } = await import("../plan/planned-write.ts");
    return planWrite({ scope, server: this.#options.server, support: this.#dryRuns, send: (own) => this.#exchange(own) }, request);
  }

  async #exchange(request: ApiRequest): Promise<ErrandResponse> {
    const response = await this.#withCredentials((session, credential) =>
      session.request(request.method, request.path, this.#call(request, credential)),
    );
    const warnings = this.#options.warnings.add(response.header("warning"));
    // A 3xx where redirects are off is no answer either.
    if (response.status >= 300) throw failed(response, response.text());
    request.call?.onAnswer?.({
      status: response.status,
      serverTimeMs: serverTime(response),
      warnings,
      auditId: response.header("audit-id"),
    });
    return response;
  }

  /** Like {@link send}, with a body that arrives while it is read; end it with `close()`. */
  async stream(request: ApiRequest & { readonly idleTimeoutMs: number }): Promise<StreamResponse> {
    const { idleTimeoutMs } = request;
    const response = await this.#withCredentials((session, credential) =>
      session.request(request.method, request.path, { ...this.#call(request, credential), idleTimeout: idleTimeoutMs, stream: true }),
    );
    this.#options.warnings.add(response.header("warning"));
    if (response.status < 400) return response;
    throw failed(response, await response.text());
  }

  /** Waits for calls in flight; streams are broken off. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retire();
    await Promise.all(this.#closing);
  }

  /** After a 401 the source looks for newer credentials, and the call is made once more if there are any. */
  async #withCredentials<R extends ErrandResponse | StreamResponse>(
    make: (session: Session, credential: Credential) => PromiseLike<R>,
  ): Promise<R> {
    const { credentials } = this.#options;
    const used = await credentials.current();
    const response = await make(await this.#sessionFor(used), used);
    if (response.status !== 401 || !(await credentials.refresh(used))) return response;
    // An unread stream would hold its connection.
    if ("close" in response) await response.close();
    const renewed = await credentials.current();
    return make(await this.#sessionFor(renewed), renewed);
  }

  /** Connections are bound to the certificate they were opened with: another certificate means another session. */
  async #sessionFor(credential: Credential): Promise<Session> {
    const material = await this.#options.tlsFiles.current(credential.certificate);
    if (this.#isClosed)
      throw new RequestError({ code: "ERR_SESSION_CLOSED", message: `kubernetes ${this.#options.server}: the cluster is closed` });
    if (this.#session?.fingerprint !== material.fingerprint) {
      this.#retire();
      this.#session = { session: this.#newSession(material), fingerprint: material.fingerprint };
    }
    return this.#session.session;
  }

  #newSession({ tls }: TlsMaterial): Session {
    const { server, headers, session = {} } = this.#options;
    return new Session({
      timeout: TIMEOUT,
      ...session,
      baseUrl: server,
      headers: { accept: "application/json", ...session.headers, ...headers },
      retry: retryRules(session.retry),
      tls,
    });
  }

  #retire(): void {
    if (this.#session === undefined) return;
    const closing = this.#session.session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#session = undefined;
  }

  #call(
    { params, json, contentType, accept, isRead, redirect, call = {} }: ApiRequest,
    { auth }: Credential,
  ): Omit<RequestOptions, "stream"> {
    const { signal, timeout, deadline, onAttempt } = call;
    const headers = { ...(accept === undefined ? {} : { accept }), ...(contentType === undefined ? {} : { "content-type": contentType }) };
    const given = { params, json, signal, timeout, deadline, onAttempt, redirect, auth: auth ?? null, headers };
    return isRead === true ? { ...given, safe: true } : given;
  }
}

/** The server's clock: its Date header has whole seconds. Ours stands in when a proxy has removed it. */
export function serverTime(response: ErrandResponse | StreamResponse): number {
  return Date.parse(response.header("date") ?? "") || Date.now();
}

function failed(response: ErrandResponse | StreamResponse, body: string): KubernetesError {
  const { status, statusText, request, attempts, timings } = response;
  const story = attempts.length > 1 ? response.explain() : undefined;
  return new KubernetesError({ status, statusText, body, request, attempts, timings, story, header: (name) => response.header(name) });
}
