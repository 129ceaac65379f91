import type { Session, Params } from "../../client/index.ts";
import { ErrandError } from "../../errors/index.ts";
import { flow, StepError, TerminalError, type Flow } from "../../flow/index.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

/** One row: how many posts a user wrote, or why nobody knows. */
interface UserPosts extends User {
  readonly posts?: number;
  readonly error?: string;
}

export interface PostsSummary {
  readonly users: readonly UserPosts[];
  readonly totals: { readonly users: number; readonly posts: number; readonly failed: number };
}

/** Some users' posts could not be had: the run is not done, and the same id asks for theirs again. */
export class PostsMissing extends TerminalError {
  readonly summary: PostsSummary;

  constructor(summary: PostsSummary) {
    super(`for ${summary.totals.failed} of ${summary.totals.users} users the posts could not be read`);
    this.summary = summary;
  }
}

/** Requests under way at the same time: polite to the server, quick enough for people. */
const concurrency = 4;
/** The session tries again by itself; what it could not get, is left to the next run of the id. */
const once = { retry: false } as const;

/**
 * All users, and of each how many posts, a step each. A user whose posts cannot be had is a step that failed: it costs its row, not the others.
 * The run then ends as failed, with its table in the error, so that `again` has exactly those steps to do.
 */
export function countPosts(session: Session): Flow<{ readonly base: string }, PostsSummary> {
  return flow("errand posts", async (run, { base }) => {
    const users = await run.step("users", async ({ signal }) => usersOf(await listOf(session, "/users", { signal }), base), once);
    const rows = await run.map(
      "posts",
      users,
      async (branch, { id, name }): Promise<UserPosts> => {
        try {
          const work = async ({ signal }: { readonly signal: AbortSignal }): Promise<number> =>
            (await listOf(session, "/posts", { params: { userId: id }, signal })).length;
          return { id, name, posts: await branch.step("count", work, once) };
        } catch (error) {
          // A failure that has no code is a mistake of the program's.
          if (!(error instanceof StepError) || error.errorCode === undefined) throw error;
          return { id, name, error: error.errorCode };
        }
      },
      { concurrency },
    );
    const failed = rows.filter(({ error }) => error !== undefined).length;
    const posts = rows.reduce((sum, row) => sum + (row.posts ?? 0), 0);
    const summary = { users: rows, totals: { users: rows.length, posts, failed } };
    if (failed > 0) throw new PostsMissing(summary);
    return summary;
  });
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

/** Only what the table needs is recorded: addresses and numbers of people are none of the journal's business. */
function usersOf(users: readonly unknown[], base: string): readonly User[] {
  if (!users.every(isUser)) throw unexpected(`${base}/users`, "users with id and name");
  return users.map(({ id, name }) => ({ id, name }));
}

function unexpected(url: string, what: string): ErrandError {
  return new ErrandError({
    code: "ERR_VALIDATION",
    message: `${url} did not give ${what}`,
    hint: "The API must be like jsonplaceholder.typicode.com.",
  });
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
