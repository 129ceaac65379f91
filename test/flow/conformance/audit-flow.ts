import { Session } from "errand";
import { flow, type Run } from "errand/flow";

export interface AuditInput {
  readonly url: string;
  readonly items: number;
}

export interface AuditResult {
  readonly sum: number;
  readonly patched: number;
  readonly children: readonly string[];
  readonly mark: string;
}

let marks = 0;
const killAt = Number(process.env["KILL_AT"] ?? 0);

/** A place where a crash may happen: before a step, at the begin and end of its function, after its record. */
function mark(): void {
  marks += 1;
  if (marks === killAt) process.kill(process.pid, "SIGKILL");
}

async function marked<T>(run: Run, name: string, fn: () => Promise<T>): Promise<Awaited<T>> {
  mark();
  const value = await run.step(name, async () => {
    mark();
    const given = await fn();
    mark();
    return given;
  });
  mark();
  return value;
}

/** The service honours keys: what is in flight at a crash is repeated, with the same key. */
function service(url: string): Session {
  return new Session({ baseUrl: url, honoursIdempotencyKey: true, retry: false });
}

const child = flow("audit child", async (run, { url, name }: { url: string; name: string }) => {
  const session = service(url);
  await marked(run, "write", () => session.post(`/children/${name}`).json());
  await session.close();
  return name;
});

/** A flow with everything in it: list, branches, steps side by side, called runs, sleep, recorded time and chance. */
export const audit = flow("audit", async (run, { url, items }: AuditInput): Promise<AuditResult> => {
  const session = service(url);
  const list = await marked(run, "list", () => session.get("/items", { params: { count: items } }).json<{ id: number }[]>());
  const branches = await run.map(
    "item",
    list,
    async (branch, { id }) => {
      const detail = await marked(branch, "detail", () => session.get(`/items/${id}`).json<{ size: number }>());
      const label = await branch.uuid();
      if (id % 2 === 1) await marked(branch, "patch", () => session.post(`/items/${id}/patch`, { json: { label } }).json());
      return detail.size;
    },
    { concurrency: 4 },
  );
  await Promise.all([marked(run, "left", () => session.post("/left").json()), marked(run, "right", () => session.put("/right").json())]);
  const children = await run.callAll(
    "child",
    child,
    ["a", "b", "c"].map((name) => ({ url, name })),
    { concurrency: 3 },
  );
  await run.sleep("settle", 3);
  const at = await run.now();
  await marked(run, "notify", () => session.post("/notify", { json: { at } }).json());
  await session.close();
  const sum = branches.reduce((total, size) => total + size, 0);
  return { sum, patched: list.filter(({ id }) => id % 2 === 1).length, children, mark: await run.uuid() };
});
