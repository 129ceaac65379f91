import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type ListenOptions, listen, type LoopbackServer } from "../server.ts";
import { ADMIN_GROUP } from "./access.ts";
import { Authority, type CertificatePair, type CertificateSubject } from "./tls/authority.ts";

interface TlsMaterial {
  readonly authority: Authority;
  readonly server: CertificatePair;
  readonly admin: CertificatePair;
}

/** Where the API server listens: one port for its whole life, restarts included. */
export class Endpoint {
  readonly #tls: TlsMaterial | undefined;
  #listener: RequestListener | undefined;
  #server: LoopbackServer | undefined;
  #isClosed = false;

  private constructor(tls: TlsMaterial | undefined) {
    this.#tls = tls;
  }

  static async prepare(hasTls: boolean): Promise<Endpoint> {
    if (!hasTls) return new Endpoint(undefined);
    const authority = await Authority.create();
    const admin = await authority.issueClient({ name: "kubernetes-admin", groups: [ADMIN_GROUP] });
    return new Endpoint({ authority, server: await authority.issueServer(), admin });
  }

  get url(): string {
    return this.#running().url;
  }
  get port(): number {
    return this.#running().port;
  }
  get caPem(): string | undefined {
    return this.#tls?.authority.certPem;
  }
  get adminCertificate(): CertificatePair | undefined {
    return this.#tls?.admin;
  }

  async clientCertificate(subject: CertificateSubject): Promise<CertificatePair> {
    if (this.#tls === undefined) throw new TypeError("client certificates need TLS: startKubernetes({ tls: true })");
    return this.#tls.authority.issueClient(subject);
  }

  async listen(listener: RequestListener, port: number): Promise<void> {
    this.#listener = listener;
    this.#server = await listen(listener, { port, ...this.#tlsOptions() });
  }

  /** Drops every connection, is away for a while, and listens on the same port again. */
  async restart(downMs: number): Promise<void> {
    const { port } = this.#running();
    await this.#running().close();
    await sleep(downMs);
    if (this.#listener !== undefined && !this.#isClosed) await this.listen(this.#listener, port);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#server?.close();
  }

  /** A client certificate is asked for, not demanded: whether it is one of ours is found out per request, as for tokens. */
  #tlsOptions(): ListenOptions {
    if (this.#tls === undefined) return {};
    const { authority, server } = this.#tls;
    return { tls: { cert: server.certPem, key: server.keyPem, ca: authority.certPem, requestCert: true, rejectUnauthorized: false } };
  }

  #running(): LoopbackServer {
    if (this.#server === undefined) throw new TypeError("the Kubernetes stand-in does not listen yet");
    return this.#server;
  }
}
