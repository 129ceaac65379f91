import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** The TCP connections of one server: how many came, and how to reset the one below a request. */
export interface Connections {
  /** Accepted since the start, closed ones included. */
  readonly accepted: number;
  /** Sends a TCP RST, so the client sees ECONNRESET instead of an orderly end. */
  reset(request: IncomingMessage): void;
}

/**
 * Watches a server's connections from now on.
 * A TLSSocket cannot send a RST (Node: ERR_INVALID_HANDLE_TYPE), so the TCP sockets below are remembered by the client's port.
 */
export function watchConnections(server: Server): Connections {
  const sockets = new Map<number, Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    const clientPort = socket.remotePort;
    if (clientPort === undefined) return;
    sockets.set(clientPort, socket);
    socket.once("close", () => {
      if (sockets.get(clientPort) === socket) sockets.delete(clientPort);
    });
  });
  return {
    get accepted() {
      return accepted;
    },
    reset(request) {
      (sockets.get(request.socket.remotePort ?? -1) ?? request.socket).resetAndDestroy();
    },
  };
}
