import type { Command } from "commander";
import { Session, type Params } from "../../client/index.ts";
import { ErrandError } from "../../errors/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { completeUrl } from "../items/request-url.ts";
import { renderRetry } from "../output/attempt.ts";
import { renderTable } from "../output/table.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

/** One row: how many posts a user wrote, or why nobody knows. */
interface UserPosts extends User {
  readonly posts?: number;
  readonly error?: string;
}

interface PostsSummary {
  readonly users: readonly UserPosts[];
  readonly totals: { readonly users: number; readonly posts: number; readonly failed: number };
}

/** Requests under way at the same time: polite to the server, quick enough for people. */
const concurrency = 4;

/** `errand posts`: all users, the posts of each, counts and a summary. A user whose posts cannot be had costs one row, not the table. */
export function register(command: Command, io: Io): void {
  command
    .option("--base <URL>", "the API to ask (default: an embedded JSONPlaceholder)")
    .option("--json", "machine-readable")
    .action(async ({ base, json }: { readonly base?: string; readonly json?: boolean }) => {
      const summary = base === undefined ? await withPlayground((url) => summarise(url, io)) : await summarise(completeUrl(base), io);
      io.stdout.print(json === true ? JSON.stringify(summary, undefined, 2) : renderSummary(summary));
      if (summary.totals.failed > 0) io.exitCode = EXIT.error;
    });
}

async function withPlayground(run: (url: string) => Promise<PostsSummary>): Promise<PostsSummary> {
  const { startPlayground } = await import("../../playground/index.ts");
  const playground = await startPlayground({ only: ["jsonplaceholder"] });
  try {
    return await run(playground.jsonplaceholder.url);
  } finally {
    await playground.close();
  }
}

async function summarise(base: string, io: Io): Promise<PostsSummary> {
  const session = new Session({
    baseUrl: base,
    onAttempt: (attempt) => attempt.waitMs !== undefined && io.stderr.print(`${attempt.url}: ${renderRetry(attempt, 3)}`),
  });
  try {
    const users = await listOf(session, "/users", { signal: io.signal });
    if (!users.every(isUser)) throw unexpected(`${base}/users`, "users with id and name");
    const counted = await mapLimited(users, (user) => countPosts(session, user, io.signal));
    const failed = counted.filter((user) => user.error !== undefined).length;
    return { users: counted, totals: { users: counted.length, posts: counted.reduce((sum, user) => sum + (user.posts ?? 0), 0), failed } };
  } finally {
    await session.close();
  }
}

async function countPosts(session: Session, { id, name }: User, signal: AbortSignal): Promise<UserPosts> {
  try {
    const posts = await listOf(session, "/posts", { params: { userId: id }, signal });
    return { id, name, posts: posts.length };
  } catch (error) {
    if (!(error instanceof ErrandError) || signal.aborted) throw error;
    return { id, name, error: error.code };
  }
}

async function listOf(
  session: Session,
  path: string,
  options: { readonly params?: Params; readonly signal: AbortSignal },
): Promise<unknown[]> {
  const response = (await session.get(path, options)).raiseForStatus();
  const value = response.json();
  if (!Array.isArray(value)) throw unexpected(response.request.url, "a list");
  return value;
}

function unexpected(url: string, what: string): ErrandError {
  return new ErrandError({
    code: "ERR_VALIDATION",
    message: `${url} did not give ${what}`,
    hint: "The API must be like jsonplaceholder.typicode.com.",
  });
}

/** In order, `concurrency` at a time. */
async function mapLimited<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const next = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

function isUser(value: unknown): value is User {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "number" &&
    "name" in value &&
    typeof value.name === "string"
  );
}

function renderSummary({ users, totals }: PostsSummary): string {
  const rows = users.map(({ id, name, posts, error }) => [String(id), name, posts === undefined ? "-" : String(posts), error ?? ""]);
  const table = renderTable([{ title: "ID", align: "right" }, { title: "NAME" }, { title: "POSTS", align: "right" }, { title: "" }], rows);
  const failed = totals.failed === 0 ? "" : `; for ${totals.failed} of them the posts could not be read`;
  return `${table}\n\n${totals.users} users, ${totals.posts} posts${failed}`;
}
