import { Session, type ErrandResponse } from "../../../client/index.ts";
import { isHTTPError, type Attempt } from "../../../errors/index.ts";
import { exitCodeOfStatus } from "../../exit-codes.ts";
import type { Io } from "../../io.ts";
import { jsonElements, onOneLine } from "../../items/json-elements.ts";
import { renderRetry } from "../../output/attempt.ts";
import { painter } from "../../output/color.ts";
import { escapeControls } from "../../output/control-characters.ts";
import { renderFailure } from "../../output/failure.ts";
import { JsonLayout } from "../../output/json-layout.ts";
import { UsageError } from "../../usage-error.ts";
import type { RequestFlags } from "./flags.ts";
import type { RequestPlan } from "./plan.ts";

/** Every item of a list that comes in pages, as one JSON array or a line each; printed page by page. */
export async function sendPaginated(plan: RequestPlan, flags: RequestFlags, io: Io): Promise<number> {
  checkPagination(plan, flags);
  const session = new Session(plan.session);
  const list = new ListWriter(flags, io);
  try {
    if (flags.verbose > 0) session.use((await import("./narrate.ts")).narrate(plan, io));
    const onAttempt = (attempt: Attempt): void => {
      if (attempt.waitMs !== undefined && flags.quiet === 0) io.stderr.print(renderRetry(attempt, flags.attempts ?? 3));
    };
    const items = session.paginate<string>(plan.url, {
      ...plan.options,
      signal: io.signal,
      onAttempt,
      items: itemTexts,
      ...(flags.maxItems === undefined ? {} : { maxItems: flags.maxItems }),
    });
    for await (const item of items) await list.add(item);
    await list.end();
    return 0;
  } catch (error) {
    if (!isHTTPError(error) || io.signal.aborted) throw error;
    io.stderr.print(renderFailure(error, painter(io.stderr.hasColor)));
    return exitCodeOfStatus(error.status);
  } finally {
    await session.close();
  }
}

/** Of one answer, or of a way of its own. */
const notForLists = [
  "output",
  "print",
  "headers",
  "meta",
  "all",
  "offline",
  "curl",
  "har",
  "session",
  "sessionReadOnly",
  "responseCharset",
  "responseMime",
] as const;

function checkPagination({ method }: RequestPlan, flags: RequestFlags): void {
  if (method !== "GET")
    throw new UsageError(`--paginate reads lists with GET, not with ${method}`, { hint: "Query items are name==value." });
  const given = notForLists.find((name) => flags[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(`--paginate and --${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} exclude each other`);
}

function itemTexts(page: ErrandResponse): readonly string[] {
  if (page.status === 204) return [];
  // The library's own error for what is no JSON.
  page.json();
  const found = jsonElements(page.text());
  if ("elements" in found) return found.elements;
  const { method, url } = page.request;
  const problem = found.names.length === 0 ? "the page has no list" : `the page has several lists: ${found.names.join(", ")}`;
  throw new UsageError(`${method} ${url}: ${escapeControls(problem)}`, {
    hint: "--paginate takes pages that are a JSON array, or an object with one array in it.",
  });
}

/** One array, or with `--ndjson` a line for each item. */
class ListWriter {
  readonly #flags: RequestFlags;
  readonly #io: Io;
  readonly #layout: JsonLayout | undefined;
  #count = 0;

  constructor(flags: RequestFlags, io: Io) {
    const { pretty = io.stdout.isTTY ? "all" : "none" } = flags;
    const hasColor = flags.pretty === undefined ? io.stdout.hasColor : pretty === "all" || pretty === "colors";
    const isShown = flags.ndjson !== true && pretty !== "none";
    this.#flags = flags;
    this.#io = io;
    if (isShown) this.#layout = new JsonLayout({ paint: painter(hasColor), isIndented: pretty !== "colors" });
  }

  async add(item: string): Promise<void> {
    this.#count += 1;
    if (this.#flags.ndjson === true) return this.#write(`${onOneLine(item)}\n`);
    await this.#write(`${this.#count === 1 ? "[" : ","}\n${item}`);
  }

  async end(): Promise<void> {
    if (this.#flags.ndjson !== true) await this.#write(this.#count === 0 ? "[]" : "\n]");
    if (this.#flags.ndjson !== true && this.#flags.quiet === 0) await this.#io.stdout.write("\n");
  }

  async #write(text: string): Promise<void> {
    if (this.#flags.quiet > 0) return;
    const isTerminal = this.#io.stdout.isTTY;
    await this.#io.stdout.write(this.#layout?.push(text) ?? (isTerminal ? escapeControls(text) : text));
  }
}
