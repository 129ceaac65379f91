import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeServer, startPlayground, startPrometheus, type Playground, type PrometheusStandIn } from "../../src/playground/index.ts";
import { startRealPrometheus, type RealPrometheus } from "./real-prometheus.ts";

const execute = promisify(execFile);

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = async (command: string, args: readonly string[]): Promise<Outcome> => {
  try {
    const { stdout, stderr } = await execute(command, args, { timeout: 30_000, env: { ...process.env, NO_PROXY: "*" } });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, stdout, stderr };
  }
};
const curl = (...args: string[]): Promise<Outcome> => run("curl", ["-sS", "--max-time", "20", ...args]);
const httpie = (...args: string[]): Promise<Outcome> => run("http", ["--ignore-stdin", "--pretty=none", ...args]);

let playground: Playground;
beforeAll(async () => {
  playground = await startPlayground({
    only: ["jsonplaceholder", "prometheus", "slack", "flaky", "health"],
    slack: { rateLimit: { burst: 1 } },
  });
});
afterAll(() => playground.close());

describe("HTTPie and curl against the jsonplaceholder stand-in", () => {
  it("reads, with query items and compression", async () => {
    const { stdout } = await httpie(
      "--body",
      `${playground.jsonplaceholder.url}/posts`,
      "userId==3",
      "_limit==2",
      "_sort==id",
      "_order==desc",
    );
    expect((JSON.parse(stdout) as { id: number; userId: number }[]).map(({ id, userId }) => [id, userId])).toEqual([
      [30, 3],
      [29, 3],
    ]);
    const { stdout: all } = await curl("--compressed", `${playground.jsonplaceholder.url}/photos`);
    expect(JSON.parse(all)).toHaveLength(5000);
  });

  it("creates from JSON, from a form, and follows nothing into storage", async () => {
    const created = await httpie("--print=hb", "POST", `${playground.jsonplaceholder.url}/posts`, "title=from HTTPie", "userId:=1");
    expect(created.stdout).toMatch(/^HTTP\/1\.1 201 Created/);
    expect(created.stdout).toContain(`location: ${playground.jsonplaceholder.url}/posts/101`);
    expect(created.stdout).toContain('"title": "from HTTPie"');
    const { stdout } = await curl("--data-urlencode", "title=a & b", `${playground.jsonplaceholder.url}/posts`);
    expect(JSON.parse(stdout)).toEqual({ title: "a & b", id: 101 });
    expect((await httpie("--check-status", `${playground.jsonplaceholder.url}/posts/101`)).exitCode).toBe(4);
  });

  it("revalidates by the ETag that curl has saved", async () => {
    const directory = await mkdtemp(join(tmpdir(), "errand-etag-"));
    try {
      const url = `${playground.jsonplaceholder.url}/users`;
      const file = join(directory, "etag");
      await curl("-o", "/dev/null", "--etag-save", file, url);
      expect((await curl("-o", "/dev/null", "-w", "%{http_code}", "--etag-compare", file, url)).stdout).toBe("304");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("curl's own retries against the flaky stand-in", () => {
  it("succeeds after two failures, and not before", async () => {
    const url = `${playground.flaky.url}/flaky?fail=2&key=curl`;
    expect((await curl("--fail", "--retry", "1", "--retry-delay", "1", url)).exitCode).toBe(22);
    expect((await curl("--fail", url)).stdout).toContain('"ok":true');
  });

  it("waits as long as Retry-After says", async () => {
    const start = performance.now();
    const { exitCode, stdout } = await curl("--fail", "--retry", "2", `${playground.flaky.url}/rate-limit?after=2&key=curl`);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('"ok":true')]);
    expect(performance.now() - start).toBeGreaterThan(1_990);
  });

  it.each([
    ["/reset", 56],
    ["/once-closed?key=curl", 52],
    ["/truncated", 18],
    ["/redirect/60", 47],
  ])("names %s as curl does: %i", async (path, exitCode) => {
    expect((await curl("-L", "--max-redirs", "10", "-o", "/dev/null", playground.flaky.url + path)).exitCode).toBe(exitCode);
  });

  it("lets curl and HTTPie time out", async () => {
    expect((await run("curl", ["-sS", "--max-time", "1", `${playground.flaky.url}/hang`])).exitCode).toBe(28);
    expect((await httpie("--timeout", "1", `${playground.flaky.url}/slow?ms=5000`)).exitCode).toBe(2);
  });

  it("redirects a POST as HTTPie follows it", async () => {
    const { stdout } = await httpie(
      "--follow",
      "--print=b",
      "POST",
      `${playground.flaky.url}/redirect-to?status=307&url=/flaky%3Ffail%3D0`,
      "a=b",
    );
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });
});

describe("HTTPie and curl against the other stand-ins", () => {
  it("posts to Slack's webhook and API, and meets the limit", async () => {
    const { stdout } = await httpie("--body", "POST", playground.slack.webhookUrl, "text=deployed");
    expect(stdout).toBe("ok");
    const limited = await httpie("--check-status", "--print=hb", "POST", playground.slack.webhookUrl, "text=again");
    expect(limited.stdout).toMatch(/^HTTP\/1\.1 429 /);
    expect(limited.stdout).toMatch(/retry-after: 1/i);
    const posted = await curl(
      "-H",
      `Authorization: Bearer ${playground.slack.botToken}`,
      "-d",
      "channel=general",
      "-d",
      "text=hi",
      `${playground.slack.apiUrl}/chat.postMessage`,
    );
    expect(JSON.parse(posted.stdout)).toMatchObject({ ok: true, channel: "C01GENERAL" });
    expect(playground.slack.inbox.map(({ text }) => text)).toEqual(["deployed", "hi"]);
  });

  it("queries Prometheus and health", async () => {
    const { stdout } = await curl("-G", "--data-urlencode", 'query=sum(up{job="web"}) == 2', `${playground.prometheus.url}/api/v1/query`);
    expect(JSON.parse(stdout)).toMatchObject({ data: { result: [{ value: [expect.any(Number), "2"] }] } });
    playground.health.set({ status: 503 });
    expect((await httpie("--check-status", playground.health.healthUrl)).exitCode).toBe(5);
  });

  it("scripts a fake server for any client", async () => {
    const server = await fakeServer();
    try {
      server
        .on("GET /users")
        .fail(503, { times: 2, retryAfter: 1 })
        .reply({ json: [{ id: 1 }] });
      const { stdout } = await curl("--retry", "3", `${server.url}/users`);
      expect(stdout).toContain('[{"id":1}]');
      const [first, second, third] = server.callsTo("GET /users").map(({ at }) => at);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(990);
      expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(990);
    } finally {
      await server.close();
    }
  });
});

/** Scripted, exposed, scraped by the real Prometheus, and then asked of both. */
const SCENARIO = {
  'shop_requests_total{code="200",team="web"}': 95,
  'shop_requests_total{code="500",team="web"}': 5,
  'shop_ready{team="web",pod="a"}': 1,
  'shop_ready{team="web",pod="b"}': 0,
  'shop_ready{team="db",pod="c"}': 1,
  'shop_odd{x="nan"}': Number.NaN,
  'shop_odd{x="inf"}': Infinity,
  'shop_odd{x="tiny"}': 1.5e-7,
  'shop_odd{x="q\\"\\\\\\n"}': -0.25,
};

const EXPRESSIONS = [
  "shop_ready",
  'shop_ready{team!="web"}',
  'shop_ready{pod=~"a|b"}',
  'shop_ready{pod=~"a|"}',
  'shop_ready{nothing=""}',
  "shop_unknown",
  "shop_odd",
  "shop_ready == 0",
  "shop_ready == bool 0",
  "0 < shop_ready",
  "shop_ready * 2 - 1",
  "-shop_ready",
  "+shop_ready",
  "shop_ready / shop_ready",
  "shop_ready + shop_odd",
  "sum(shop_ready)",
  "sum by (team) (shop_ready)",
  "count(shop_ready) by (team)",
  "max(shop_odd)",
  "min(shop_odd)",
  "avg without (pod) (shop_ready)",
  'sum(shop_requests_total{code=~"5.."}) / sum(shop_requests_total) * 100',
  "shop_ready and shop_ready == 1",
  "shop_ready unless shop_ready == 1",
  "shop_ready == 1 or vector(7)",
  "absent(shop_ready)",
  'absent(shop_unknown{a="b"})',
  "time()",
  "2 ^ 3 ^ 2",
  "-2 ^ 2",
  "-5 % 3",
  "1/0",
  "0/0",
  "1e21",
  "vector(1e21)",
  "vector(-1e-7)",
  "vector(0.000001)",
  "1e-7",
  "0x1f",
  "Inf",
  '"text"',
  "scalar(shop_ready)",
  "vector(1) > 1",
  "1 > bool 2",
  "sum",
  "",
  "1+",
  "sum(",
  "(1",
  "shop_ready)",
  "a{",
  'a{b="c"',
  'a{b="c',
  "a{b=c}",
  "a{b}",
  'a{b=="c"}',
  'a{1="b"}',
  "a b",
  "1 2",
  "==1",
  "bool",
  "a > bool bool 1",
  "1 == 1",
  "a +bool 1",
  "a and 1",
  'a + "b"',
  "$x",
  "é",
  "a ==\n$",
  "a & 1",
  "a ! 1",
  "a = 1",
  "a =~ 1",
  "1_000",
  "{}",
  '{a=""}',
  "nofn(a)",
  "time(1)",
  "vector(a)",
  "scalar(1)",
  "sum(1)",
  "sum()",
  "a[5m",
  "rate(a[5m]",
  ")",
  "a{b!",
  'a{b="c" d="e"}',
  "sum by (a b) (c)",
  "sum(a, b)",
  '-"a"',
  'a{__name__="b"}',
  "5m",
  "a}",
  '{team="web",pod="a"} + shop_ready',
  '{__name__=~"shop_re.*",team="web",code!=""} + shop_ready',
  "label_replace",
];

describe("Debian's Prometheus and the stand-in", () => {
  let standIn: PrometheusStandIn;
  let real: RealPrometheus;

  beforeAll(async () => {
    standIn = await startPrometheus({ scenario: SCENARIO });
    real = await startRealPrometheus({ target: standIn.url });
    await real.seen("count(shop_ready) == 3");
  });

  afterAll(async () => {
    await real?.close();
    await standIn?.close();
  });

  it("accepts the stand-in as a healthy target", async () => {
    const answer = await fetch(`${real.url}/api/v1/targets?state=active`);
    expect(await answer.json()).toMatchObject({ data: { activeTargets: [{ health: "up", lastError: "" }] } });
  });

  it.each(EXPRESSIONS)("answer %j alike", async (expression) => {
    const fields = new URLSearchParams({ query: expression, time: (Date.now() / 1000).toFixed(3) });
    expect(await comparable(standIn.url, "query", fields)).toEqual(await comparable(real.url, "query", fields));
  });

  it.each([
    { query: "1", start: "0.5", end: "2", step: "1" },
    { query: "1", start: "0", end: "120", step: "1m" },
    { query: "1", start: "1", end: "0", step: "1" },
    { query: "1", start: "0", end: "1", step: "0" },
    { query: "1", start: "0", end: "11000", step: "1" },
    { query: "1", start: "0", end: "11001", step: "1" },
    { query: "1", end: "1", step: "1" },
    { query: "1", start: "0", end: "1" },
    { query: "1", start: "0", end: "1", step: "1h1y" },
    { query: '"a"', start: "0", end: "1", step: "1" },
    { query: "time() * 2", start: "1.25", end: "3", step: "250ms" },
  ])("answer the range %j alike", async (fields) => {
    const encoded = new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]])),
    );
    expect(await comparable(standIn.url, "query_range", encoded)).toEqual(await comparable(real.url, "query_range", encoded));
  });

  it.each(["x", "2030-01-01", "2030-01-01T00:00:00Z", "2030-01-01T00:00:00.1234+01:00", "1.23456789", "-1", "1e3"])(
    "take the time %s alike",
    async (time) => {
      const fields = new URLSearchParams({ query: "time()", time });
      expect(await comparable(standIn.url, "query", fields)).toEqual(await comparable(real.url, "query", fields));
    },
  );

  it.each([
    ["PUT", "/api/v1/query"],
    ["HEAD", "/api/v1/query?query=1"],
    ["POST", "/api/v1/alerts"],
    ["GET", "/api/v1/nothing"],
    ["GET", "/prometheus/api/v1/query"],
    ["GET", "/-/healthy"],
    ["HEAD", "/-/ready"],
    ["GET", "/api/v1/rules?type=x"],
    ["GET", "/api/v1/rules"],
    ["GET", "/api/v1/alerts"],
    ["OPTIONS", "/api/v1/query"],
  ])("answer %s %s alike", async (method, path) => {
    const ask = async (url: string): Promise<unknown> => {
      const answer = await fetch(url + path, { method });
      return [answer.status, answer.headers.get("content-type"), answer.headers.get("allow"), await answer.text()];
    };
    expect(await ask(standIn.url)).toEqual(await ask(real.url));
  });
});

interface Row {
  readonly metric: Readonly<Record<string, string>>;
}

/** Status and body, without what scraping adds (job, instance) and without an order that PromQL does not promise. */
async function comparable(url: string, endpoint: string, fields: URLSearchParams): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/${endpoint}?${fields}`);
  const body = (await answer.json()) as { data?: { resultType: string; result: unknown } };
  const { data } = body;
  if (data === undefined || (data.resultType !== "vector" && data.resultType !== "matrix")) return [answer.status, body];
  const rows = (data.result as Row[]).map((row) => {
    const { job: _job, instance: _instance, ...metric } = row.metric;
    return JSON.stringify({
      ...row,
      metric: Object.fromEntries(Object.entries(metric).sort(([left], [right]) => (left < right ? -1 : 1))),
    });
  });
  return [answer.status, { ...body, data: { ...data, result: rows.sort() } }];
}
