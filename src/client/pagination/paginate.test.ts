import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closeAfterTest, failureOf, server, testSession } from "../../../test/test-session.ts";
import { TestAuthority } from "../../../test/certificates.ts";
import { bearer } from "../../auth/index.ts";
import { HTTPError, InvalidRequestError, RedirectRefusedError } from "../../errors/index.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import type { RequestOptions, SessionOptions } from "../options.ts";
import { paginate, type PageRequest, type Paginated } from "./paginate.ts";
import type { PaginateOptions } from "./paginate-options.ts";
import { isServerLink } from "./server-link.ts";

/** Pages as Session.paginate() reads them. */
function paginating(options: SessionOptions = {}): <T>(url: string | URL, options?: PaginateOptions<T>) => Paginated<T> {
  const { session } = testSession(options);
  const get: PageRequest = async (url, request) => session.get(url, { ...request, stream: false });
  return (url, given) => paginate(get, url, given);
}

async function everything<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of list) all.push(item);
  return all;
}

const targets = (api: FakeServer): string[] => api.calls.map((call) => call.target);
const next = (url: string): Record<string, string> => ({ link: `<${url}>; rel="next"` });

describe("paginate() by the Link header", () => {
  it("reads page after page, each when the one before is used up, with the session's credentials", async () => {
    const api = await server();
    api.on("GET /v1/users").reply({ json: [1, 2], headers: next(`${api.url}/other/users?page=2`) });
    api
      .on("GET /other/users?page=2")
      .reply({ json: [3], headers: { link: '<users?page=3>; rel="prefetch NEXT", </x>; rel=next; anchor="#other"' } });
    api.on("GET /other/users?page=3").reply({ json: [] });
    const pages = paginating({ baseUrl: `${api.url}/v1`, auth: bearer("token-12345678") });
    const seen: unknown[] = [];
    for await (const user of pages<number>("/users", { params: { per_page: 2 }, headers: { "x-a": "1" } })) {
      seen.push(user);
      if (user === 2) expect(api.calls).toHaveLength(1);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(targets(api)).toEqual(["/v1/users?per_page=2", "/other/users?page=2", "/other/users?page=3"]);
    expect(api.calls.every((call) => call.headers.authorization === "Bearer token-12345678" && call.headers["x-a"] === "1")).toBe(true);
  });

  it("retries each page by the session's rules", async () => {
    const api = await server();
    api
      .on("GET /a")
      .fail(503)
      .reply({ json: [1], headers: next("/b") });
    api
      .on("GET /b")
      .fail(503)
      .fail(503)
      .reply({ json: [2] });
    expect(await paginating({ baseUrl: api.url })("/a").toArray()).toEqual([1, 2]);
    expect(targets(api)).toEqual(["/a", "/a", "/b", "/b", "/b"]);
  });

  it("raises for a page of 400 and above", async () => {
    const api = await server();
    api.on("GET /a").reply({ json: [1], headers: next("/b") });
    api.on("GET /b").reply({ status: 404 });
    const seen: unknown[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const item of paginating({ baseUrl: api.url })("/a")) seen.push(item);
      })(),
    );
    expect([seen, failure instanceof HTTPError && failure.response.status]).toEqual([[1], 404]);
  });

  it("gives pages with their responses and numbers, and starts anew with each loop", async () => {
    const api = await server();
    api.on("GET /a").reply({ json: { users: [1], total: 2 }, headers: { ...next("/b"), "x-request-id": "r1" } });
    api.on("GET /b").reply({ json: { users: [2], total: 2 } });
    const list = paginating({ baseUrl: api.url })<number>("/a");
    const pages = await everything(list.pages());
    expect(pages.map(({ number, items, response }) => [number, items, response.header("x-request-id")])).toEqual([
      [1, [1], "r1"],
      [2, [2], undefined],
    ]);
    expect(await everything(list)).toEqual([1, 2]);
  });

  it.each<[string, (api: FakeServer, other: FakeServer) => string, RegExp]>([
    ["to another port", (_api, other) => `${other.url}/steal`, /leads to another origin, http:\/\/127\.0\.0\.1:\d+$/],
    ["to another host", (api) => api.url.replace("127.0.0.1", "localhost"), /leads to another origin, http:\/\/localhost/],
    ["by //host", (_api, other) => other.url.slice(5), /another origin/],
    ["by a backslash", (_api, other) => `/\\${other.url.slice(7)}/x`, /another origin/],
    ["behind userinfo", (api, other) => `${api.url}@${other.url.slice(7)}/`, /another origin/],
    ["to another scheme", () => "ftp://127.0.0.1/x", /another origin/],
    ["to a file", () => "file:///etc/passwd", /another origin/],
    ["nowhere", () => "http://[", /is no URL/],
  ])("fails when the next link leads %s, with nothing sent there", async (_name, link, message) => {
    const [api, other] = [await server(), await server()];
    other.on("*").reply({ json: [] });
    api.on("GET /a").reply({ json: [1], headers: next(link(api, other)) });
    for (const options of [{ baseUrl: api.url }, {}] as const) {
      const pages = paginating({ ...options, headers: { "x-api-key": "key-12345678" } });
      const failure = await failureOf(everything(pages(options.baseUrl === undefined ? `${api.url}/a` : "/a")));
      expect(failure).toBeInstanceOf(RedirectRefusedError);
      expect((failure as Error).message).toMatch(message);
    }
    expect(other.calls).toEqual([]);
  });

  it("fails off the origin that was asked, even when a redirect had led to where the link points", async () => {
    const [api, other] = [await server(), await server()];
    api.on("GET /a").reply({ status: 302, headers: { location: `${other.url}/a` } });
    other.on("GET /a").reply({ json: [1], headers: next("/b") });
    const failure = await failureOf(everything(paginating({ headers: { "x-api-key": "key-12345678" } })(`${api.url}/a`)));
    expect(failure).toMatchObject({
      code: "ERR_PAGINATION",
      message: expect.stringContaining(`leads to another origin, ${other.url}`),
    });
    expect(targets(other)).toEqual(["/a"]);
  });

  it("fails from https to http", async () => {
    const authority = await TestAuthority.create("Test CA");
    const api = closeAfterTest(
      await fakeServer({ tls: await authority.issue({ name: "localhost", names: [{ type: "ip", value: "127.0.0.1" }] }) }),
    );
    api.on("GET /a").reply({ json: [1], headers: next("http://127.0.0.1/b") });
    expect(await failureOf(everything(paginating({ tls: { ca: authority.cert } })(`${api.url}/a`)))).toMatchObject({
      message: expect.stringContaining("leads from https to http://127.0.0.1, where anybody"),
    });
  });

  it("takes no credentials from a link", async () => {
    const api = await server();
    api.on("GET /a").reply({ json: [1], headers: next(`${api.url.replace("//", "//user:pw@")}/b#x`) });
    api.on("GET /b").reply({ json: [2] });
    expect(await everything(paginating()(`${api.url}/a`))).toEqual([1, 2]);
    expect(api.calls[1]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ["itself", "/a?x=1", undefined],
    ["itself by an empty link", "", undefined],
    ["an earlier page", "/b", "/a?x=1#top"],
  ])("stops when the pages lead back to %s, and names the URL", async (_name, first, second) => {
    const api = await server();
    api.on("GET /a").reply({ json: [1], headers: next(first) });
    api.on("GET /b").reply({ json: [2], headers: next(second ?? "") });
    const failure = await failureOf(everything(paginating({ baseUrl: api.url })("/a", { params: { x: 1 } })));
    expect(failure).toMatchObject({
      message: expect.stringContaining(`the pages go in a circle: the next one, ${api.url}/a?x=1, was read before`),
    });
    expect(api.calls.length).toBe(second === undefined ? 1 : 2);
  });

  it("marks calls to a server's link, so that the session's params are not added to it again", async () => {
    const api = await server();
    api.on("GET /a").reply({ json: [1], headers: next("/b?page=2") });
    api.on("GET /b").reply({ json: [2] });
    const { session } = testSession();
    const marks: boolean[] = [];
    const get = async (url: string | URL, options: RequestOptions) => {
      marks.push(isServerLink({ ...options }));
      return session.get(url, { ...options, stream: false });
    };
    await everything(paginate(get, `${api.url}/a`, { params: { v: 2 } }));
    expect([marks, targets(api)]).toEqual([
      [false, true],
      ["/a?v=2", "/b?page=2"],
    ]);
  });
});

describe("paginate() by cursor", () => {
  it("sends what the page gave, until it gives none", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: { items: [1], next: "a/b=" } });
    api.on("GET /list?after=a%2Fb%3D").reply({ json: { items: [2], next: 7 } });
    api.on("GET /list?after=7").reply({ json: { items: [3], next: "" } });
    const cursor = (page: { json<T>(): T }): string => page.json<{ next: string }>().next;
    expect(await everything(paginating({ baseUrl: api.url })("/list", { params: { limit: 1 }, cursor, param: "after" }))).toEqual([
      1, 2, 3,
    ]);
    expect(targets(api)).toEqual(["/list?limit=1", "/list?limit=1&after=a%2Fb%3D", "/list?limit=1&after=7"]);
  });

  it("uses the parameter cursor by default, beside URLSearchParams too", async () => {
    const api = await server();
    api
      .on("GET /list")
      .reply({ json: [1] })
      .reply({ json: [2] });
    const params = new URLSearchParams({ cursor: "start", q: "x" });
    let isFirst = true;
    const cursor = (): string | undefined => (isFirst ? ((isFirst = false), "n") : undefined);
    await everything(paginating({ baseUrl: api.url })("/list", { params, cursor }));
    expect([targets(api), String(params)]).toEqual([["/list?cursor=start&q=x", "/list?cursor=n&q=x"], "cursor=start&q=x"]);
  });

  it("stops when a cursor comes back, without showing one that is a credential by its name", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: [1] });
    const pages = paginating({ baseUrl: api.url });
    expect(await failureOf(everything(pages("/list", { cursor: () => "same" })))).toMatchObject({
      message: expect.stringContaining("the next one, ?cursor=same, was read before"),
    });
    expect(api.calls).toHaveLength(2);
    const failure = await failureOf(everything(pages("/list", { cursor: () => "hunter2-token", param: "access_token" })));
    expect((failure as Error).message).not.toContain("hunter2");
  });

  it("refuses a cursor that is no text and no number", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: [1] });
    const cursor = (() => ({ after: 1 })) as never;
    expect(await failureOf(everything(paginating()(`${api.url}/list`, { cursor })))).toMatchObject({
      message: "cursor gave a value of type object",
    });
  });
});

describe("paginate() by number", () => {
  /** As json-server: pages of `size` out of `total` items. */
  async function numbered({
    total,
    size,
    headers = {},
  }: {
    total: number;
    size: number;
    headers?: Record<string, string>;
  }): Promise<FakeServer> {
    const api = await server();
    api.on("GET /list").reply(({ query }) => {
      const start = (Number(query.get("page")) - 1) * size;
      return { json: Array.from({ length: Math.max(0, Math.min(size, total - start)) }, (_, index) => start + index), headers };
    });
    return api;
  }

  it.each<[string, number, PaginateOptions<number>["page"], Record<string, string>, number[]]>([
    ["an empty page", 4, true, {}, [1, 2, 3]],
    ["a short page", 3, { size: 2 }, {}, [1, 2]],
    ["an empty page after a full one", 4, { size: 2 }, {}, [1, 2, 3]],
    ["X-Total-Count items", 4, { param: "page", start: 1 }, { "x-total-count": "4" }, [1, 2]],
    ["an empty page when X-Total-Count is garbage", 2, true, { "x-total-count": "0x2" }, [1, 2]],
  ])("ends on %s", async (_name, total, page, headers, expected) => {
    const api = await numbered({ total, size: 2, headers });
    expect(await everything(paginating({ baseUrl: api.url })<number>("/list", { page }))).toEqual(
      Array.from({ length: total }, (_, index) => index),
    );
    expect(api.calls.map((call) => Number(call.query.get("page")))).toEqual(expected);
  });

  it("sends start, param and size as it is told", async () => {
    const api = await server();
    api
      .on("GET /list")
      .reply({ json: [1, 2] })
      .reply({ json: [3] });
    await everything(
      paginating({ baseUrl: api.url })("/list", { params: { q: 1 }, page: { param: "p", start: 0, size: 2, sizeParam: "per_page" } }),
    );
    expect(targets(api)).toEqual(["/list?q=1&p=0&per_page=2", "/list?q=1&p=1&per_page=2"]);
  });

  it("stops when the server does not know the parameter and repeats its page", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: [1, 2] });
    const failure = await failureOf(everything(paginating({ baseUrl: api.url })("/list", { page: { param: "p" } })));
    expect(failure).toMatchObject({
      message: expect.stringContaining("/list?p=2: this page is the same as the one before it"),
      hint: expect.stringContaining('parameter "p"'),
    });
    expect(api.calls).toHaveLength(2);
  });
});

describe("paginate() by a function", () => {
  it("follows the URLs it gives, relative ones too, and the options", async () => {
    const api = await server();
    api.on("GET /v1/list").reply({ json: { data: [1], next: "list?page=2" } });
    api.on("GET /v1/list?page=2").reply({ json: { data: [2], more: 5 } });
    api.on("GET /v1/list?offset=5").reply({ json: { data: [3] } });
    const next: PaginateOptions<number>["next"] = (response) => {
      const body = response.json<{ next?: string; more?: number }>();
      return body.next ?? (body.more === undefined ? undefined : { params: { offset: body.more } });
    };
    expect(await everything(paginating({ baseUrl: `${api.url}/v1` })<number>("/list", { next }))).toEqual([1, 2, 3]);
    expect(targets(api)).toEqual(["/v1/list", "/v1/list?page=2", "/v1/list?offset=5"]);
  });

  it("holds a URL it gives to the rules of a server's link, and stops on circles of URLs and of options", async () => {
    const [api, other] = [await server(), await server()];
    api.on("GET /list").reply({ json: [1] });
    const pages = paginating({ baseUrl: api.url });
    expect(await failureOf(everything(pages("/list", { next: () => `${other.url}/x` })))).toMatchObject({
      message: expect.stringContaining("another origin"),
    });
    expect(await failureOf(everything(pages("/list", { next: () => new URL(`${api.url}/list`) })))).toMatchObject({
      message: expect.stringContaining("in a circle"),
    });
    api.on("GET /list").reply({ json: [1] });
    const failure = await failureOf(
      everything(pages("/list", { next: () => ({ headers: { "x-api-key": "key-12345678" }, params: { o: 1 } }) })),
    );
    expect((failure as Error).message).toMatch(/in a circle: the next one, with the options that next gave, was read before$/);
    expect(other.calls).toEqual([]);
  });

  it("refuses what is neither", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: [1] });
    expect(await failureOf(everything(paginating()(`${api.url}/list`, { next: (() => 7) as never })))).toMatchObject({
      message: "next gave a value of type number",
    });
  });
});

describe("paginate(): items and limits", () => {
  it.each<[string, unknown, unknown[]]>([
    ["an array", [1, 2], [1, 2]],
    ["the only array of an object", { total: 2, data: [1, 2], links: {} }, [1, 2]],
    ["an empty array", { data: [] }, []],
  ])("finds them in %s", async (_name, json, expected) => {
    const api = await server();
    api.on("GET /list").reply({ json });
    expect(await everything(paginating()(`${api.url}/list`))).toEqual(expected);
  });

  it("has none in a 204", async () => {
    const api = await server();
    api.on("GET /list").reply({ status: 204 });
    expect(await everything(paginating()(`${api.url}/list`))).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ["an object without one", { a: 1 }, "the page has no array"],
    ["an object with several", { users: [], errors: [] }, 'the page has several arrays: "users", "errors"'],
    ["a text", "x", "the page is a string, not an array"],
    ["null", null, "the page is null, not an array"],
  ])("does not guess in %s", async (_name, json, message) => {
    const api = await server();
    api.on("GET /list").reply({ json });
    expect(await failureOf(everything(paginating()(`${api.url}/list`)))).toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: `GET ${api.url}/list: ${message}`,
      hint: expect.stringContaining("items: (page)"),
    });
  });

  it("takes them from items, which must give an array", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: { a: [1], b: [2] } });
    const pages = paginating();
    expect(await everything(pages(`${api.url}/list`, { items: (page) => page.json<{ b: number[] }>().b }))).toEqual([2]);
    expect(await failureOf(everything(pages(`${api.url}/list`, { items: (() => undefined) as never })))).toMatchObject({
      message: expect.stringContaining("items gave nothing instead of an array"),
    });
  });

  it.each([
    [{ maxPages: 2 }, [0, 1, 2, 3], 2],
    [{ maxItems: 3 }, [0, 1, 2], 2],
    [{ maxItems: 2 }, [0, 1], 1],
    [{ maxItems: 100, maxPages: 1 }, [0, 1], 1],
  ])("stops at %j without asking for more", async (limits, expected, calls) => {
    const api = await server();
    api.on("GET /list").reply(({ query }) => {
      const page = Number(query.get("p") ?? 0);
      return { json: [page * 2, page * 2 + 1], headers: next(`/list?p=${page + 1}`) };
    });
    expect(await everything(paginating({ baseUrl: api.url })("/list", limits))).toEqual(expected);
    expect(api.calls).toHaveLength(calls);
  });

  it("leaves nothing open when the loop is left early", async () => {
    const api = await server();
    api.on("GET /list").reply({ json: [1, 2], headers: next("/list?p=2") });
    const { session } = testSession({ baseUrl: api.url });
    for await (const item of paginate(async (url, request) => session.get(url, { ...request, stream: false }), "/list"))
      if (item === 1) break;
    await session.close();
    expect(api.calls).toHaveLength(1);
  });

  it.each<[PaginateOptions<unknown>, string]>([
    [{ cursor: () => "", page: true }, "cursor and page cannot be given together"],
    [{ next: () => null, page: {} }, "page and next cannot be given together"],
    [{ param: "p" }, "param goes with cursor"],
    [{ cursor: "next" as never }, "cursor takes a function"],
    [{ maxPages: 0 }, "maxPages takes a whole number above 0"],
    [{ maxItems: 1.5 }, "maxItems takes a whole number above 0"],
    [{ page: { start: -1 } }, "page.start takes a whole number"],
    [{ page: { size: 0 } }, "page.size takes a whole number above 0"],
    [{ page: { sizeParam: "n" } }, "page.sizeParam needs page.size"],
    [{ page: { parm: "p" } as never }, "parm is not an option of a paginate()'s page"],
    [{ page: { param: "" } }, "page.param takes the name"],
    [{ stream: true } as never, "stream is not an option of a paginate()"],
    [{ maxPage: 2 } as never, "maxPage is not an option"],
  ])("refuses %j before any call", (options, message) => {
    expect(() => paginating()("http://127.0.0.1:1/", options)).toThrow(InvalidRequestError);
    expect(() => paginating()("http://127.0.0.1:1/", options)).toThrow(message);
  });

  it("reads every item once, whatever the sizes of pages and limits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer(), { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        async (pages, maxItems) => {
          const { ErrandResponse } = await import("../response.ts");
          const request: PageRequest = async (url) => {
            const number = Number(new URL(url).searchParams.get("p") ?? 0);
            const headers: Record<string, string> = number + 1 < pages.length ? { link: `<?p=${number + 1}>; rel=next` } : {};
            return new ErrandResponse({
              wire: { status: 200, statusText: "", headers, rawHeaders: [], timings: { totalMs: 0 } },
              url: new URL(url),
              method: "GET",
              bytes: Buffer.from(JSON.stringify(pages[number])),
            });
          };
          expect(await everything(paginate(request, "http://h.example.com/", { maxItems }))).toEqual(pages.flat().slice(0, maxItems));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reads a Link header of 1 MB in linear time", async () => {
    const { ErrandResponse } = await import("../response.ts");
    const page =
      (link: string): PageRequest =>
      async (url) =>
        new ErrandResponse({
          wire: { status: 200, statusText: "", headers: { link }, rawHeaders: [], timings: { totalMs: 0 } },
          url: new URL(url),
          method: "GET",
          bytes: Buffer.from("[1]"),
        });
    for (const link of ["<".repeat(1_000_000), `<a>; rel="${"x ".repeat(500_000)}"`, "</a>; rel=next,".repeat(70_000)]) {
      const started = performance.now();
      await everything(paginate(page(link), "http://h.example.com/", { maxPages: 2 }));
      expect(performance.now() - started).toBeLessThan(2000);
    }
  });
});
