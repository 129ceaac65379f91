import type { HeadersInput } from "../../../client/index.ts";
import { CookieJar } from "../../../cookies/index.ts";
import { isCredentialHeader } from "../../../secrets/index.ts";
import type { Io } from "../../io.ts";
import { requestAuth } from "../../items/request-auth.ts";
import type { RequestFlags } from "./flags.ts";
import type { RequestPlan } from "./plan.ts";
import { readSession, sessionPath, writeSession, type SavedOrigin, type SavedSession } from "./session-file.ts";

/** A call within a session: the plan with what was kept, and what to do when the answer is there. */
export interface SessionUse {
  readonly plan: RequestPlan;
  /** Writes down cookies, headers and the reference of `-a`. Does nothing with `--session-read-only`. */
  readonly save: () => Promise<void>;
}

/** Lays a session under a call: what the command line says wins, and is kept. */
export async function useSession(plan: RequestPlan, flags: RequestFlags, io: Io): Promise<SessionUse> {
  const path = sessionPath(flags.session ?? flags.sessionReadOnly ?? "", io);
  const warn = (message: string): void => (flags.quiet < 2 ? io.stderr.print(`warning: ${message}`) : undefined);
  const saved = await readSession(path, warn);
  const jar = CookieJar.restore(saved.cookies, { now: io.now });
  const { origin } = new URL(plan.url);
  const kept = saved.origins[origin] ?? {};
  const typed = plan.typedHeaders;
  const headers = laidOver(kept.headers ?? {}, typed);
  const auth = flags.auth === undefined && kept.auth !== undefined ? requestAuth(kept.auth, warn) : plan.options.auth;
  const used: RequestPlan = {
    ...plan,
    session: { ...plan.session, cookies: jar },
    options: {
      ...plan.options,
      headers: laidOver(kept.headers ?? {}, plan.options.headers ?? {}),
      ...(auth === undefined ? {} : { auth }),
    },
  };
  const save = async (): Promise<void> => {
    if (flags.session === undefined) return;
    const next = originOf({ headers, auth: keptAuth(flags.auth, kept.auth, warn) }, warn);
    await writeSession(path, withOrigin({ ...saved, cookies: jar.serialize() }, origin, next));
  };
  return { plan: used, save };
}

/** Names in any case are one header; `null` removes. */
function laidOver(kept: HeadersInput, typed: HeadersInput): HeadersInput {
  const names = new Set(Object.keys(typed).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(kept).filter(([name]) => !names.has(name.toLowerCase()))), ...typed };
}

/** Of one call, not of a session: what describes its body, its condition, its host; and what no file may hold. */
function originOf(
  { headers, auth }: { readonly headers: HeadersInput; readonly auth: string | undefined },
  warn: (message: string) => void,
): SavedOrigin {
  const lines: [string, string | readonly string[]][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === null || value === undefined || /^(?:content-|if-|host$|range$)/i.test(name)) continue;
    if (isCredentialHeader(name))
      warn(`${name} is not kept in the session: a file is no place for a credential; -a takes a reference, which is kept`);
    else if (typeof value === "string" || Array.isArray(value))
      lines.push([name, Array.isArray(value) && value.length === 1 ? String(value[0]) : value]);
  }
  return { ...(lines.length === 0 ? {} : { headers: Object.fromEntries(lines) }), ...(auth === undefined ? {} : { auth }) };
}

/** Only what names a place is kept: a netrc file, or a reference. */
function keptAuth(typed: string | undefined, before: string | undefined, warn: (message: string) => void): string | undefined {
  if (typed === undefined) return before;
  if (typed === "netrc" || typed.startsWith("netrc=")) return undefined;
  if (/^(?:bearer=|(?:basic|digest)=[^:]+:)[a-z]+:/s.test(typed)) return typed;
  warn("the password of -a is not kept in the session; a reference is: -a basic=USER:env:NAME");
  return before;
}

function withOrigin(saved: SavedSession, origin: string, next: SavedOrigin): SavedSession {
  const { [origin]: _before, ...others } = saved.origins;
  return { ...saved, origins: Object.keys(next).length === 0 ? others : { ...others, [origin]: next } };
}
