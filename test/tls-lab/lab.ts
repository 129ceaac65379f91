import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHTTPServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTLSServer, type TlsOptions, type TLSSocket } from "node:tls";
import { diagnoseTLS, type TLSDiagnosis, type TLSDiagnosisOptions } from "../../src/tls/index.ts";
import { caExtensions, issue, serverExtensions, type CertificateSpec, type Issued } from "./issue.ts";

export interface ServeOptions extends TlsOptions {
  /** What follows the first certificate. */
  readonly chain?: readonly Issued[];
  /** What a bare request is answered with; 0: the server hangs up at once. @default 200 */
  readonly status?: number;
  readonly setUp?: (server: Server) => void;
}

/** The authorities of one run, and servers on loopback that misbehave in one way each. */
export class Lab {
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly leaf: Issued;
  /** Everything that came over TLS, and everything that came in clear. */
  readonly received: string[] = [];
  /** The client certificates that were shown. */
  readonly identities: string[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #folder: string;

  private constructor(root: Issued, intermediate: Issued, { leaf, folder }: { leaf: Issued; folder: string }) {
    this.root = root;
    this.intermediate = intermediate;
    this.leaf = leaf;
    this.#folder = folder;
  }

  static async open(): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), "errand-tls-lab-"));
    const root = await issue({ subject: "CN=Lab Root, O=Lab", extensions: caExtensions() });
    const intermediate = await issue({ subject: "CN=Lab Intermediate", issuer: root, extensions: caExtensions() });
    return new Lab(root, intermediate, {
      leaf: await issue({ subject: "CN=localhost", issuer: intermediate, extensions: serverExtensions() }),
      folder,
    });
  }

  /** A server's certificate from the intermediate. */
  issueLeaf(spec: Partial<CertificateSpec> = {}): Promise<Issued> {
    return issue({ subject: "CN=localhost", issuer: this.intermediate, extensions: serverExtensions(), ...spec });
  }

  async file(name: string, content: string): Promise<string> {
    await writeFile(join(this.#folder, name), content);
    return join(this.#folder, name);
  }

  serve(identity: Issued, { chain = [this.intermediate], status = 200, setUp, ...options }: ServeOptions = {}): Promise<number> {
    const answer = `HTTP/1.1 ${status} Lab\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
    const server = createTLSServer(
      { cert: [identity, ...chain].map(({ cert }) => cert).join(""), key: identity.key, ...options },
      (socket: TLSSocket) => {
        socket.on("error", () => socket.destroy());
        const identity = socket.getPeerX509Certificate();
        if (identity !== undefined) this.identities.push(identity.subject);
        if (status === 0) socket.destroy();
        socket.on("data", (chunk: Buffer) => {
          this.received.push(chunk.toString());
          socket.end(answer);
        });
      },
    );
    server.on("tlsClientError", () => undefined);
    setUp?.(server);
    return this.#listen(server);
  }

  /** Bare TCP: what happens at the connection, and at its first bytes. */
  serveRaw(onConnection: (socket: Socket) => void): Promise<number> {
    return this.#listen(createServer(onConnection));
  }

  serveHTTP(listener: RequestListener): Promise<number> {
    return this.#listen(createHTTPServer(listener));
  }

  #listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    });
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          for (const socket of sockets) socket.destroy();
        }),
    );
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
  }

  /** OpenSSL's own server, for what Node's never does: alerts about client certificates. */
  async serveOpenSSL(...options: readonly string[]): Promise<number> {
    const cert = await this.file("server.pem", this.leaf.cert + this.intermediate.cert);
    const key = await this.file("server.key", this.leaf.key);
    const child = spawn(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-cert_chain", cert, "-key", key, "-www", ...options],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          child.once("exit", resolve);
          child.kill("SIGKILL");
        }),
    );
    return await new Promise((resolve, reject) => {
      let text = "";
      const read = (chunk: Buffer): void => {
        text += chunk.toString();
        const port = /ACCEPT .*:(\d+)/.exec(text)?.[1];
        if (port !== undefined) resolve(Number(port));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", () => reject(new Error(`openssl s_server ended: ${text}`)));
    });
  }

  /** Trusts the lab's root alone, and hears nothing of this machine's environment. */
  diagnose(port: number, options: Partial<TLSDiagnosisOptions> = {}): Promise<TLSDiagnosis> {
    return diagnoseTLS({
      host: "localhost",
      port,
      connectTo: { host: "127.0.0.1", port },
      ca: this.root.cert,
      roots: "only",
      env: {},
      timeoutMs: 5000,
      ...options,
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** One way to fail, and what must be said about it. */
export interface LabCase {
  readonly name: string;
  /** What is found first. */
  readonly id: string;
  /** What else is found. */
  readonly also?: readonly string[];
  readonly summary: readonly string[];
  readonly remedy: readonly string[];
  readonly run: (lab: Lab) => Promise<Pick<TLSDiagnosis, "findings" | "isHealthy">>;
}
