import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { connect, isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { ExplainedFailure } from "./explained-failure.ts";
import { isPublicAddress } from "./addresses.ts";

/** RFC 8305 5: the recommended delay between connection attempts. */
const attemptDelayMs = 250;

/** `dns.lookup` for all addresses of a name. */
export type Lookup = (
  host: string,
  options: { readonly all: true; readonly verbatim: true },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** Refuses addresses that are not globally reachable. */
  readonly isPublicOnly: boolean;
  /** @default `dns.lookup`, which honours /etc/hosts and nsswitch.conf */
  readonly lookup?: Lookup | undefined;
  readonly onStage: (stage: "dns" | "connect") => void;
}

/** Thrown by {@link dial} when every address of the host is refused. */
export class AddressRefused extends ExplainedFailure {
  constructor(problem: string) {
    super({ code: "ERR_ADDRESS_REFUSED", problem, remedy: 'addresses: "public" refuses it.' });
  }
}

export interface Dialing {
  readonly done: Promise<Socket>;
  /** Stops and destroys every half-open socket. */
  cancel(reason: Error): void;
}

/**
 * Connects by happy eyeballs (RFC 8305): attempts start 250 ms apart and run on side by side, the first to connect wins.
 *
 * Node's own autoSelectFamily aborts the earlier attempts (nodejs/node#54359), so that a slow first address never gets its chance.
 */
export function dial(options: DialOptions): Dialing {
  const race = new Race(options);
  race.start();
  return { done: race.done, cancel: (reason) => race.fail(reason) };
}

class Race {
  readonly done: Promise<Socket>;
  readonly #options: DialOptions;
  readonly #pending = new Set<Socket>();
  readonly #errors: Error[] = [];
  #addresses: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isSettled = false;
  #resolve: (socket: Socket) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: DialOptions) {
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(): void {
    const { host, onStage, lookup = systemLookup } = this.#options;
    if (isIP(host) !== 0) {
      this.#race([host]);
      return;
    }
    onStage("dns");
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (this.#isSettled) return;
      if (error !== null) this.fail(error);
      else this.#race(interleave(found));
    });
  }

  fail(error: Error): void {
    if (this.#isSettled) return;
    this.#finish();
    this.#reject(error);
  }

  #race(found: readonly string[]): void {
    this.#addresses = this.#options.isPublicOnly ? found.filter(isPublicAddress) : [...found];
    if (this.#addresses.length === 0) {
      this.fail(new AddressRefused(`${this.#options.host} resolves to ${found.join(", ") || "no address"}, which is not public`));
      return;
    }
    this.#options.onStage("connect");
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const address = this.#addresses.shift();
    if (address === undefined) {
      if (this.#pending.size === 0) this.fail(combined(this.#errors));
      return;
    }
    const socket = connect(socketOptions(address, this.#options.port));
    this.#pending.add(socket);
    socket.once("connect", () => this.#win(socket));
    // It stays on the winner: an error before the next owner listens must not end the process.
    socket.on("error", (error) => {
      if (!this.#pending.delete(socket) || this.#isSettled) return;
      this.#errors.push(error);
      this.#next();
    });
    if (this.#addresses.length > 0) this.#timer = setTimeout(() => this.#next(), attemptDelayMs);
  }

  #win(socket: Socket): void {
    if (this.#isSettled) return;
    this.#pending.delete(socket);
    this.#finish();
    this.#resolve(socket);
  }

  #finish(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    for (const socket of this.#pending) socket.destroy();
  }
}

/** Without a prototype: Node reads further options (`path` among them), and must not find them on a polluted Object.prototype. */
export function socketOptions(host: string, port: number): TcpNetConnectOpts {
  const options = { host, port, autoSelectFamily: false, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  return Object.assign(Object.create(null), options);
}

/** Alternates the families, beginning with the one the resolver prefers (RFC 8305 4). */
export function interleave(found: readonly { address: string; family: number }[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const second = found.filter(({ family }) => family !== found[0]?.family);
  const ordered: string[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i += 1) {
    const [a, b] = [first[i], second[i]];
    if (a !== undefined) ordered.push(a.address);
    if (b !== undefined) ordered.push(b.address);
  }
  return ordered;
}

/** An address this machine has no route to says nothing about the server; another address that answered does. */
const unroutable: ReadonlySet<unknown> = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"]);

function combined(errors: readonly Error[]): Error {
  const [first] = errors;
  if (errors.length === 1 && first !== undefined) return first;
  const codes = errors.map((error) => ("code" in error ? error.code : undefined));
  const code = codes.find((each) => !unroutable.has(each)) ?? codes[0];
  return Object.assign(new AggregateError(errors, errors.map((error) => error.message).join("; ")), { code });
}
