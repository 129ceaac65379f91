import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bearer } from "../../auth/index.ts";
import { Session } from "../../client/index.ts";
import { startPrometheus, type PrometheusStandIn } from "../../playground/prometheus/index.ts";
import { fakeServer, type FakeServer } from "../../playground/fake-server.ts";
import { literalSecret } from "../../secrets/index.ts";
import { Prometheus, PrometheusError, seriesName, singleValue, type PrometheusOptions } from "./index.ts";

const nowMs = 1_900_000_000_000;
let standIn: PrometheusStandIn;
let server: FakeServer;
const opened: Prometheus[] = [];
const open = (url: string, more: Partial<PrometheusOptions> = {}): Prometheus => {
  const prometheus = new Prometheus({ url, session: { retry: { backoff: 1 } }, ...more });
  opened.push(prometheus);
  return prometheus;
};
const vector = (value: string): object => ({
  status: "success",
  data: { resultType: "vector", result: [{ metric: {}, value: [1, value] }] },
});

beforeAll(async () => {
  standIn = await startPrometheus({ now: () => nowMs });
  server = await fakeServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((prometheus) => prometheus.close()));
});
afterAll(async () => {
  await standIn.close();
  await server.close();
});

describe("Prometheus against the stand-in", () => {
  it("reads vectors with their labels, scalars, strings and the evaluation's time", async () => {
    standIn.set('up{job="web"}', 1);
    const prometheus = open(standIn.url);
    const [sample] = (await prometheus.query('up{job="web"}')).samples;
    expect(sample).toEqual({ labels: { __name__: "up", job: "web" }, value: 1, timestampMs: nowMs });
    expect(seriesName(sample?.labels ?? {})).toBe('up{job="web"}');
    standIn.set("scalar", { scalar: -Infinity });
    expect((await prometheus.query("scalar")).samples).toEqual([{ labels: {}, value: -Infinity, timestampMs: nowMs }]);
    standIn.set("words", { string: "hello" });
    expect((await prometheus.query("words")).text).toBe("hello");
  });

  it("tells no data, NaN and several series apart", async () => {
    const prometheus = open(standIn.url);
    expect(singleValue(await prometheus.query("unknown_metric"))).toEqual({ kind: "noData", why: "empty" });
    standIn.set("ratio", Number.NaN);
    expect(singleValue(await prometheus.query("ratio"))).toEqual({ kind: "noData", why: "NaN" });
    standIn.set('many{i="1"}', 1);
    standIn.set('many{i="2"}', 7);
    const many = await prometheus.query("many");
    expect(singleValue(many)).toMatchObject({ kind: "ambiguous", count: 2 });
    expect(singleValue(many, { series: "max" })).toMatchObject({ kind: "value", value: 7, sample: { labels: { i: "2" } } });
  });

  it("shows the warnings of a partial answer", async () => {
    standIn.set("partial", { value: 1, warnings: ["store 10.0.0.7 is away"] });
    expect(await open(standIn.url).query("partial")).toMatchObject({ warnings: ["store 10.0.0.7 is away"], samples: [{ value: 1 }] });
  });

  it("gives a range that was asked at one moment as a matrix", async () => {
    standIn.set("up[5m]", { matrix: [{ labels: { job: "web" }, values: [[1_899_999_990, 1]] }] });
    const result = await open(standIn.url).query("up[5m]");
    expect(result).toMatchObject({
      resultType: "matrix",
      samples: [],
      series: [{ labels: { job: "web" }, points: [{ timestampMs: 1_899_999_990_000, value: 1 }] }],
    });
    expect(singleValue(result)).toEqual({ kind: "wrongType", resultType: "matrix" });
  });

  it("asks for a moment in seconds, given as Date or as milliseconds", async () => {
    standIn.set("clock", (timeSeconds) => timeSeconds);
    const prometheus = open(standIn.url);
    const at = new Date(1_800_000_000_250);
    expect((await prometheus.query("clock", { time: at })).samples).toMatchObject([{ value: 1_800_000_000.25, timestampMs: at.getTime() }]);
    expect((await prometheus.query("clock", { time: at.getTime() })).samples[0]?.value).toBe(1_800_000_000.25);
  });

  it("reads a range query point by point", async () => {
    standIn.set("rising", (timeSeconds) => timeSeconds - 1_800_000_000);
    const result = await open(standIn.url).queryRange("rising", {
      start: 1_800_000_000_000,
      end: new Date(1_800_000_030_000),
      step: "15s",
    });
    expect(result.series[0]?.points).toEqual([
      { timestampMs: 1_800_000_000_000, value: 0 },
      { timestampMs: 1_800_000_015_000, value: 15 },
      { timestampMs: 1_800_000_030_000, value: 30 },
    ]);
  });

  it("says where a query cannot be parsed, without asking twice", async () => {
    const before = standIn.queries.length;
    const error = await open(standIn.url)
      .query("sum(up")
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PrometheusError);
    expect(error).toMatchObject({ code: "ERR_PROMETHEUS", errorType: "bad_data", status: 400, query: "sum(up", position: { line: 1 } });
    expect(String(error)).toMatch(/Prometheus refused the query sum\(up: .+, at line 1, column \d+ \(.+\) \(400 bad_data\)$/);
    expect(standIn.queries.length - before).toBe(1);
  });

  it("says what to do about too many points, and does not repeat an execution error", async () => {
    const prometheus = open(standIn.url);
    await expect(prometheus.queryRange("up", { start: 1_800_000_000_000, end: 1_800_100_000_000, step: "1s" })).rejects.toMatchObject({
      errorType: "bad_data",
      hint: "Raise step or shorten the range.",
    });
    standIn.set("broken", { error: "execution", message: "found duplicate series" });
    const before = standIn.queries.length;
    await expect(prometheus.query("broken")).rejects.toMatchObject({
      errorType: "execution",
      status: 422,
      message: expect.stringContaining("found duplicate series (422 execution)"),
    });
    expect(standIn.queries.length - before).toBe(1);
  });

  it("repeats a query that timed out in the server's queue, and tells so at the end", async () => {
    standIn.set("slow", { error: "timeout", message: "query timed out in query queue" });
    const before = standIn.queries.length;
    const error = await open(standIn.url)
      .query("slow")
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      errorType: "timeout",
      status: 503,
      message: expect.stringMatching(/gave up on the query slow: query timed out in query queue \(503 timeout\) \(3 attempts/),
    });
    expect(standIn.queries.length - before).toBe(3);
  });

  it("lists active alerts, and those of one state", async () => {
    const activeAt = new Date("2026-11-22T10:07:27.632Z");
    standIn.setAlerts([
      { name: "TooManyErrors", state: "firing", labels: { severity: "critical" }, annotations: { summary: "5xx" }, activeAt, value: 1.5 },
      { name: "Slow", state: "pending" },
      { name: "Quiet", state: "inactive" },
    ]);
    const prometheus = open(standIn.url);
    expect((await prometheus.alerts()).map(({ name, state }) => [name, state])).toEqual([
      ["TooManyErrors", "firing"],
      ["Slow", "pending"],
    ]);
    expect(await prometheus.alerts({ state: "firing" })).toEqual([
      {
        name: "TooManyErrors",
        state: "firing",
        labels: { alertname: "TooManyErrors", severity: "critical" },
        annotations: { summary: "5xx" },
        activeAt,
        value: 1.5,
      },
    ]);
    expect((await prometheus.rules({ type: "alert" }))[0]?.rules).toMatchObject([
      { type: "alerting", name: "TooManyErrors", state: "firing", health: "ok", lastError: undefined },
      { name: "Slow", state: "pending" },
      { name: "Quiet", state: "inactive" },
    ]);
  });

  it("tells the version, and whether the server is ready by asking once", async () => {
    const prometheus = open(standIn.url);
    expect(await prometheus.buildInfo()).toEqual({ version: "2.42.0", revision: "stand-in" });
    expect(await prometheus.ready()).toBe(true);
    standIn.setReady(false);
    expect(await prometheus.ready()).toBe(false);
    await expect(prometheus.query("up")).rejects.toMatchObject({
      errorType: "http",
      status: 503,
      hint: expect.stringContaining("starting or overloaded"),
    });
    standIn.setReady(true);
  });
});

describe("what Prometheus is sent", () => {
  it("joins the paths of the API to a prefix, with or without a slash at its end", async () => {
    server.on("GET /prometheus/api/v1/query").reply({ json: vector("1") });
    expect((await open(`${server.url}/prometheus`).query("up")).samples[0]?.value).toBe(1);
    expect((await open(`${server.url}/prometheus/`).query("up")).samples[0]?.value).toBe(1);
  });

  it("carries the credentials and headers", async () => {
    server.on("GET /auth/api/v1/query").reply({ json: vector("1") });
    await open(`${server.url}/auth`, { auth: bearer("prometheus-token"), headers: { "X-Scope-OrgID": "team-a" } }).query("up");
    expect(server.callsTo("GET /auth/api/v1/query")[0]?.headers).toMatchObject({
      authorization: "Bearer prometheus-token",
      "x-scope-orgid": "team-a",
    });
  });

  it("is a POST with a form when the query is long, and that is repeated like a GET", async () => {
    server
      .on("POST /long/api/v1/query")
      .fail(502)
      .reset()
      .reply({ json: vector("2") });
    const query = `up${" or up".repeat(400)}`;
    const result = await open(`${server.url}/long`).query(query, { time: nowMs });
    expect(result.samples[0]?.value).toBe(2);
    const calls = server.callsTo("POST /long/api/v1/query");
    expect(calls).toHaveLength(3);
    expect(calls[2]?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(new URLSearchParams(calls[2]?.text()))).toEqual({ query, time: "1900000000.000" });
  });

  it("counts the encoded length, which proxies limit", async () => {
    server.on("POST /encoded/api/v1/query").reply({ json: vector("1") });
    await open(`${server.url}/encoded`).query(`up{a="${"ü".repeat(400)}"}`);
    expect(server.callsTo("POST /encoded/api/v1/query")).toHaveLength(1);
  });

  it("has the timeout for the server too", async () => {
    server.on("GET /timeout/api/v1/query").reply({ json: vector("1") });
    await open(`${server.url}/timeout`).query("up", { timeout: "1.5s" });
    expect(server.callsTo("GET /timeout/api/v1/query")[0]?.query.get("timeout")).toBe("1500ms");
  });

  it.each([429, 502, 503, 504])("is repeated after a %i", async (status) => {
    server
      .on(`GET /s${status}/api/v1/query`)
      .fail(status)
      .reply({ json: vector("1") });
    await open(`${server.url}/s${status}`).query("up");
    expect(server.callsTo(`GET /s${status}/api/v1/query`)).toHaveLength(2);
  });

  it.each([400, 404, 422, 500])("is not repeated after a %i", async (status) => {
    server
      .on(`GET /s${status}/api/v1/query`)
      .fail(status)
      .reply({ json: vector("1") });
    await expect(open(`${server.url}/s${status}`).query("up")).rejects.toMatchObject({ status });
    expect(server.callsTo(`GET /s${status}/api/v1/query`)).toHaveLength(1);
  });

  it("is asked once when the session's retries are off", async () => {
    server.on("GET /once/api/v1/query").fail(503);
    await expect(open(`${server.url}/once`, { session: { retry: false } }).query("up")).rejects.toBeInstanceOf(PrometheusError);
    expect(server.callsTo("GET /once/api/v1/query")).toHaveLength(1);
  });

  it("goes over a given session, which stays open", async () => {
    server.on("GET /given/api/v1/query").reply({ json: vector("1") });
    const session = new Session({ headers: { "x-team": "infra" } });
    const prometheus = new Prometheus({ url: `${server.url}/given`, session });
    await prometheus.query("up");
    await prometheus.close();
    await prometheus.query("up");
    expect(server.callsTo("GET /given/api/v1/query").map(({ headers }) => headers["x-team"])).toEqual(["infra", "infra"]);
    await session.close();
  });

  it("ends with the caller's signal", async () => {
    server.on("GET /hang/api/v1/query").hang();
    const controller = new AbortController();
    const asked = open(`${server.url}/hang`).query("up", { signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});

describe("answers that are not Prometheus'", () => {
  it.each([
    ["", /try http:\/\/127\.0\.0\.1:\d+\/prometheus\.$/],
    ["/wrong", /^Is \/wrong the right prefix\?/],
    ["/prometheus/api/v1", /^Leave \/api\/v1 out of url/],
  ])("a 404 below %j is met with the prefix", async (prefix, hint) => {
    server.on(`GET ${prefix}/api/v1/query`).reply({ status: 404, text: "404 page not found\n" });
    await expect(open(server.url + prefix).query("up")).rejects.toMatchObject({
      errorType: "http",
      status: 404,
      message: expect.stringMatching(/answered 404: 404 page not found$/),
      hint: expect.stringMatching(hint),
    });
  });

  it("an HTML page with status 200 is no result", async () => {
    server
      .on("GET /page/api/v1/query")
      .reply({ body: Buffer.from("<!doctype html><title>Sign in</title>"), headers: { "content-type": "text/html" } });
    await expect(open(`${server.url}/page`).query("up")).rejects.toMatchObject({
      errorType: "invalid_response",
      status: 200,
      message: expect.stringMatching(/\/page answered 200 with an HTML page instead of JSON$/),
      hint: expect.stringContaining("login page"),
    });
  });

  it("a proxy's error page is told by its title", async () => {
    server.on("GET /proxy/api/v1/query").reply({ status: 403, body: Buffer.from("<html><title>403 Forbidden</title>secret text</html>") });
    await expect(open(`${server.url}/proxy`).query("up")).rejects.toMatchObject({
      message: expect.stringMatching(/answered 403: 403 Forbidden$/),
    });
  });

  it.each([
    ["no envelope", [1], "the answer is a list where an object was expected"],
    ["no status", { data: {} }, 'the answer has no status "success"'],
    [
      "another shape",
      { status: "success", data: { resultType: "vector", result: [{ metric: {}, value: [1] }] } },
      "data.result[0].value[1] is missing where a text was expected",
    ],
    [
      "warnings that are no texts",
      { status: "success", data: { resultType: "vector", result: [] }, warnings: [1] },
      "warnings[0] is of type number where a text was expected",
    ],
  ])("JSON with %s is no result", async (_name, json, problem) => {
    server.on("GET /shape/api/v1/query").reply({ json });
    await expect(open(`${server.url}/shape`).query("up")).rejects.toMatchObject({
      errorType: "invalid_response",
      message: expect.stringContaining(problem),
    });
  });

  it("a redirect of a long query is refused, for a GET would follow without the query", async () => {
    server.on("POST /moved/api/v1/query").redirect("/elsewhere", 301);
    await expect(open(`${server.url}/moved`).query("x".repeat(3000))).rejects.toMatchObject({
      status: 301,
      hint: expect.stringContaining("redirects"),
    });
  });

  it("an error keeps credentials of the address and secrets in the query to itself", async () => {
    server.on("GET /secret/api/v1/query").fail(400, { json: { status: "error", errorType: "bad_data", error: "1:3: parse error: bad" } });
    const url = `${server.url.replace("://", "://admin:hunter2hunter2@")}/secret`;
    literalSecret("hunter3hunter3", "label value");
    const error = await open(url)
      .query('up ???{x="hunter3hunter3"}')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ position: { line: 1, column: 3 } });
    expect(JSON.stringify(error) + inspect(error)).not.toMatch(/hunter[23]/);
    expect(server.callsTo("GET /secret/api/v1/query")[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from("admin:hunter2hunter2").toString("base64")}`,
    );
  });

  it("no answer at all is the client's error", async () => {
    server.on("GET /reset/api/v1/query").reset();
    await expect(open(`${server.url}/reset`).query("up")).rejects.toMatchObject({ code: "ERR_CONNECTION_RESET" });
  });
});

describe("freshness", () => {
  it("is the age of the newest scrape by the Date header", async () => {
    const date = new Date(nowMs);
    server.on("GET /fresh/api/v1/query").reply({ json: vector(String(nowMs / 1000 - 42.5)), headers: { date: date.toUTCString() } });
    expect(await open(`${server.url}/fresh`).freshness('up{job="web"}')).toBe(42_500);
    expect(server.callsTo("GET /fresh/api/v1/query")[0]?.query.get("query")).toBe('max(timestamp(up{job="web"}))');
  });

  it("is undefined for a selector without samples", async () => {
    standIn.set("max(timestamp(gone))", []);
    expect(await open(standIn.url).freshness("gone")).toBeUndefined();
  });
});

describe("options that cannot be used", () => {
  it.each([
    ["an empty query", (p: Prometheus) => p.query(" "), "a query is a PromQL expression, not an empty text"],
    ["seconds as time", (p: Prometheus) => p.query("up", { time: 1_800_000_000 }), "time: 1800000000 lies in 1970"],
    ["an invalid Date", (p: Prometheus) => p.query("up", { time: new Date("x") }), "time is no time"],
    ["no step", (p: Prometheus) => p.queryRange("up", { start: nowMs, end: nowMs, step: 0 }), "step is zero"],
    ["a step without unit", (p: Prometheus) => p.queryRange("up", { start: nowMs, end: nowMs, step: "15" }), "it has no unit"],
  ])("%s is refused before anything is sent", async (_name, call, message) => {
    const before = server.calls.length;
    await expect(call(open(server.url))).rejects.toMatchObject({ code: "ERR_INVALID_OPTION", message: expect.stringContaining(message) });
    expect(server.calls.length).toBe(before);
  });

  it("a missing address is named", () => {
    expect(() => new Prometheus({ url: "" })).toThrow("prometheus: url is missing");
    expect(() => new Prometheus({ url: "prometheus.example.com:9090" })).toThrow("has no scheme");
  });
});
