import { mediaType } from "../../../body/index.ts";
import { Session, type StreamResponse } from "../../../client/index.ts";
import type { Attempt } from "../../../errors/index.ts";
import { exitCodeOfStatus } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { apiErrorLine } from "../../output/api-error.ts";
import { renderAttempts, renderRetry } from "../../output/attempt.ts";
import { painter } from "../../output/color.ts";
import { statusWords } from "../../output/head.ts";
import { isJsonType } from "../../output/terminal-body.ts";
import { renderWaterfall } from "../../output/waterfall.ts";
import type { RequestFlags } from "./flags.ts";
import type { RequestPlan } from "./plan.ts";
import { printedParts } from "./printed-parts.ts";
import { ExchangeWriter, type ShownCall } from "./show-exchange.ts";

/** Sends what is planned, shows what the options ask for, and gives the exit code. */
export async function sendRequest(planned: RequestPlan, flags: RequestFlags, io: Io): Promise<number> {
  const call = await prepare(planned, flags, io);
  const session = new Session(call.plan.session);
  try {
    if (flags.curl === true) {
      io.stdout.print(`${session.curl(call.plan.method, call.plan.url, call.plan.options)}\n`);
      return 0;
    }
    if (call.log !== undefined) session.use(call.log.middleware(call.plan, { now: io.now, isOffline: flags.offline === true }));
    if (flags.verbose > 0) session.use((await import("./narrate.ts")).narrate(call.plan, io));
    return await transmit(session, call, io);
  } finally {
    await session.close();
  }
}

interface PreparedCall extends ShownCall {
  readonly plan: RequestPlan;
  /** Writes the session down. */
  readonly save: (() => Promise<void>) | undefined;
}

/** What only some options need is loaded here, and only for them. */
async function prepare(planned: RequestPlan, flags: RequestFlags, io: Io): Promise<PreparedCall> {
  const isKept = flags.session !== undefined || flags.sessionReadOnly !== undefined;
  const use = isKept ? await (await import("./use-session.ts")).useSession(planned, flags, io) : undefined;
  const plan = use?.plan ?? planned;
  const parts = printedParts(flags, io);
  const isLogged = parts.has("H") || parts.has("B") || flags.all === true || flags.offline === true || flags.har !== undefined;
  const log = isLogged ? new (await import("./exchange-log.ts")).ExchangeLog() : undefined;
  const isMade = parts.has("B") || flags.compress === true;
  const made = isMade ? await (await import("./materialize.ts")).materialize(plan, flags.compress === true) : undefined;
  return { parts, flags, log, made, plan: made?.plan ?? plan, save: use?.save };
}

async function transmit(session: Session, call: PreparedCall, io: Io): Promise<number> {
  const { plan, flags, log } = call;
  const writer = new ExchangeWriter(call, io);
  const onAttempt = (attempt: Attempt): void => {
    if (attempt.waitMs !== undefined && flags.quiet === 0) io.stderr.print(renderRetry(attempt, flags.attempts ?? 3));
  };
  let hasAnswer = false;
  try {
    const response = await session.request(plan.method, plan.url, { ...plan.options, stream: true, signal: io.signal, onAttempt });
    hasAnswer = true;
    await call.save?.();
    const beginning = listen(response, flags, io);
    await writer.response(response, beginning.chunks);
    showAftermath(response, { ...call, detail: beginning.detail() }, io);
    return flags.check === false ? 0 : exitCodeOfStatus(response.status);
  } catch (error) {
    if (!hasAnswer && flags.quiet === 0) await writer.requests();
    if (log !== undefined && error instanceof (await import("./exchange-log.ts")).NotSent) return 0;
    throw error;
  } finally {
    if (flags.har !== undefined && log !== undefined) await (await import("./write-har.ts")).writeHar(flags.har, log.exchanges, io);
  }
}

/** Enough of an answer for the sentence that says what went wrong. */
const detailBytes = 64 * 1024;

interface Beginning {
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
  /** What the API says went wrong, as far as its body was read. */
  readonly detail: () => string | undefined;
}

/** Reads along where the body of a failure goes past the user: into a file or a pipe. */
function listen(response: StreamResponse, { quiet, headers, meta }: RequestFlags, io: Io): Beginning {
  const type = mediaType(response.header("content-type"))?.type;
  const isWanted = response.status >= 400 && isJsonType(type) && quiet < 2 && !(io.stdout.isTTY && quiet === 0);
  if (!isWanted || headers === true || meta === true) return { chunks: undefined, detail: () => undefined };
  const read: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    chunks: (async function* () {
      for await (const chunk of response.body) {
        if (sizeBytes < detailBytes) read.push(chunk);
        sizeBytes += chunk.byteLength;
        yield chunk;
      }
    })(),
    detail: () => (sizeBytes > detailBytes ? undefined : apiErrorLine(Buffer.concat(read).toString("utf8"))),
  };
}

/** What stdout does not say: a status that went wrong, the attempts, where the time went. */
function showAftermath(
  response: StreamResponse,
  { plan, flags, parts, detail }: PreparedCall & { readonly detail: string | undefined },
  io: Io,
): void {
  const paint = painter(io.stderr.hasColor);
  const { method, url } = response.request;
  const warn = (message: string): void => io.stderr.print(`${paint("yellow", "warning:")} ${message}`);
  const isSeen = io.stdout.isTTY && flags.quiet === 0 && (parts.has("h") || flags.verbose > 0);
  if (exitCodeOfStatus(response.status) !== 0 && !isSeen && flags.quiet < 2) {
    const story = response.attempts.length > 1 ? ` (${response.explain()})` : "";
    warn(`${method} ${url} answered ${statusWords(response)}${detail === undefined ? "" : `: ${detail}`}${story}`);
  }
  if (method !== plan.method && flags.quiet < 2 && plan.method !== "HEAD")
    warn(`the redirect (${response.history.at(-1)?.status ?? 0}) turned ${plan.method} into ${method}, without the body`);
  if (flags.verbose > 0) io.stderr.print(renderAttempts(response.attempts, paint));
  if (flags.verbose > 1) io.stderr.print(renderWaterfall(response.timings, paint));
}
