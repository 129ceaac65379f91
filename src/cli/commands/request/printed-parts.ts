import type { Io } from "../../io.ts";
import { UsageError } from "../../usage-error.ts";
import type { RequestFlags } from "./flags.ts";

/** What of an exchange goes to stdout: H request head, B request body, h response head, b response body, m times. */
export type Part = "H" | "B" | "h" | "b" | "m";

export type PrintFlags = Pick<RequestFlags, "print" | "headers" | "body" | "meta" | "offline" | "verbose">;

/** By the options, else head and body for a terminal and the body for everything else. @throws UsageError for two that exclude each other */
export function printedParts(flags: PrintFlags, io: Pick<Io, "stdout">): ReadonlySet<Part> {
  const { print, headers, body, meta } = flags;
  const given = [
    ...(print === undefined ? [] : ["--print"]),
    ...(headers === true ? ["--headers"] : []),
    ...(body === true ? ["--body"] : []),
    ...(meta === true ? ["--meta"] : []),
  ];
  if (given.length > 1)
    throw new UsageError(`${given.slice(0, -1).join(", ")} and ${given.at(-1)} exclude each other`, {
      hint: "-p takes any of them together: -p hbm.",
    });
  return new Set(lettersOf(flags, io).filter(isPart));
}

function lettersOf({ print, headers, body, meta, offline, verbose }: PrintFlags, io: Pick<Io, "stdout">): readonly string[] {
  if (print !== undefined) return print.split("");
  if (headers === true) return ["h"];
  if (body === true) return ["b"];
  if (meta === true) return ["m"];
  if (offline === true) return ["H", "B"];
  // With -v the heads stand on stderr.
  return io.stdout.isTTY && verbose === 0 ? ["h", "b"] : ["b"];
}

function isPart(letter: string): letter is Part {
  return "HBhbm".includes(letter);
}
