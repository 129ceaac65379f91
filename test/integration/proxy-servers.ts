import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDebianServer, type DebianServer } from "./debian-server.ts";

export interface SquidOptions {
  /** Whom it lets in. @default everybody */
  readonly user?: { readonly name: string; readonly password: string };
  /** PEM, for an https proxy. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Names that it resolves by itself: `{ "h.example": "127.0.0.1" }`. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Of one that has ended and is to come back. @default a free one */
  readonly port?: number;
  /** Ports that it does not connect to. @default none */
  readonly blockedPorts?: readonly number[];
}

/** Squid, which lets CONNECT to every port. Rejects when it is not installed, with what to install. */
export function startSquid({ user, tls, hosts = {}, port: wanted, blockedPorts = [] }: SquidOptions = {}): Promise<DebianServer> {
  const configure = async (directory: string, port: number): Promise<string[]> => {
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
      ...(blockedPorts.length === 0 ? [] : [`acl blocked port ${blockedPorts.join(" ")}`, "http_access deny blocked"]),
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
  };
  return startDebianServer({ command: "squid", package: "squid", port: wanted, configure });
}

export interface DanteOptions {
  /** True: wants user and password, of this machine's accounts. @default false */
  readonly wantsUser?: boolean;
  /** Ports of loopback that it does not connect to. @default none */
  readonly blockedPorts?: readonly number[];
}

/** Dante, a SOCKS5 proxy that connects to loopback only. Rejects when it is not installed, with what to install. */
export function startDante({ wantsUser = false, blockedPorts = [] }: DanteOptions = {}): Promise<DebianServer> {
  const configure = async (directory: string, port: number): Promise<string[]> => {
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
  };
  return startDebianServer({ command: "danted", package: "dante-server", configure });
}
