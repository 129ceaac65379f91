import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StandIn } from "../stand-in.ts";
import { Database } from "./database.ts";
import { startJsonPlaceholder } from "./index.ts";

const run = promisify(execFile);
let server: StandIn;
beforeAll(async () => {
  server = await startJsonPlaceholder();
});
afterAll(() => server.close());

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init);
type Fields = Readonly<Record<string, unknown>>;
const body = async (answer: Response | Promise<Response>): Promise<Fields> => (await (await answer).json()) as Fields;
const one = (path: string): Promise<Fields> => body(get(path));
const list = async (path: string): Promise<readonly Fields[]> => (await (await get(path)).json()) as readonly Fields[];
const ids = async (path: string): Promise<unknown[]> => (await list(path)).map((row) => row["id"]);

interface Sending {
  readonly method?: string;
  readonly type?: string;
}
const write = (path: string, content: string, { method = "POST", type = "application/json" }: Sending = {}): Promise<Response> =>
  get(path, { method, body: content, headers: { "content-type": type } });

describe("the collections", () => {
  it.each([
    ["users", 10, ["id", "name", "username", "email", "address", "phone", "website", "company"]],
    ["posts", 100, ["userId", "id", "title", "body"]],
    ["comments", 500, ["postId", "id", "name", "email", "body"]],
    ["albums", 100, ["userId", "id", "title"]],
    ["photos", 5000, ["albumId", "id", "title", "url", "thumbnailUrl"]],
    ["todos", 200, ["userId", "id", "title", "completed"]],
  ])("has %s: %i of them, in the shape of the public service", async (name, size, fields) => {
    const rows = await list(`/${name}`);
    expect(rows).toHaveLength(size);
    expect(Object.keys(rows[0] ?? {})).toEqual(fields);
    expect(rows.map((row) => row["id"])).toEqual(Array.from({ length: size }, (_, index) => index + 1));
  });

  it("nests the address and company of a user", async () => {
    const text: unknown = expect.any(String);
    const degrees: unknown = expect.stringMatching(/^-?\d+\.\d{4}$/);
    const user = await one("/users/1");
    expect(user["address"]).toEqual({ street: text, suite: text, city: text, zipcode: text, geo: { lat: degrees, lng: degrees } });
    expect(user["company"]).toEqual({ name: text, catchPhrase: text, bs: text });
    expect(user["email"]).toMatch(/^[a-z]+\.[a-z]+@[a-z]+\.example$/);
  });

  it.each([
    ["posts", "userId", 10],
    ["comments", "postId", 5],
    ["albums", "userId", 10],
    ["photos", "albumId", 50],
    ["todos", "userId", 20],
  ])("spreads %s evenly over %s", async (name, field, each) => {
    const counts = new Map<unknown, number>();
    for (const row of await list(`/${name}`)) counts.set(row[field], (counts.get(row[field]) ?? 0) + 1);
    expect(new Set(counts.values())).toEqual(new Set([each]));
  });

  it("has 90 completed todos", async () => {
    expect(await list("/todos?completed=true")).toHaveLength(90);
  });

  it("is the same for the same seed, whatever was asked before, and differs for another", () => {
    const first = new Database(7);
    first.collection("photos");
    expect(first.collection("users")).toEqual(new Database(7).collection("users"));
    expect(first.collection("users")).not.toEqual(new Database(8).collection("users"));
  });

  it("shows everything at /db", async () => {
    const all = await one("/db");
    expect(Object.keys(all)).toEqual(["posts", "comments", "albums", "photos", "users", "todos"]);
    expect(all["todos"]).toHaveLength(200);
  });
});

describe("routes", () => {
  it("lists the children of one parent", async () => {
    expect(await ids("/posts/3/comments")).toEqual([11, 12, 13, 14, 15]);
    for (const [path, size] of [
      ["/users/1/posts", 10],
      ["/users/1/albums", 10],
      ["/users/1/todos", 20],
      ["/albums/100/photos", 50],
      ["/posts/999/comments", 0],
    ] as const) {
      expect(await list(path), path).toHaveLength(size);
    }
    expect(await list("/users/1/todos?completed=true&_limit=2")).toHaveLength(2);
  });

  it("answers 404 with {} to what is not there", async () => {
    for (const path of ["/posts/101", "/posts/x", "/nothing", "/posts/1/users", "/posts/1/comments/1", "/toString"]) {
      const answer = await get(path);
      expect([answer.status, await answer.json()], path).toEqual([404, {}]);
    }
  });

  it("embeds children and expands parents", async () => {
    const post = await one("/posts/1?_embed=comments&_expand=user&_embed=nothing");
    expect(post["comments"]).toHaveLength(5);
    expect(post["user"]).toMatchObject({ id: 1 });
    expect(post).not.toHaveProperty("nothing");
    const [user] = await list("/users?_embed=albums&_embed=todos");
    expect(user?.["albums"]).toHaveLength(10);
    expect(user?.["todos"]).toHaveLength(20);
  });

  it("pages with Link and X-Total-Count, keeping the other parameters", async () => {
    const answer = await get("/posts?userId=1&_page=2&_limit=3");
    expect(await answer.json()).toMatchObject([{ id: 4 }, { id: 5 }, { id: 6 }]);
    const at = (page: number): string => `<${server.url}/posts?userId=1&_page=${page}&_limit=3>`;
    expect(answer.headers.get("link")).toBe(`${at(1)}; rel="first", ${at(1)}; rel="prev", ${at(3)}; rel="next", ${at(4)}; rel="last"`);
    expect([answer.headers.get("x-total-count"), answer.headers.get("access-control-expose-headers")]).toEqual([
      "10",
      "X-Total-Count, Link",
    ]);
  });

  it("ends the pages: 10 a page by default, no next on the last, none beyond it", async () => {
    expect(await list("/posts?_page=1")).toHaveLength(10);
    expect((await get("/posts?_page=10")).headers.get("link")).not.toContain('rel="next"');
    const beyond = await get("/posts?_page=11");
    expect([await beyond.json(), beyond.headers.get("link")]).toEqual([[], null]);
    expect((await get("/users?_page=1")).headers.get("link")).toBeNull();
  });

  it("slices by _start with _end or _limit", async () => {
    expect(await ids("/posts?_start=5&_end=7")).toEqual([6, 7]);
    expect(await ids("/posts?_start=5&_limit=1")).toEqual([6]);
    expect((await get("/posts?_limit=1")).headers.get("x-total-count")).toBe("100");
    expect((await get("/posts?_start=1")).headers.get("x-total-count")).toBeNull();
    expect(await ids("/posts?_sort=userId,id&_order=desc,asc&_limit=2")).toEqual([91, 92]);
  });
});

describe("writes", () => {
  it("echoes a new post with the next id and stores nothing", async () => {
    const answer = await write("/posts", '{"title":"t","userId":1}');
    expect([answer.status, await answer.json()]).toEqual([201, { title: "t", userId: 1, id: 101 }]);
    expect(answer.headers.get("location")).toBe(`${server.url}/posts/101`);
    expect((await get("/posts/101")).status).toBe(404);
    expect((await body(write("/posts", "{}")))["id"]).toBe(101);
  });

  it("takes urlencoded bodies, with repeated names as lists, and ignores other types", async () => {
    const type = "application/x-www-form-urlencoded";
    expect(await (await write("/users", "name=A+B&tag=1&tag=2", { type })).json()).toEqual({ name: "A B", tag: ["1", "2"], id: 11 });
    expect(await (await write("/users", '{"name":"A"}', { type: "text/plain" })).json()).toEqual({ id: 11 });
  });

  it("makes a child of the parent in the path", async () => {
    const answer = await write("/posts/7/comments", '{"body":"b"}');
    expect([answer.status, await answer.json()]).toEqual([201, { body: "b", postId: "7", id: 501 }]);
  });

  it("refuses an id that is taken", async () => {
    expect((await write("/posts", '{"id":7}')).status).toBe(500);
    expect((await body(write("/posts", '{"id":777}')))["id"]).toBe(777);
  });

  it("answers PUT with the replacement, PATCH with the merge, DELETE with {}", async () => {
    expect(await (await write("/posts/1", '{"title":"t","id":5}', { method: "PUT" })).json()).toEqual({ title: "t", id: 1 });
    const patched = await (await write("/posts/1", '{"title":"t"}', { method: "PATCH" })).json();
    expect(patched).toEqual({ ...(await one("/posts/1")), title: "t" });
    const deleted = await get("/posts/1", { method: "DELETE" });
    expect([deleted.status, await deleted.json()]).toEqual([200, {}]);
    expect((await get("/posts/1")).status).toBe(200);
  });

  it("answers 404 to writes on nothing", async () => {
    for (const [method, path] of [
      ["PUT", "/posts/101"],
      ["PATCH", "/posts/101"],
      ["DELETE", "/posts/101"],
      ["DELETE", "/posts"],
      ["POST", "/posts/1"],
      ["POST", "/nothing"],
    ] as const) {
      expect((await write(path, "{}", { method })).status, `${method} ${path}`).toBe(404);
    }
  });

  it("refuses malformed JSON, scalars and foreign charsets", async () => {
    const malformed = await write("/posts", '{"title":');
    expect([malformed.status, await malformed.text()]).toEqual([400, expect.stringContaining("malformed JSON body")]);
    expect((await write("/posts", '"text"')).status).toBe(400);
    expect((await write("/posts", "{}", { type: "application/json; charset=latin1" })).status).toBe(415);
    expect((await write("/posts", "{}", { type: 'application/json; charset="UTF-8"' })).status).toBe(201);
  });
});

describe("HTTP", () => {
  it("answers HEAD like GET without a body", async () => {
    const headers = { "accept-encoding": "identity" };
    const head = await get("/users", { method: "HEAD", headers });
    const full = await get("/users", { headers });
    expect(head.headers.get("content-length")).toBe(String((await full.bytes()).length));
    expect(await head.text()).toBe("");
  });

  it("answers a preflight for every origin", async () => {
    const { stdout } = await run("curl", [
      "-si",
      "-X",
      "OPTIONS",
      "-H",
      "Origin: https://a.example",
      "-H",
      "Access-Control-Request-Headers: x-a",
      `${server.url}/posts`,
    ]);
    expect(stdout).toMatch(/^HTTP\/1\.1 204 /);
    for (const header of [
      "access-control-allow-origin: https://a.example",
      "access-control-allow-headers: x-a",
      "access-control-allow-credentials: true",
    ]) {
      expect(stdout).toContain(header);
    }
    expect(stdout).toContain("access-control-allow-methods: GET,HEAD,PUT,PATCH,POST,DELETE");
  });

  it("answers 304 to a known ETag, weak or strong, in a list or as an asterisk", async () => {
    const etag = (await get("/posts/1")).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"/);
    // Not fetch(): it adds Cache-Control: no-cache to a request with If-None-Match, and then the whole answer is due.
    const status = async (path: string, ...headers: string[]): Promise<string> => {
      const { stdout } = await run("curl", [
        "-s",
        "-o/dev/null",
        "-w%{http_code} %{size_download}",
        ...headers.flatMap((header) => ["-H", header]),
        server.url + path,
      ]);
      return stdout;
    };
    for (const known of [etag, etag.slice(2), `"x", ${etag}`, "*"])
      expect(await status("/posts/1", `If-None-Match: ${known}`), known).toBe("304 0");
    expect(await status("/posts/2", `If-None-Match: ${etag}`)).toMatch(/^200 /);
    expect(await status("/posts/1", `If-None-Match: ${etag}`, "Cache-Control: no-cache")).toMatch(/^200 /);
  });

  it("compresses a large answer for those who accept gzip", async () => {
    const { stdout } = await run("curl", ["-s", "-D-", "-o/dev/null", "-H", "Accept-Encoding: br, gzip;q=0.5", `${server.url}/posts`]);
    expect(stdout).toContain("content-encoding: gzip");
    const refused = await run("curl", ["-s", "-D-", "-o/dev/null", "-H", "Accept-Encoding: gzip;q=0", `${server.url}/posts`]);
    expect(refused.stdout).not.toContain("content-encoding");
    const { stdout: plain } = await run("curl", ["-s", "--compressed", `${server.url}/posts`]);
    expect(JSON.parse(plain)).toHaveLength(100);
  });

  it("waits before every answer when told so", async () => {
    const slow = await startJsonPlaceholder({ delayMs: 30 });
    try {
      const start = performance.now();
      await fetch(`${slow.url}/posts/1`);
      expect(performance.now() - start).toBeGreaterThan(28);
    } finally {
      await slow.close();
    }
  });

  it("generates 5000 photos at once", () => {
    const start = performance.now();
    expect(new Database(3).collection("photos")).toHaveLength(5000);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
