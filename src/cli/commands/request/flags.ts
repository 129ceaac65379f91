import type { Command } from "commander";
import type { Duration } from "../../../retry/index.ts";
import { countArgument, durationArgument } from "../../items/number-argument.ts";

/** The options of a request, as commander gives them. */
export interface RequestFlags {
  readonly json?: boolean;
  readonly form?: boolean;
  readonly raw?: string;
  readonly auth?: string;
  readonly timeout?: Duration;
  readonly deadline?: Duration;
  readonly attempts?: number;
  readonly retryPost?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly proxy?: string;
  readonly unixSocket?: string;
  readonly "http1.1"?: boolean;
  readonly curl?: boolean;
  /** False after `--no-verify`. */
  readonly verify: boolean;
  /** True after `--follow`, false after `--no-follow`, whichever came last. */
  readonly follow?: boolean;
  readonly output?: string;
  readonly headers?: boolean;
  readonly body?: boolean;
  /** How often `-q` and `-v` were given. */
  readonly quiet: number;
  readonly verbose: number;
}

const count = (_value: string, before: number): number => before + 1;

/** Declares {@link RequestFlags}, in the order of the help. */
export function addRequestFlags(command: Command): Command {
  return command
    .optionsGroup("Body:")
    .option("-j, --json", "send fields as JSON (the default)")
    .option("-f, --form", "send fields as a form")
    .option("--raw <text>", "send this text as the body")
    .optionsGroup("Credentials and trust:")
    .option("-a, --auth <credential>", "bearer=env:NAME, basic=USER:file:PATH, digest=USER:env:NAME, or user:password")
    .option("--ca <file>", "also trust these authorities (PEM)")
    .option("--cert <file>", "client certificate (PEM)")
    .option("--key <file>", "its private key (PEM)")
    .option("--no-verify", "accept any certificate")
    .option("--unix-socket <path>", "connect to this socket, whatever the URL's host")
    .option("--http1.1", "do not offer HTTP/2 to https servers")
    .option("--proxy <url>", "http, https or socks5 (default: HTTPS_PROXY and its like)")
    .optionsGroup("Time, retries, redirects (durations: seconds, or 250ms, 10s, 2m):")
    .option("--timeout <duration>", "for each attempt (default 30s)", durationArgument)
    .option("--deadline <duration>", "for everything together (default none)", durationArgument)
    .option("--attempts <n>", "tries in all, the first included (default 3)", countArgument)
    .option("--retry-post", "repeat POST and PATCH as well: only where doing it twice is harmless")
    .option("--follow", "follow redirects (the default)")
    .option("--no-follow", "show the redirect itself")
    .optionsGroup("Output:")
    .option("-o, --output <file>", "write the body to a file")
    .option("-h, --headers", "only status line and headers")
    .option("-b, --body", "only the body")
    .option("--curl", "send nothing: show the same call as a line for curl")
    .option("-v, --verbose", "also request, attempts and waits, redacted; -vv: where the time went", count, 0)
    .option("-q, --quiet", "no result, only errors and warnings; -qq: only errors", count, 0);
}
