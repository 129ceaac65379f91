import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Session } from "../../client/index.ts";
import { FlowError } from "../../flow/index.ts";
import { EXIT } from "../exit-codes.ts";
import { countPosts, PostsMissing, type PostsSummary } from "../flows/count-posts.ts";
import { journalPath } from "../flows/journal-path.ts";
import type { Io } from "../io.ts";
import { completeUrl } from "../items/request-url.ts";
import { renderRetry } from "../output/attempt.ts";
import { commandLine } from "../output/command-line.ts";
import { renderPosts } from "../output/posts.ts";
import { UsageError } from "../usage-error.ts";

interface PostsFlags {
  readonly base?: string;
  readonly id?: string;
  readonly journal?: string;
  readonly json?: boolean;
}

/** `errand posts`: all users, the posts of each, counts and a summary. A user whose posts cannot be had costs one row, not the table. */
export function register(command: Command, io: Io): void {
  command
    .option("--base <URL>", "the API to ask (default: an embedded JSONPlaceholder)")
    .option("--id <id>", "record the run: the same id goes on with it, and asks again only for what is missing")
    .option("--journal <file>", "record the run there (default with --id: .errand/runs.db of the project)")
    .option("--json", "machine-readable")
    .action(async (flags: PostsFlags) => {
      const { base, json } = flags;
      const summary = base === undefined ? await onPlayground(flags, io) : await summarise(completeUrl(base), flags, io);
      io.stdout.print(json === true ? JSON.stringify(summary, undefined, 2) : renderPosts(summary));
      if (summary.totals.failed > 0) io.exitCode = EXIT.error;
    });
}

/** The embedded API is another at each call: there would be nothing to go on with. */
async function onPlayground(flags: PostsFlags, io: Io): Promise<PostsSummary> {
  if (isRecorded(flags))
    throw new UsageError("a run on the embedded API cannot be recorded: it ends with the command", { hint: "Name the API: --base URL" });
  const { startPlayground } = await import("../../playground/index.ts");
  const playground = await startPlayground({ only: ["jsonplaceholder"] });
  try {
    return await summarise(playground.jsonplaceholder.url, flags, io);
  } finally {
    await playground.close();
  }
}

/** Nothing is left on the disk unasked. */
function isRecorded({ id, journal }: PostsFlags): boolean {
  return id !== undefined || journal !== undefined;
}

async function summarise(base: string, flags: PostsFlags, io: Io): Promise<PostsSummary> {
  const { id = randomUUID() } = flags;
  const journal = isRecorded(flags) ? journalPath(io, flags.journal) : ":memory:";
  if (isRecorded(flags) && flags.id === undefined) io.stderr.print(`run ${id}`);
  const session = new Session({
    baseUrl: base,
    onAttempt: (attempt) => attempt.waitMs !== undefined && io.stderr.print(`${attempt.url}: ${renderRetry(attempt, 3)}`),
  });
  try {
    return await countPosts(session).start({ base }, { id, journal, signal: io.signal, again: true });
  } catch (error) {
    const cause = causeOf(error);
    if (cause instanceof PostsMissing) return cause.summary;
    if (isRecorded(flags) && io.signal.aborted) io.stderr.print(`to go on: ${resumeLine(base, id, flags)}`);
    throw cause;
  } finally {
    await session.close();
  }
}

/** What went wrong behind a run and its step: the command tells of that, recorded or not. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof FlowError && cause.cause instanceof Error && cause.code !== "ERR_RUN_SUSPENDED") cause = cause.cause;
  return cause;
}

function resumeLine(base: string, id: string, { journal, json }: PostsFlags): string {
  const file = journal === undefined ? [] : ["--journal", journal];
  return commandLine(["errand", "posts", "--base", base, "--id", id, ...file, ...(json === true ? ["--json"] : [])]);
}
