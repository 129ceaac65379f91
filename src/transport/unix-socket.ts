import { connect, type IpcSocketConnectOpts } from "node:net";
import type { Dialing, DialOptions } from "./dial.ts";
import { ExplainedFailure } from "./explained-failure.ts";

/** Connects to a Unix domain socket: there is one way only, so nothing to look up and nothing to race. */
export function dialUnixSocket(path: string, { onStage }: Pick<DialOptions, "onStage">): Dialing {
  onStage("connect");
  // Without a prototype: Node reads further options, and must not find them on a polluted Object.prototype.
  const options: IpcSocketConnectOpts = Object.assign(Object.create(null), { path });
  const socket = connect(options);
  const done = new Promise<typeof socket>((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    // It stays: an error before the next owner listens must not end the process.
    socket.on("error", (error) => reject(new UnixSocketFailure(path, error)));
  });
  return { done, cancel: (reason) => socket.destroy(reason) };
}

/** No connection to a Unix socket. */
export class UnixSocketFailure extends ExplainedFailure {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    const [problem, remedy] = explain(cause.code);
    super(
      {
        // Nobody there now is what a restart looks like.
        code: cause.code === "EACCES" || cause.code === "EPERM" ? "ERR_CONNECTION" : "ERR_CONNECTION_REFUSED",
        problem: `${problem} ${path}${cause.code === undefined ? "" : ` (${cause.code})`}`,
        remedy,
      },
      cause,
    );
  }
}

function explain(code: string | undefined): readonly [problem: string, remedy: string] {
  switch (code) {
    case "ENOENT":
      return ["there is no socket", "Check socketPath (--unix-socket), and that the service runs."];
    case "ECONNREFUSED":
      return ["nothing listens at the socket", "Start the service; a socket file outlives the one that made it."];
    case "EACCES":
    case "EPERM":
      return ["no permission to use the socket", "Run as a member of the group that owns it."];
    case "ENOTSOCK":
    case "ENOTDIR":
      return ["there is no socket, but something else, at", "Check socketPath (--unix-socket)."];
    default:
      return ["no connection to the socket", "Check socketPath (--unix-socket), and that the service runs."];
  }
}
