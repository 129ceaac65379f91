import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startPrometheus, type PrometheusStandIn } from "./index.ts";

const NOW = 1_900_000_000_500;
let server: PrometheusStandIn;
beforeEach(async () => {
  server = await startPrometheus({
    now: () => NOW,
    scenario: { 'up{job="web"}': 1, 'requests_total{path="/\\"\\n"}': Number.NaN, heap_bytes: (time) => time, "rate(errors[5m])": 0.25 },
    alerts: [
      {
        name: "Down",
        state: "firing",
        labels: { severity: "critical" },
        annotations: { summary: "web is down" },
        activeAt: new Date(0),
        value: 0.00025,
      },
      { name: "Down", state: "inactive", labels: { severity: "warning" } },
      { name: "Slow", state: "inactive" },
    ],
  });
});
afterEach(() => server.close());

const get = async (path: string, init?: RequestInit): Promise<readonly [status: number, body: unknown]> => {
  const answer = await fetch(server.url + path, init);
  const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
  return [answer.status, isJson ? await answer.json() : await answer.text()];
};
const query = (expression: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof get> =>
  get(`/api/v1/query?${new URLSearchParams({ query: expression, ...more })}`);

describe("/api/v1/query", () => {
  it("answers with the envelope", async () => {
    expect(await query("up")).toEqual([
      200,
      {
        status: "success",
        data: { resultType: "vector", result: [{ metric: { __name__: "up", job: "web" }, value: [1_900_000_000.5, "1"] }] },
      },
    ]);
    expect(await query("nothing")).toEqual([200, { status: "success", data: { resultType: "vector", result: [] } }]);
  });

  it("takes a form, whose fields win over the query", async () => {
    const [, body] = await get("/api/v1/query?query=2", { method: "POST", body: new URLSearchParams({ query: "1", time: "7" }) });
    expect(body).toMatchObject({ data: { resultType: "scalar", result: [7, "1"] } });
  });

  it("does not read JSON bodies", async () => {
    const [status] = await get("/api/v1/query", { method: "POST", body: '{"query":"1"}', headers: { "content-type": "application/json" } });
    expect(status).toBe(400);
  });

  it("follows set, delete and functions at once", async () => {
    server.set("rate(errors[5m])", { error: "execution", message: "query processing would load too many samples" });
    expect(await query("rate(errors[5m])")).toEqual([
      422,
      { status: "error", errorType: "execution", error: "query processing would load too many samples" },
    ]);
    server.set("rate(errors[5m])", { error: "timeout" });
    expect((await query("rate(errors[5m])"))[0]).toBe(503);
    server.delete("rate(errors[5m])");
    expect(await query("rate(errors[5m])")).toEqual([501, expect.stringContaining("does not compute rate()")]);
  });

  it("shows warnings beside the data", async () => {
    server.set("up", { value: 1, warnings: ["No StoreAPIs matched for this query"] });
    expect((await query("up"))[1]).toMatchObject({ status: "success", warnings: ["No StoreAPIs matched for this query"] });
  });

  it.each([
    [{ query: "up", time: "x" }, `invalid parameter "time": Invalid time value for 'time': cannot parse "x" to a valid timestamp`],
    [{ query: "up", timeout: "x" }, 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
    [{ query: "1+" }, 'invalid parameter "query": 1:3: parse error: unexpected end of input'],
  ])("refuses %j with bad_data", async (fields, error) => {
    expect(await get(`/api/v1/query?${new URLSearchParams(fields)}`)).toEqual([400, { status: "error", errorType: "bad_data", error }]);
  });

  it("times out when there is no time", async () => {
    expect(await query("up", { timeout: "-1" })).toEqual([
      503,
      { status: "error", errorType: "timeout", error: "query timed out in query execution" },
    ]);
  });

  it("remembers what was asked", async () => {
    await query("up");
    await get("/api/v1/query_range?query=heap_bytes&start=0&end=1&step=1");
    expect(server.queries).toEqual(["up", "heap_bytes"]);
  });
});

describe("/api/v1/query_range", () => {
  const range = (fields: Readonly<Record<string, string>>): ReturnType<typeof get> =>
    get(`/api/v1/query_range?${new URLSearchParams(fields)}`);

  it("gives a matrix", async () => {
    const [, body] = await range({ query: "heap_bytes", start: "10", end: "1970-01-01T00:00:20Z", step: "5s" });
    expect(body).toEqual({
      status: "success",
      data: {
        resultType: "matrix",
        result: [
          {
            metric: { __name__: "heap_bytes" },
            values: [
              [10, "10"],
              [15, "15"],
              [20, "20"],
            ],
          },
        ],
      },
    });
  });

  it.each([
    [{ start: "1", end: "0", step: "1" }, 'invalid parameter "end": end timestamp must not be before start time'],
    [
      { start: "0", end: "1", step: "0" },
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      { start: "0", end: "11001", step: "1" },
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    ],
    [{ end: "1", step: "1" }, 'invalid parameter "start": cannot parse "" to a valid timestamp'],
    [{ start: "0", end: "1" }, 'invalid parameter "step": cannot parse "" to a valid duration'],
  ])("refuses %j", async (fields, error) => {
    expect(await range({ query: "up", ...(fields as Record<string, string>) })).toEqual([
      400,
      { status: "error", errorType: "bad_data", error },
    ]);
  });
});

describe("alerts and rules", () => {
  it("lists the alerts that are not inactive", async () => {
    const alert = {
      labels: { alertname: "Down", severity: "critical" },
      annotations: { summary: "web is down" },
      state: "firing",
      activeAt: "1970-01-01T00:00:00.000Z",
      value: "2.5e-04",
    };
    expect(await get("/api/v1/alerts")).toEqual([200, { status: "success", data: { alerts: [alert] } }]);
    server.setAlerts([{ name: "Slow", state: "pending" }]);
    expect((await get("/api/v1/alerts"))[1]).toMatchObject({
      data: { alerts: [{ state: "pending", value: "1e+00", activeAt: new Date(NOW).toISOString() }] },
    });
  });

  it("shows them in their rules, and as the series ALERTS", async () => {
    const [, body] = await get("/api/v1/rules?type=alert");
    expect(body).toMatchObject({
      data: {
        groups: [
          {
            rules: [
              { name: "Down", state: "firing", alerts: [{ state: "firing" }], type: "alerting" },
              { name: "Slow", state: "inactive", alerts: [] },
            ],
          },
        ],
      },
    });
    expect((await query('ALERTS{alertstate="firing"}'))[1]).toMatchObject({
      data: { result: [{ metric: { alertname: "Down", severity: "critical" } }] },
    });
    expect((await get("/api/v1/rules?type=record"))[1]).toEqual({ status: "success", data: { groups: [] } });
    expect(await get("/api/v1/rules?type=x")).toMatchObject([400, { error: 'invalid parameter "type": not supported value "x"' }]);
  });
});

describe("the rest of the server", () => {
  it("exposes the series for scraping, with escapes and types", async () => {
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toBe(
      [
        "# TYPE up gauge",
        'up{job="web"} 1',
        "# TYPE requests_total counter",
        String.raw`requests_total{path="/\"\n"} NaN`,
        "# TYPE heap_bytes gauge",
        "heap_bytes 1900000000.5",
        "",
      ].join("\n"),
    );
  });

  it("is healthy and ready, until told otherwise", async () => {
    expect(await get("/-/healthy")).toEqual([200, "Prometheus Server is Healthy.\n"]);
    expect(await get("/-/ready")).toEqual([200, "Prometheus Server is Ready.\n"]);
    server.setReady(false);
    expect(await get("/-/ready")).toEqual([503, "Service Unavailable"]);
    expect((await query("up"))[0]).toBe(503);
    expect((await get("/-/healthy"))[0]).toBe(200);
  });

  it("answers wrong paths and methods in plain text", async () => {
    for (const path of ["/api/v1/nothing", "/prometheus/api/v1/query", "/", "/toString"])
      expect(await get(path)).toEqual([404, "404 page not found\n"]);
    const answer = await fetch(`${server.url}/api/v1/query`, { method: "PUT" });
    expect([answer.status, answer.headers.get("allow"), await answer.text()]).toEqual([405, "GET, OPTIONS, POST", "Method Not Allowed\n"]);
    expect((await get("/api/v1/alerts", { method: "POST" }))[0]).toBe(405);
    expect((await get("/api/v1/query?query=1", { method: "HEAD" }))[0]).toBe(405);
  });

  it("can live below a path, and nowhere else", async () => {
    const below = await startPrometheus({ prefix: "/prometheus" });
    try {
      expect(below.url).toMatch(/:\d+\/prometheus$/);
      expect((await fetch(`${below.url}/api/v1/query?query=1`)).status).toBe(200);
      expect((await fetch(`${below.url}/../api/v1/query?query=1`)).status).toBe(404);
      below.setReady(false);
      expect([(await fetch(`${below.url}/-/ready`)).status, (await fetch(`${below.url}/api/v1/query?query=1`)).status]).toEqual([503, 503]);
    } finally {
      await below.close();
    }
  });

  it("tells its version", async () => {
    expect((await get("/api/v1/status/buildinfo"))[1]).toMatchObject({ status: "success", data: { version: "2.42.0" } });
  });

  it("allows every origin", async () => {
    const answer = await fetch(`${server.url}/api/v1/query`, { method: "OPTIONS" });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });
});
