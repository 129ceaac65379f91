// The behaviours that urllib3 tests (test/test_retry.py), black-box, under their upstream names. Where errand decides otherwise on purpose
// the title says so.
import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import { fakeServer } from "../../src/playground/index.ts";
import { parseRetryAfter, type RetryOptions } from "../../src/retry/index.ts";
import { selfSigned } from "../certificates.ts";
import { closedPort, reply } from "../raw-server.ts";
import { closeAfterTest, failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

/** The waits between the attempts of a GET that meets nothing but this status. */
async function waitsFor(retry: RetryOptions, { status = 500, random = 1 } = {}): Promise<number[]> {
  peer.api.on("GET /").fail(status);
  const { session, waits } = testSession({ retry }, { random: () => random });
  await session.get(peer.api.url);
  return waits;
}

describe("test_retry.py: which failures are repeated", () => {
  it.each<[string, string[] | undefined, Record<string, number>]>([
    ["test_allowed_methods_with_status_forcelist: by default what may be done twice", undefined, { GET: 2, PUT: 2, POST: 1 }],
    ["test_allowed_methods_with_status_forcelist: only those that are named", ["POST"], { GET: 1, PUT: 1, POST: 2 }],
    ["test_allowed_methods_with_status_forcelist: all of them", ["GET", "PUT", "POST"], { GET: 2, PUT: 2, POST: 2 }],
  ])("%s", async (_title, methods, attempts) => {
    peer.api.on("* /").fail(418);
    const { session } = testSession({ retry: { attempts: 2, statuses: [418], ...(methods === undefined ? {} : { methods }) } });
    for (const [method, count] of Object.entries(attempts))
      expect([method, (await session.request(method, peer.api.url)).attempts.length]).toEqual([method, count]);
  });

  it("test_status_forcelist: 500 to 599 are repeated, 400 is not", async () => {
    const statuses = Array.from({ length: 100 }, (_, index) => 500 + index);
    const { session } = testSession({ retry: { attempts: 2, statuses } });
    for (const [status, count] of [
      [500, 2],
      [599, 2],
      [400, 1],
    ] as const) {
      peer.api.on(`GET /${status}`).fail(status);
      expect((await session.get(`${peer.api.url}/${status}`)).attempts).toHaveLength(count);
    }
  });

  it("test_retry_method_not_allowed: the timeout of a POST is the error itself, at the first attempt", async () => {
    peer.api.on("POST /").hang();
    const error = (await failureOf(testSession({ timeout: "30ms" }).session.post(peer.api.url))) as RequestError;
    expect([error.name, error.code, error.attempts.length, error.attempts[0]?.stopped]).toEqual([
      "TimeoutError",
      "ERR_TIMEOUT",
      1,
      "method",
    ]);
  });

  it("test_retry_other: a certificate that does not hold is no failure to connect, which is repeated", async () => {
    const server = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const { session } = testSession();
    const certificate = (await failureOf(session.get(server.url))) as RequestError;
    const connection = (await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`))) as RequestError;
    expect([certificate.name, certificate.attempts.length, connection.attempts.length]).toEqual(["TLSError", 1, 3]);
  });

  it("test_retry_read_zero: no second chance for a timeout, one for a refused connection", async () => {
    const when: RetryOptions["when"] = ({ error }) => (error?.code === "ERR_TIMEOUT" ? "stop" : undefined);
    peer.api.on("GET /").hang();
    const { session } = testSession({ timeout: "30ms", retry: { attempts: 2, when } });
    const timeout = (await failureOf(session.get(peer.api.url))) as RequestError;
    const refused = (await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`))) as RequestError;
    expect([timeout.attempts.length, timeout.attempts[0]?.stopped, refused.attempts.length]).toEqual([1, "when", 2]);
  });

  it("test_retry_both_specified: of two limits the lower one wins", async () => {
    const { session } = testSession({ retry: { attempts: 3, when: ({ attempt }) => (attempt >= 2 ? "stop" : undefined) } });
    const error = (await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`))) as RequestError;
    expect([error.attempts.length, error.attempts.at(-1)?.stopped]).toEqual([2, "when"]);
    const few = (await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`, { retry: { attempts: 1 } }))) as RequestError;
    expect([few.attempts.length, few.attempts.at(-1)?.stopped]).toEqual([1, "attempts"]);
  });

  it("test_history: every failure in its order, with method, URL, error or status, and the redirect", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 0) socket.destroy();
      else if (index === 1) socket.write(reply("500 Internal Server Error"));
      else if (index === 2) socket.write(reply("302 Found", "", { location: "/next" }));
      else socket.write(reply(index === 3 ? "503 Service Unavailable" : "200 OK"));
    });
    const response = await testSession({ retry: { attempts: 4 } }).session.get(`${wire.url}/first`);
    expect(response.attempts.map(({ method, url, status, error }) => [method, url.slice(wire.url.length), status ?? error?.code])).toEqual([
      ["GET", "/first", expect.stringMatching(/^ERR_CONNECTION_(RESET|CLOSED)$/)],
      ["GET", "/first", 500],
      ["GET", "/next", 503],
      ["GET", "/next", 200],
    ]);
    expect(response.history.map(({ status, url }) => [status, url])).toEqual([[302, `${wire.url}/first`]]);
  });

  it("test_retry_default_remove_headers_on_redirect: Authorization, Proxy-Authorization and Cookie stay at their origin", async () => {
    const other = closeAfterTest(await fakeServer());
    other.on("*").reply();
    peer.api.on("GET /").redirect(`${other.url}/`);
    const headers = {
      Authorization: "Basic dXNlcjpwYXNz",
      "Proxy-Authorization": "Basic dXNlcjpwYXNz",
      Cookie: "a=b",
      Accept: "text/plain",
    };
    await testSession().session.get(peer.api.url, { headers });
    const sent = other.calls[0]?.headers;
    expect([sent?.authorization, sent?.["proxy-authorization"], sent?.cookie, sent?.accept]).toEqual([
      undefined,
      undefined,
      undefined,
      "text/plain",
    ]);
  });
});

describe("test_retry.py: how long it waits", () => {
  it("test_backoff (errand waits before the first repetition too, and 20 s at most): 0.2, 0.4, 0.8 s ...", async () => {
    expect(await waitsFor({ attempts: 10, backoff: "200ms" })).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]);
  });

  it("test_configurable_backoff_max: the span grows to maxBackoff, never beyond", async () => {
    expect(await waitsFor({ attempts: 6, backoff: "200ms", maxBackoff: "1s" })).toEqual([200, 400, 800, 1000, 1000]);
  });

  it("test_backoff_jitter (errand's jitter is the whole wait, so that callers spread): a share of the span, the maximum included", async () => {
    const retry: RetryOptions = { attempts: 6, backoff: "200ms", maxBackoff: "1s" };
    expect(await waitsFor(retry, { random: 0 })).toEqual([0, 0, 0, 0, 0]);
    expect(await waitsFor(retry, { random: 0.5 })).toEqual([100, 200, 400, 500, 500]);
  });

  it("test_backoff_reset_after_redirect (errand counts the attempts of a call, redirects included): the wait goes on growing", async () => {
    peer.api.on("GET /").fail(500).redirect("/next");
    peer.api.on("GET /next").fail(500, { times: 2 }).reply();
    const { session, waits } = testSession({ retry: { attempts: 4, backoff: "100ms" } });
    expect([(await session.get(peer.api.url)).status, waits]).toEqual([200, [100, 200, 400]]);
  });

  it.each<[string, string, number]>([
    ["test_parse_retry_after: 0", "0", 0],
    ["test_parse_retry_after: 1000", "1000", 1_000_000],
    ["test_parse_retry_after: 42 between white space", "\t42 ", 42_000],
  ])("%s", async (_title, header, waitMs) => {
    peer.api
      .on("GET /")
      .fail(503, { headers: { "retry-after": header } })
      .reply();
    const { session, waits } = testSession({ retry: { maxRetryAfter: "1h" } }, { random: () => 0 });
    expect([(await session.get(peer.api.url)).status, waits]).toEqual([200, [waitMs]]);
  });

  it.each([
    ["test_parse_retry_after_invalid: -1", "-1"],
    ["test_parse_retry_after_invalid: +1", "+1"],
    ["test_parse_retry_after_invalid: 1.0", "1.0"],
    ["test_parse_retry_after_invalid: a superscript two", "\u00b2"],
  ])("%s is no wait that the server asks for: the backoff counts", async (_title, header) => {
    peer.api
      .on("GET /")
      .fail(503, { headers: { "retry-after": header } })
      .reply();
    const { session } = testSession({ retry: { backoff: "7ms" } });
    const [first] = (await session.get(peer.api.url)).attempts;
    expect([first?.waitMs, first?.waitReason]).toEqual([7, "backoff"]);
  });

  it.each<[string, string, number | undefined]>([
    ["test_respect_retry_after_header_sleep: seconds", "3600", 3_600_000],
    ["test_respect_retry_after_header_sleep: IMF-fixdate", "Mon, 03 Jun 2019 12:00:00 GMT", 1_800_000],
    ["test_respect_retry_after_header_sleep: RFC 850", "Monday, 03-Jun-19 12:00:00 GMT", 1_800_000],
    ["test_respect_retry_after_header_sleep: asctime, which is UTC though it names no zone", "Mon Jun  3 12:00:00 2019", 1_800_000],
    ["test_respect_retry_after_header_sleep: a date in the past is no wait", "Mon, 03 Jun 2019 11:00:00 GMT", 0],
  ])("%s", (_title, header, waitMs) => {
    const before = process.env["TZ"];
    try {
      for (const zone of ["UTC", "America/New_York", "Asia/Kathmandu"]) {
        process.env["TZ"] = zone;
        expect(parseRetryAfter(header, Date.UTC(2019, 5, 3, 11, 30))).toBe(waitMs);
      }
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  });
});
