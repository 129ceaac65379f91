import { readFileSync } from "node:fs";
import type { ProxyChoice } from "../proxy/index.ts";
import type { TLSOptions } from "../transport/index.ts";
import type { Way } from "../transport/trial/index.ts";
import type { DiagnoseOptions, DoctorSeams } from "./options.ts";

const defaultTimeoutMs = 15_000;
/** Connecting and shaking hands take seconds at worst; a step that takes longer is told as the one that hangs. */
const defaultStepMs = 5000;

/** A server that is looked at, and the time there is for it. */
export class Patient {
  /** The origin alone: of the URL nothing else is used. */
  readonly url: URL;
  /** Where connections go. */
  readonly host: string;
  readonly port: number;
  readonly options: DiagnoseOptions;
  readonly seams: DoctorSeams;
  readonly stepMs: number;
  readonly #endsAt: number;

  constructor(url: URL, options: DiagnoseOptions, seams: DoctorSeams) {
    this.url = new URL("/", url.origin);
    this.options = options;
    this.seams = seams;
    this.stepMs = seams.stepMs ?? defaultStepMs;
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    this.host = options.connectTo?.host ?? withoutBrackets(url.hostname);
    this.port = options.connectTo?.port ?? port;
    this.#endsAt = performance.now() + (options.timeoutMs ?? defaultTimeoutMs);
  }

  get isSecure(): boolean {
    return this.url.protocol === "https:";
  }

  /** `api.example.com:443`, as in `[::1]:443`. */
  get place(): string {
    return placeOf(this.host, this.port);
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  now(): number {
    return (this.options.now ?? Date.now)();
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.options.env ?? process.env;
  }

  /** For one step: its own time, what is left of all, and the caller's word. */
  step(mostMs = this.stepMs): AbortSignal {
    return this.#within(Math.min(mostMs, this.stepMs, this.leftMs));
  }

  /** For several steps: all the time that is left. */
  rest(): AbortSignal {
    return this.#within(this.leftMs);
  }

  #within(ms: number): AbortSignal {
    const timeout = AbortSignal.timeout(Math.ceil(ms));
    return this.options.signal === undefined ? timeout : AbortSignal.any([this.options.signal, timeout]);
  }

  /** True for what {@link step} ended because of the time; the caller's own end is thrown on. */
  isTimeout(error: unknown): boolean {
    this.options.signal?.throwIfAborted();
    return error instanceof Error && error.name === "TimeoutError";
  }

  way(proxy: ProxyChoice | undefined): Way {
    const { ca, roots, cert, key, passphrase, servername } = this.options;
    const tls: TLSOptions = {
      ...(ca === undefined ? {} : { ca }),
      ...(roots === undefined ? {} : { roots }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(servername === undefined ? {} : { servername }),
    };
    return { host: this.host, port: this.port, url: this.url, proxy, tls, lookup: this.seams.lookup };
  }

  readFile(path: string): string | undefined {
    return (this.seams.readFile ?? readText)(path);
  }
}

export function placeOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Another system keeps it elsewhere, and the hint it would give is a hint only.
    return undefined;
  }
}
