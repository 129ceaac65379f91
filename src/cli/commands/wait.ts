import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { Session } from "../../client/index.ts";
import { InvalidRequestError, RequestError } from "../../errors/index.ts";
import { durationMs, formatDuration, type Duration } from "../../retry/index.ts";
import { redactUrl } from "../../secrets/index.ts";
import { EXIT } from "../exit-codes.ts";
import { filePath, type Io } from "../io.ts";
import { durationArgument, statusArgument } from "../items/number-argument.ts";
import { completeUrl } from "../items/request-url.ts";

interface WaitFlags {
  readonly until?: number;
  readonly timeout: Duration;
  readonly every: Duration;
  readonly ca?: string;
  readonly verify?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** What came of the waiting: the last answer, and whether it was the one waited for. */
interface WaitResult {
  readonly url: string;
  readonly arrived: boolean;
  readonly asked: number;
  readonly elapsedMs: number;
  /** The last status, or the code of the last error. */
  readonly last: number | string;
}

const longestTryMs = 10_000;

/** `errand wait URL`: asks again and again until the service answers. Whatever goes wrong meanwhile is what is waited out. */
export function register(command: Command, io: Io): void {
  command
    .argument("<URL>")
    .option("--until <status>", "the status to wait for (default any 2xx)", statusArgument)
    .option("--timeout <duration>", "how long to wait", durationArgument, "2m")
    .option("--every <duration>", "the pause between two tries", durationArgument, "1s")
    .option("--ca <file>", "also trust these authorities (PEM)")
    .option("--no-verify", "accept any certificate")
    .option("-q, --quiet", "no progress")
    .option("--json", "machine-readable")
    .action(async (typed: string, flags: WaitFlags) => {
      const result = await waitFor(completeUrl(typed), flags, io);
      if (flags.json === true) io.stdout.print(JSON.stringify(result));
      else if (!result.arrived || flags.quiet !== true) io.stderr.print(renderResult(result));
      io.exitCode = result.arrived ? EXIT.ok : EXIT.timeout;
    });
}

async function waitFor(url: string, flags: WaitFlags, io: Io): Promise<WaitResult> {
  const [timeoutMs, everyMs] = [durationMs(flags.timeout, "--timeout"), durationMs(flags.every, "--every")];
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const tls = { ...(flags.ca === undefined ? {} : { ca: filePath(io, flags.ca) }), ...(flags.verify === false ? { verify: false } : {}) };
  // One attempt each: the loop is the retry, and the pause is the user's own. A redirect is an answer when it is waited for.
  const session = new Session({ retry: false, tls, ...(isRedirect(flags.until) ? { redirect: false } : {}) });
  try {
    let last: number | string | undefined;
    for (let asked = 1; ; asked += 1) {
      const windowMs = Math.min(Math.max(1, timeoutMs - elapsedMs()), longestTryMs);
      const seen = await ask(session, url, { timeoutMs: windowMs, signal: io.signal });
      // A try that our own end cut short says nothing about the service.
      if (last === undefined || seen !== "ERR_TIMEOUT" || windowMs === longestTryMs) last = seen;
      const arrived = flags.until === undefined ? typeof last === "number" && last >= 200 && last < 300 : last === flags.until;
      const pauseMs = Math.min(everyMs, timeoutMs - elapsedMs());
      if (!arrived && pauseMs > 0) {
        if (flags.quiet !== true) io.stderr.print(`${formatDuration(elapsedMs())}: ${last}, again in ${formatDuration(pauseMs)}`);
        await sleep(pauseMs, undefined, { signal: io.signal });
      }
      if (arrived || elapsedMs() >= timeoutMs) return { url: redactUrl(url), arrived, asked, elapsedMs: Math.round(elapsedMs()), last };
    }
  } finally {
    await session.close();
  }
}

/** The status, or the code of the error: a service that starts up refuses, resets and times out. */
async function ask(
  session: Session,
  url: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<number | string> {
  try {
    const response = await session.get(url, { stream: true, timeout: `${Math.ceil(timeoutMs)}ms`, signal });
    await response.close();
    return response.status;
  } catch (error) {
    // No waiting mends a wrong URL or an unreadable file.
    if (!(error instanceof RequestError) || error instanceof InvalidRequestError || signal.aborted) throw error;
    return error.code;
  }
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 400;
}

function renderResult({ url, arrived, asked, elapsedMs, last }: WaitResult): string {
  const count = `${asked} ${asked === 1 ? "try" : "tries"}`;
  if (arrived) return `${url} answered ${last} after ${formatDuration(elapsedMs)} (${count})`;
  return `errand: ${url} did not answer as wanted within ${formatDuration(elapsedMs)} (${count}, the last: ${last})`;
}
