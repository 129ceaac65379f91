import { catalog, type ErrorCode } from "../errors/index.ts";

/** Exit codes of the request command. Deploy adds its own (10-14), which stand in its room. */
export const EXIT = {
  ok: 0,
  error: 1,
  timeout: 2,
  redirect: 3,
  clientError: 4,
  serverError: 5,
  tooManyRedirects: 6,
  tls: 7,
  connection: 8,
  /** EX_USAGE of sysexits.h: the command line is at fault, nothing was sent. */
  usage: 64,
  /** 128 + SIGINT. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const;

/** The class of a final status as HTTPie's users know it: 3, 4 or 5, and 0 for the rest. */
export function exitCodeOfStatus(status: number): number {
  if (status >= 500) return EXIT.serverError;
  if (status >= 400) return EXIT.clientError;
  return status >= 300 ? EXIT.redirect : EXIT.ok;
}

/** What the catalog says for an error code. */
export function exitCodeOfError(code: ErrorCode): number {
  return catalog[code].exitCode;
}
