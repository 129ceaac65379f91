import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { diagnose, fetchChain, type DiagnoseOptions, type Diagnosis } from "../../doctor/index.ts";
import { durationMs, type Duration } from "../../retry/index.ts";
import { EXIT } from "../exit-codes.ts";
import { filePath, type Io } from "../io.ts";
import { warnOfExposedPassword } from "../items/exposed-password.ts";
import { countArgument, durationArgument, placeArgument } from "../items/number-argument.ts";
import { completeUrl } from "../items/request-url.ts";
import { painter } from "../output/color.ts";
import { renderDiagnosis } from "../output/diagnosis.ts";
import { UsageError } from "../usage-error.ts";

interface DoctorFlags {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
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

/** As `kubectl diff` has it: nothing, something, or it could not be looked at. */
const exit = { healthy: EXIT.ok, problem: EXIT.error, couldNotLook: EXIT.timeout } as const;

/** `errand doctor URL`: DNS, TCP, proxy, TLS and HTTP in turn; the first line is the answer. */
export function register(command: Command, io: Io): void {
  command
    .argument("<URL>", "of which the origin is looked at; or a PEM file")
    .option("--ca <file>", "also trust these authorities (PEM)")
    .option("--cert <file>", "client certificate (PEM)")
    .option("--key <file>", "its private key (PEM)")
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
      const [url, options] = [completeUrl(typed), optionsOf(flags, io)];
      const diagnosis = await diagnose(url, options);
      io.stdout.print(
        flags.json === true
          ? JSON.stringify(diagnosis, undefined, 2)
          : renderDiagnosis(diagnosis, { paint: painter(io.stdout.hasColor), columns: io.stdout.columns }),
      );
      io.exitCode = exitCodeOf(diagnosis);
      if (flags.saveChain === undefined) return;
      if (diagnosis.tls === undefined || diagnosis.tls.sent.length === 0)
        io.stderr.print("nothing to save: the server sent no certificate");
      else await saveChain(filePath(io, flags.saveChain), await fetchChain(url, options), io);
    });
}

async function saveChain(path: string, chain: readonly string[], io: Io): Promise<void> {
  await writeFile(path, chain.join(""));
  io.stderr.print(`${chain.length} ${chain.length === 1 ? "certificate" : "certificates"} written to ${path}: as sent, not verified`);
}

function exitCodeOf({ isHealthy, answer }: Diagnosis): number {
  if (isHealthy) return exit.healthy;
  return answer === undefined ? exit.couldNotLook : exit.problem;
}

function optionsOf(flags: DoctorFlags, io: Io): DiagnoseOptions {
  const { ca, cert, key, servername, connect, warnDays, fetch, proxy, timeout } = flags;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError(`--${cert === undefined ? "key" : "cert"} needs --${cert === undefined ? "cert" : "key"}`);
  if (typeof proxy === "string") warnOfExposedPassword(proxy, (message) => io.stderr.print(`warning: ${message}`));
  return {
    ca: ca === undefined ? undefined : filePath(io, ca),
    cert: cert === undefined ? undefined : filePath(io, cert),
    key: key === undefined ? undefined : filePath(io, key),
    servername,
    connectTo: connect,
    warnDays,
    mayFetch: fetch,
    proxy,
    env: io.env,
    signal: io.signal,
    now: io.now,
    timeoutMs: timeout === undefined ? undefined : durationMs(timeout, "--timeout"),
  };
}
