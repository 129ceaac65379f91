import { startDebianServer, type DebianServer } from "./debian-server.ts";

/** Debian's httpbin under gunicorn, a worker with threads: one process that answers side by side. */
export function startHttpbin(): Promise<DebianServer> {
  return startDebianServer({
    command: "gunicorn",
    package: "gunicorn python3-httpbin",
    configure: async (directory, port) => [
      `--bind=127.0.0.1:${port}`,
      "--worker-class=gthread",
      "--threads=8",
      "--keep-alive=5",
      `--worker-tmp-dir=${directory}`,
      "--graceful-timeout=1",
      "--access-logfile=log",
      "httpbin:app",
    ],
    // It listens before its worker has read httpbin.
    ready: async (port) => {
      const { status } = await fetch(`http://127.0.0.1:${port}/status/204`);
      if (status !== 204) throw new Error(`httpbin answered ${status}`);
    },
  });
}
