import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDebianServer, type DebianServer } from "./debian-server.ts";

export interface NginxOptions {
  /** Lines of the http block, `server` blocks included; PORT stands for the port and DIR for the directory. */
  readonly http: string;
  /** Files below DIR by name, e.g. `{ "www/a.txt": "a" }`. @default none */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Of one that has ended and is to come back. @default a free one */
  readonly port?: number;
}

export interface NginxServer extends DebianServer {
  /** New workers take over; the old ones end when their connections do. */
  reload(): Promise<void>;
  /** The requests in the access log, in order of their end: `POST /a HTTP/1.1 200`. */
  requests(): Promise<readonly string[]>;
}

/** Debian's nginx in the foreground with one worker. */
export async function startNginx({ http, files = {}, port: wanted }: NginxOptions): Promise<NginxServer> {
  const server = await startDebianServer({
    command: "nginx",
    package: "nginx",
    port: wanted,
    stopSignal: "SIGTERM",
    async configure(directory, port) {
      await write(directory, { "www/.keep": "", ...files });
      const text = configuration(http).replaceAll("DIR", directory).replaceAll("PORT", String(port));
      await writeFile(join(directory, "nginx.conf"), text);
      return ["-p", directory, "-c", join(directory, "nginx.conf"), "-e", join(directory, "error.log")];
    },
  });
  return {
    ...server,
    async reload() {
      process.kill(Number(await readFile(join(server.directory, "nginx.pid"), "utf8")), "SIGHUP");
    },
    requests: async () => (await server.log()).split("\n").slice(0, -1),
  };
}

function configuration(http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path DIR/${name};`);
  return [
    // A worker of root's would be another account that cannot read what root has written here.
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    "daemon off;\nworker_processes 1;\npid DIR/nginx.pid;\nevents { worker_connections 512; }\nhttp {",
    ...temporary,
    "  log_format line '$request $status';\n  access_log DIR/log line;\n  types { text/plain txt; }",
    http,
    "}\n",
  ].join("\n");
}

async function write(directory: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(join(directory, "www"), { recursive: true });
  await chmod(join(directory, "www"), 0o755);
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}
