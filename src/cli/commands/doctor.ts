import type { Command } from "commander";
import type { Duration } from "../../retry/index.ts";
import type { Io } from "../io.ts";
import { countArgument, durationArgument, placeArgument } from "../items/number-argument.ts";
import { UsageError } from "../usage-error.ts";
import { examineFile, isFileName } from "./doctor/examine-file.ts";
import { examineServer } from "./doctor/examine-server.ts";

/** The options of `errand doctor`, as commander gives them. */
export interface DoctorFlags {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly connect?: { readonly host: string; readonly port: number };
  readonly warnDays?: number;
  readonly json?: boolean;
  readonly saveChain?: string;
  readonly fetch?: boolean;
  /** False after `--no-proxy`. */
  readonly proxy?: string | false;
  readonly timeout?: Duration;
}

/** `errand doctor URL`: DNS, TCP, proxy, TLS and HTTP in turn; the first line is the answer. */
export function register(command: Command, io: Io): void {
  command
    .argument("<URL>", "of which the origin is looked at; or a PEM file of certificates")
    .option("--ca <file>", "also trust these authorities (PEM)")
    .option("--cert <file>", "client certificate (PEM)")
    .option("--key <file>", "its private key, or the one of a PEM file")
    .option("--passphrase <reference>", "what opens the key: env:NAME, file:PATH")
    .option("--servername <name>", "the name to ask for and to check, instead of the URL's host")
    .option("--connect <host:port>", "connect here instead", placeArgument)
    .option("--warn-days <n>", "warn of certificates that expire within so many days (default 14)", countArgument)
    .option("--fetch", "fetch what certificates point to: missing issuers, revocation lists, OCSP answers")
    .option("--save-chain <file>", "write the certificates the server sent (PEM)")
    .option("--proxy <url>", "http, https or socks5 (default: HTTPS_PROXY and its like)")
    .option("--no-proxy", "look at the direct way")
    .option("--timeout <duration>", "for everything together (default 15s)", durationArgument)
    .option("--json", "machine-readable")
    .action(async (typed: string, flags: DoctorFlags) => {
      if (await isFileName(typed, io)) return examineFile(typed, flags, io);
      if ((flags.cert === undefined) !== (flags.key === undefined))
        throw new UsageError(`--${flags.cert === undefined ? "key" : "cert"} needs --${flags.cert === undefined ? "cert" : "key"}`);
      return examineServer(typed, flags, io);
    });
}
