import { Option, type Command } from "commander";
import type { Duration } from "../../../retry/index.ts";
import { countArgument, durationArgument } from "../../items/number-argument.ts";
import { charsetArgument, mediaTypeArgument, printArgument } from "../../items/output-argument.ts";

/** The options of a request, as commander gives them. */
export interface RequestFlags {
  readonly json?: boolean;
  readonly form?: boolean;
  readonly multipart?: boolean;
  readonly raw?: string;
  readonly compress?: boolean;
  readonly auth?: string;
  readonly timeout?: Duration;
  readonly deadline?: Duration;
  readonly attempts?: number;
  readonly retryPost?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly proxy?: string;
  readonly unixSocket?: string;
  readonly "http1.1"?: boolean;
  readonly curl?: boolean;
  readonly offline?: boolean;
  readonly har?: string;
  /** False after `--no-verify`. */
  readonly verify?: boolean;
  /** True after `--follow`, false after `--no-follow`, whichever came last. */
  readonly follow?: boolean;
  readonly maxRedirects?: number;
  /** False after `--no-check`. */
  readonly check?: boolean;
  readonly paginate?: boolean;
  readonly maxItems?: number;
  readonly ndjson?: boolean;
  readonly session?: string;
  readonly sessionReadOnly?: string;
  readonly output?: string;
  readonly headers?: boolean;
  readonly body?: boolean;
  readonly meta?: boolean;
  readonly print?: string;
  readonly all?: boolean;
  readonly pretty?: Pretty;
  readonly responseCharset?: string;
  readonly responseMime?: string;
  /** How often `-q` and `-v` were given. */
  readonly quiet: number;
  readonly verbose: number;
}

/** How bodies are shown; left out it is `all` on a terminal and `none` elsewhere. */
export type Pretty = (typeof prettyChoices)[number];

const prettyChoices = ["all", "colors", "format", "none"] as const;

const count = (_value: string, before: number): number => before + 1;

/** Declares {@link RequestFlags}, in the order of the help. */
export function addRequestFlags(command: Command): Command {
  addBodyFlags(command);
  addConnectionFlags(command);
  addTimeFlags(command);
  command
    .option("--follow", "follow redirects (the default)")
    .option("--no-follow", "show the redirect itself")
    .option("--max-redirects <n>", "redirects to follow at most (default 20)", countArgument)
    .option("--check", "exit with 3, 4 or 5 for a 3xx, 4xx or 5xx (the default)")
    .option("--no-check", "exit with 0 whatever the status");
  addSessionFlags(command)
    .option("--paginate", "GET every page of a list (Link header), as one JSON array")
    .option("--ndjson", "with --paginate: one item a line")
    .option("--max-items <n>", "with --paginate: items at most", countArgument);
  return addOutputFlags(command);
}

function addBodyFlags(command: Command): Command {
  return command
    .optionsGroup("Body:")
    .option("-j, --json", "send fields as JSON (the default)")
    .option("-f, --form", "send fields as a form")
    .option("--multipart", "send fields as multipart/form-data, also without a file")
    .option("--raw <text>", "send this text as the body")
    .option("-x, --compress", "gzip the body where that makes it smaller");
}

/** Credentials, trust and the way to the server: those of `errand download` as well. */
export function addConnectionFlags(command: Command): Command {
  return command
    .optionsGroup("Credentials and trust:")
    .option("-a, --auth <credential>", "bearer=env:NAME, basic=USER:file:PATH, digest=USER:env:NAME, netrc, or user:password")
    .option("--ca <file>", "also trust these authorities (PEM)")
    .option("--cert <file>", "client certificate (PEM)")
    .option("--key <file>", "its private key (PEM)")
    .option("--passphrase <reference>", "opens the key: env:NAME or file:PATH")
    .option("--no-verify", "accept any certificate")
    .option("--unix-socket <path>", "connect to this socket, whatever the URL's host")
    .option("--http1.1", "do not offer HTTP/2 to https servers")
    .option("--proxy <url>", "http, https or socks5 (default: HTTPS_PROXY and its like)");
}

/** Limits and retries: those of `errand download` as well. */
export function addTimeFlags(command: Command): Command {
  return command
    .optionsGroup("Time, retries, redirects (durations: seconds, or 250ms, 10s, 2m):")
    .option("--timeout <duration>", "for each attempt (default 30s)", durationArgument)
    .option("--deadline <duration>", "for everything together (default none)", durationArgument)
    .option("--attempts <n>", "tries in all, the first included (default 3)", countArgument)
    .option("--retry-post", "repeat POST and PATCH as well: only where doing it twice is harmless");
}

/** What is kept between calls: also for `errand download`. */
export function addSessionFlags(command: Command): Command {
  return command
    .optionsGroup("Sessions and lists:")
    .option("--session <name>", "keep cookies, headers and -a references under this name, or in this file (with a /)")
    .option("--session-read-only <name>", "use a session without changing it");
}

function addOutputFlags(command: Command): Command {
  return command
    .optionsGroup("Output:")
    .option("-o, --output <file>", "write the body to a file")
    .option("-p, --print <what>", "of H request head, B request body, h response head, b response body, m times", printArgument)
    .option("-h, --headers", "only status line and headers (-p h)")
    .option("-b, --body", "only the body (-p b)")
    .option("-m, --meta", "only times and attempts (-p m)")
    .option("--all", "also the redirects on the way")
    .addOption(
      new Option("--pretty <how>", "all, colors, format or none (default: all on a terminal, none elsewhere)").choices(prettyChoices),
    )
    .option("--response-charset <name>", "read the body with this charset", charsetArgument)
    .option("--response-mime <type>", "show the body as this type, such as application/json", mediaTypeArgument)
    .option("--offline", "send nothing: show the request as it would be sent")
    .option("--curl", "send nothing: show the same call as a line for curl")
    .option("--har <file>", "write the exchanges to a HAR 1.2 file, credentials and bodies left out")
    .option("-v, --verbose", "also request, attempts and waits, redacted; -vv: where the time went", count, 0)
    .option("-q, --quiet", "no result, only errors and warnings; -qq: only errors", count, 0);
}
