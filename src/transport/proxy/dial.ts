import type { Socket } from "node:net";
import { ConfigError, InvalidRequestError } from "../../errors/index.ts";
import type { ProxyChoice } from "../../proxy/index.ts";
import { openSecret } from "../../secrets/index.ts";
import { dial, type Dialing, type DialOptions } from "../dial.ts";
import { ProxyFailure } from "./failure.ts";
import { openProxyHeaders } from "./headers.ts";
import { secureProxy } from "./tls.ts";
import type { ProxyRoute } from "./route.ts";
import { openTunnel, type TunnelTarget } from "./tunnel.ts";
import { publicAddresses } from "../public-address.ts";
import { openSocks5 } from "./socks5.ts";

/** As for `dial`; of its addresses `isPublicOnly` judges the target's alone: the proxy's own may be private, the user chose it. */
export interface ProxyDialOptions extends DialOptions {
  readonly route: ProxyRoute;
}

/**
 * Like `dial`, through a proxy: the socket speaks with the target, or with the proxy where it forwards requests.
 *
 * @throws ProxyFailure, AddressRefused, or what a secret store says, through `done`
 */
export function dialThroughProxy(options: ProxyDialOptions): Dialing {
  const dialing = new ProxyDialing(options);
  return { done: dialing.done, cancel: (reason) => dialing.cancel(reason) };
}

class ProxyDialing {
  readonly done: Promise<Socket>;
  readonly #options: ProxyDialOptions;
  #step: Dialing | undefined;
  #cancelled: Error | undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor(options: ProxyDialOptions) {
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#connect().then((socket) => {
        // The cancellation came between the last step and here.
        if (this.#cancelled !== undefined) socket.destroy();
        resolve(socket);
      }, reject);
    });
  }

  cancel(reason: Error): void {
    this.#cancelled ??= reason;
    this.#step?.cancel(reason);
    // At once: a resolver or a secret store that is being asked cannot be stopped.
    this.#reject(reason);
  }

  async #connect(): Promise<Socket> {
    const { host, port, route, isPublicOnly, lookup, onStage } = this.#options;
    if (route.isForwarded) return this.#reachProxy();
    if (!isPublicOnly) return this.#tunnelTo({ host, port });
    onStage("dns");
    let failure: unknown;
    // The proxy connects, so there is no racing of addresses: one after the other, while the proxy says it cannot reach them.
    for (const address of await publicAddresses(host, lookup)) {
      try {
        return await this.#tunnelTo({ host: address, port });
      } catch (error) {
        if (!(error instanceof ProxyFailure) || error.kind !== "failed") throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  async #tunnelTo(target: TunnelTarget): Promise<Socket> {
    const introduce = await introduction(this.#options.route.proxy, target);
    return this.#take(introduce(await this.#reachProxy()));
  }

  async #reachProxy(): Promise<Socket> {
    const { proxy, tls } = this.#options.route;
    const socket = await this.#dialProxy(proxy);
    return proxy.scheme === "https" && tls !== undefined ? this.#take(secureProxy(socket, proxy, tls)) : socket;
  }

  async #dialProxy(proxy: ProxyChoice): Promise<Socket> {
    const { host, port } = proxy;
    const { lookup, onStage } = this.#options;
    if (this.#cancelled !== undefined) throw this.#cancelled;
    try {
      return await this.#take(dial({ host, port, isPublicOnly: false, lookup, onStage }));
    } catch (error) {
      throw error === this.#cancelled ? error : unreachable(error, proxy);
    }
  }

  /** One step of the way, the one that a cancellation stops. */
  #take(step: Dialing): Promise<Socket> {
    this.#step = step;
    if (this.#cancelled !== undefined) step.cancel(this.#cancelled);
    return step.done;
  }
}

/** What is to be said to the proxy, its secrets opened: before there is a connection that would wait for them. */
async function introduction(proxy: ProxyChoice, target: TunnelTarget): Promise<(socket: Socket) => Dialing> {
  try {
    if (proxy.scheme === "socks5") {
      const authorization = proxy.authorization === undefined ? undefined : await openSecret(proxy.authorization);
      return (socket) => openSocks5({ socket, proxy, target, authorization });
    }
    const headers = await openProxyHeaders(proxy);
    return (socket) => openTunnel({ socket, proxy, target, headers });
  } catch (cause) {
    // For the caller of a request: a request that cannot be sent.
    if (cause instanceof ConfigError) throw new InvalidRequestError({ code: cause.code, message: cause.message, hint: cause.hint, cause });
    throw cause;
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "has a name that does not resolve"],
  ["EAI_NONAME", "has a name that does not resolve"],
  ["EAI_AGAIN", "has a name for which the resolver did not answer"],
  ["ECONNREFUSED", "is not there: nothing listens"],
]);

function unreachable(cause: unknown, proxy: ProxyChoice): ProxyFailure {
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  const problem = `${reasons.get(code ?? "") ?? "cannot be reached"}${code === undefined ? "" : ` (${code})`}`;
  const place = proxy.source === "proxy" ? "the option proxy" : proxy.source;
  return new ProxyFailure(proxy, {
    kind: "unreachable",
    problem,
    hint: `Check ${place}, and that the proxy runs; proxy: false or NO_PROXY goes without.`,
    cause,
  });
}
