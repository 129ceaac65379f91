import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One of Debian's proxies, on a port of loopback, with its configuration in a directory of its own. */
export interface ProxyServer {
  readonly port: number;
  /** `127.0.0.1:PORT`, to be put behind a scheme and a user. */
  readonly host: string;
  /** What it has logged so far: one line for a request that has ended. */
  log(): Promise<string>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
}

export interface SquidOptions {
  /** Whom it lets in. @default everybody */
  readonly user?: { readonly name: string; readonly password: string };
  /** PEM, for an https proxy. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Names that it resolves by itself: `{ "h.example": "127.0.0.1" }`. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Of one that has ended and is to come back. @default a free one */
  readonly port?: number;
}

/** Squid, which lets CONNECT to every port. Rejects when it is not installed, with what to install. */
export function startSquid({ user, tls, hosts = {}, port: wanted }: SquidOptions = {}): Promise<ProxyServer> {
  return start("squid", wanted, async (directory, port) => {
    const file = (name: string): string => join(directory, name);
    const hostLines = Object.entries({ localhost: "127.0.0.1", ...hosts }).map(([name, address]) => `${address} ${name}\n`);
    await writeFile(file("hosts"), hostLines.join(""));
    // basic_ncsa_auth reads a plain MD5 too, which nothing but node:crypto is needed for.
    if (user !== undefined) await writeFile(file("users"), `${user.name}:${createHash("md5").update(user.password).digest("hex")}\n`);
    if (tls !== undefined) await writeFile(file("proxy.pem"), tls.cert + tls.key);
    const lines = [
      tls === undefined ? `http_port 127.0.0.1:${port}` : `https_port 127.0.0.1:${port} tls-cert=${file("proxy.pem")}`,
      ...(user === undefined
        ? []
        : [
            `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${file("users")}`,
            "acl known proxy_auth REQUIRED",
            "http_access deny !known",
          ]),
      "http_access allow all",
      `hosts_file ${file("hosts")}`,
      `pid_filename ${file("squid.pid")}`,
      `cache_log ${file("cache.log")}`,
      `access_log stdio:${file("log")}`,
      `coredump_dir ${directory}`,
      "visible_hostname errand-test",
      "cache deny all",
      "buffered_logs off",
      "pinger_enable off",
      "netdb_filename none",
      "shutdown_lifetime 0 seconds",
    ];
    await writeFile(file("squid.conf"), `${lines.join("\n")}\n`);
    return ["-N", "-f", file("squid.conf")];
  });
}

export interface DanteOptions {
  /** True: wants user and password, of this machine's accounts. @default false */
  readonly wantsUser?: boolean;
  /** Ports of loopback that it does not connect to. @default none */
  readonly blockedPorts?: readonly number[];
}

/** Dante, a SOCKS5 proxy that connects to loopback only. Rejects when it is not installed, with what to install. */
export function startDante({ wantsUser = false, blockedPorts = [] }: DanteOptions = {}): Promise<ProxyServer> {
  return start("danted", undefined, async (directory, port) => {
    const everywhere = "from: 127.0.0.0/8 to: 127.0.0.0/8";
    const lines = [
      `logoutput: ${join(directory, "log")}`,
      `internal: 127.0.0.1 port = ${port}`,
      "external: lo",
      "clientmethod: none",
      `socksmethod: ${wantsUser ? "username" : "none"}`,
      "user.privileged: root",
      "user.unprivileged: nobody",
      "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }",
      ...blockedPorts.map((blocked) => `socks block { ${everywhere} port = ${blocked} log: error }`),
      `socks pass { ${everywhere} log: connect disconnect error }`,
    ];
    await writeFile(join(directory, "danted.conf"), `${lines.join("\n")}\n`);
    return ["-f", join(directory, "danted.conf"), "-p", join(directory, "danted.pid"), "-N", "1"];
  });
}

const packages = { squid: "squid", danted: "dante-server" } as const;
const waitMs = 20_000;

/** They cannot be told to let the kernel choose a port: where somebody else was quicker, the next one is tried. */
async function start(
  command: keyof typeof packages,
  wanted: number | undefined,
  configure: (directory: string, port: number) => Promise<string[]>,
): Promise<ProxyServer> {
  const directory = await mkdtemp(join(tmpdir(), `errand-${command}-`));
  // Both give up root for an account that has to write its log here.
  await chmod(directory, 0o777);
  let problem: unknown;
  for (let tries = 0; tries < 3; tries += 1) {
    const port = wanted ?? (await freePort());
    const args = await configure(directory, port);
    const child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
      cwd: directory,
    });
    const words: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => words.push(chunk));
    const started = new AbortController();
    try {
      await Promise.race([failure(child), listening(port, started.signal)]);
      return { port, host: `127.0.0.1:${port}`, log: () => readFile(join(directory, "log"), "utf8"), close: () => close(child, directory) };
    } catch (error) {
      child.kill("SIGKILL");
      if (isMissing(error)) {
        await rm(directory, { recursive: true, force: true });
        throw new Error(`this test needs ${command}: apt-get install ${packages[command]}`, { cause: error });
      }
      problem = `${String(error)}\n${Buffer.concat(words).toString()}`;
    } finally {
      started.abort();
    }
  }
  await rm(directory, { recursive: true, force: true });
  throw new Error(`${command} did not start: ${String(problem)}`);
}

async function close(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // TERM, not KILL: both have helper processes that only they themselves end.
    child.kill("SIGTERM");
    const inTime = await Promise.race([ended.then(() => true), delay(5_000, false, { ref: false })]);
    if (!inTime) {
      child.kill("SIGKILL");
      await ended;
    }
  }
  await rm(directory, { recursive: true, force: true });
}

/** Rejects when it cannot be started, or ends. */
function failure(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with exit code ${code}`)));
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + waitMs;
  while (performance.now() < end && !signal.aborted) {
    if (await accepts(port)) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port} after ${waitMs / 1000} s`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
