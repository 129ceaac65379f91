import type { Command } from "commander";
import { Session, type StreamResponse } from "../../client/index.ts";
import type { Attempt } from "../../errors/index.ts";
import type { CommandModule } from "../command-table.ts";
import { exitCodeOfStatus } from "../exit-codes.ts";
import { filePath, type Io } from "../io.ts";
import { renderAttempts, renderRetry } from "../output/attempt.ts";
import { painter } from "../output/color.ts";
import { renderHead, statusWords } from "../output/head.ts";
import { terminalBody } from "../output/terminal-body.ts";
import { renderWaterfall } from "../output/waterfall.ts";
import { addRequestFlags, type RequestFlags } from "./request/flags.ts";
import { narrate } from "./request/narrate.ts";
import { planRequest, type RequestPlan } from "./request/plan.ts";
import { saveBody } from "./request/save-body.ts";

/** `errand [METHOD] URL [ITEM...]`, and `errand get` and its like with the method fixed. */
export function requestCommand(method: string | undefined, commands: Iterable<string>): CommandModule {
  return {
    register(command: Command, io: Io): void {
      addRequestFlags(command)
        .usage(`[options] ${method === undefined ? "[METHOD] " : ""}URL [ITEM...]`)
        .argument("[ITEM...]", "Header:value  query==value  field=value  field:=json  field@file  @body  (\\ escapes)")
        .action(async (words: readonly string[], flags: RequestFlags) => {
          const plan = await planRequest({ words, flags, method, commands }, io);
          io.exitCode = await sendRequest(plan, flags, io);
        });
    },
  };
}

async function sendRequest(plan: RequestPlan, flags: RequestFlags, io: Io): Promise<number> {
  const session = new Session(plan.session);
  try {
    if (flags.curl === true) {
      io.stdout.print(`${session.curl(plan.method, plan.url, plan.options)}\n`);
      return 0;
    }
    if (flags.verbose > 0) session.use(narrate(plan, io));
    const onAttempt = (attempt: Attempt): void => {
      if (attempt.waitMs !== undefined && flags.quiet === 0) io.stderr.print(renderRetry(attempt, flags.attempts ?? 3));
    };
    const response = await session.request(plan.method, plan.url, { ...plan.options, stream: true, signal: io.signal, onAttempt });
    await showResponse(response, flags, io);
    showAftermath(response, flags, io);
    return exitCodeOfStatus(response.status);
  } finally {
    await session.close();
  }
}

/** A terminal gets head and formatted body, everything else the body's bytes. */
async function showResponse(response: StreamResponse, flags: RequestFlags, io: Io): Promise<void> {
  const paint = painter(io.stdout.hasColor);
  const isQuiet = flags.quiet > 0;
  const hasHead = flags.headers === true || (io.stdout.isTTY && flags.body !== true && flags.verbose === 0);
  if (hasHead && !isQuiet) io.stdout.print(`${renderHead(response, paint)}\n${flags.headers === true ? "" : "\n"}`);
  if (flags.headers === true) return response.close();
  if (flags.output !== undefined) {
    await saveBody(response.body, filePath(io, flags.output));
    return;
  }
  const shown = io.stdout.isTTY
    ? terminalBody(response.body, { contentType: response.header("content-type"), contentLength: response.header("content-length"), paint })
    : response.body;
  // Quiet or not, the body is read: a broken one is a failure.
  for await (const chunk of shown) if (!isQuiet) await io.stdout.write(chunk);
}

/** What stdout does not say: a status that went wrong, the attempts, where the time went. */
function showAftermath(response: StreamResponse, flags: RequestFlags, io: Io): void {
  const paint = painter(io.stderr.hasColor);
  const { method, url } = response.request;
  const isSeen = io.stdout.isTTY && flags.quiet === 0 && flags.body !== true;
  if (exitCodeOfStatus(response.status) !== 0 && !isSeen && flags.quiet < 2) {
    const story = response.attempts.length > 1 ? ` (${response.explain()})` : "";
    io.stderr.print(`${paint("yellow", "warning:")} ${method} ${url} answered ${statusWords(response)}${story}`);
  }
  if (flags.verbose > 0) io.stderr.print(renderAttempts(response.attempts, paint));
  if (flags.verbose > 1) io.stderr.print(renderWaterfall(response.timings, paint));
}
