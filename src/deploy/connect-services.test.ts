import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeServer, startPrometheus, startSlack, type FakeServer } from "../playground/index.ts";
import { runChecks } from "./checks/run-checks.ts";
import { connectServices } from "./connect-services.ts";
import type { DeployFile } from "./file/deploy-file.ts";
import { loadDeployFile } from "./file/read-deploy-file.ts";
import type { Message } from "./notify/message.ts";
import { secretReferences } from "./secret-references.ts";

let server: FakeServer;
let directory: string;
const signal = new AbortController().signal;
const closing: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await fakeServer();
  directory = await mkdtemp(join(tmpdir(), "errand-connect-"));
  await writeFile(
    join(directory, "kube.yaml"),
    `apiVersion: v1\nkind: Config\nclusters: [{ name: c, cluster: { server: "${server.url}" } }]\nusers: [{ name: u, user: {} }]\ncontexts: [{ name: a, context: { cluster: c, user: u } }, { name: b, context: { cluster: c, user: u } }]\ncurrent-context: a\n`,
  );
});
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function read(rest: string): Promise<DeployFile> {
  const path = join(directory, "deploy.yaml");
  await writeFile(
    path,
    `version: 1\ncluster: { kubeconfig: kube.yaml }\ntarget: { namespace: shop, deployment: web }\nchange: { restart: true }\n${rest}\n`,
  );
  return loadDeployFile(path);
}

async function outcomesOf(file: DeployFile): Promise<readonly string[]> {
  const services = connectServices(file);
  closing.push(services);
  const results = await runChecks({ checks: file.before, target: file.target, services, signal, now: Date.now });
  return results.map(({ outcome, summary }) => `${outcome}: ${summary}`);
}

const message: Message = {
  id: "end",
  triggers: ["critical"],
  tone: "bad",
  subject: "shop/web: <down>",
  lines: ["why"],
  next: undefined,
  context: [["cluster", "prod"]],
  runId: "run-1",
  startedAtMs: 1_900_000_000_000,
  entry: 0,
  isRepeat: false,
};

describe("the cluster of a deploy file", () => {
  it("comes from a kubeconfig beside the file, and its context can be replaced", async () => {
    const file = await read("");
    for (const [context, name] of [
      [undefined, "a"],
      ["b", "b"],
    ] as const) {
      const services = connectServices(file, { context });
      closing.push(services);
      expect(services.cluster.name).toBe(`${name} (${server.url})`);
    }
    expect(() => connectServices(file, { context: "c" })).toThrow(expect.objectContaining({ code: "ERR_KUBECONFIG" }));
    expect(server.calls).toEqual([]);
  });
});

describe("checks over HTTP", () => {
  it("send the credentials that the file refers to, from files and the environment", async () => {
    await writeFile(join(directory, "token"), "token-from-a-file\n");
    process.env["ERRAND_TEST_HEADER"] = "value-from-env";
    server.on("GET /healthz").reply({ text: "all good" });
    const file = await read(
      `before: [{ http: { url: "${server.url}/healthz", contains: good, auth: { bearer: { secret: "file:${join(directory, "token")}" } }, headers: { X-Api-Key: { secret: env:ERRAND_TEST_HEADER }, X-Plain: yes } } }]`,
    );
    expect(await outcomesOf(file)).toEqual(["pass: answered 200"]);
    expect(server.calls[0]?.headers).toMatchObject({
      authorization: "Bearer token-from-a-file",
      "x-api-key": "value-from-env",
      "x-plain": "yes",
    });
    delete process.env["ERRAND_TEST_HEADER"];
  });

  it("end in error, with the reason, when nobody answers, and at their timeout when somebody does not", async () => {
    server.on("GET /hang").hang();
    const file = await read(
      `before: [{ http: { url: "http://127.0.0.1:1/", timeout: 2s } }, { http: { url: "${server.url}/hang", timeout: 120ms } }]`,
    );
    const [refused, slow] = await outcomesOf(file);
    expect(refused).toMatch(/^error: .*ECONNREFUSED|refused/i);
    expect(slow).toMatch(/^error: (no answer within 120 ms|.*timed out|.*deadline)/i);
  });

  it("ask Prometheus, and pass on its own words when it refuses the query", async () => {
    const prometheus = await startPrometheus({ scenario: { errors: 0.4 }, prefix: "/prom" });
    closing.push(prometheus);
    const check = (query: string): string => `{ prometheus: { url: "${prometheus.url}", query: "${query}", max: 0.5 } }`;
    const file = await read(`before: [${check("errors")}, ${check("errorz")}, ${check("sum(errors")}]`);
    expect(await outcomesOf(file)).toEqual([
      "pass: 0.4, at most 0.5 allowed",
      "noData: the query gives no series: is the name of the metric right?",
      expect.stringMatching(/^error: .*(parse|unclosed)/i),
    ]);
  });
});

describe("Slack", () => {
  it("gets a message by webhook, escaped; a refusal is thrown without the webhook", async () => {
    const slack = await startSlack();
    closing.push(slack);
    await writeFile(join(directory, "good"), slack.webhookUrl);
    await writeFile(join(directory, "gone"), `${slack.webhookUrl}nonsense`);
    const file = await read(
      `notify: [{ slack: { webhook: { secret: "file:${directory}/good" } } }, { slack: { webhook: { secret: "file:${directory}/gone" } } }]`,
    );
    const services = connectServices(file);
    closing.push(services);
    const [good, gone] = file.notify;
    if (good === undefined || gone === undefined) throw new Error("two are declared");
    await services.notify(good, message, signal);
    expect(slack.inbox).toMatchObject([{ text: "shop/web: &lt;down&gt;\n• why" }]);
    const failed = await services.notify(gone, message, signal).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "ERR_SLACK" });
    expect(String(failed)).not.toContain(slack.webhookUrl);
  });
});

describe("secret references", () => {
  it("are found wherever the file has them", async () => {
    const http = (name: string): string =>
      `{ http: { url: "http://h/", auth: { basic: { user: u, password: { secret: env:${name}_PASSWORD } } }, headers: { X-Token: { secret: env:${name}_HEADER } } } }`;
    const file = await read(
      `before: [{ pods: { minReady: 1 } }, ${http("A")}]\nafter: { for: 1m, checks: [${http("B")}] }\nnotify: [{ slack: { token: { secret: env:T }, channel: "#ops" } }]`,
    );
    expect(secretReferences(file)).toEqual([
      { path: "before[1].http.auth.basic.password", reference: "env:A_PASSWORD" },
      { path: "before[1].http.headers.X-Token", reference: "env:A_HEADER" },
      { path: "after.checks[0].http.auth.basic.password", reference: "env:B_PASSWORD" },
      { path: "after.checks[0].http.headers.X-Token", reference: "env:B_HEADER" },
      { path: "notify[0].slack.token", reference: "env:T" },
    ]);
  });

  it("that do not resolve are reported by place and name, all of them", async () => {
    await writeFile(join(directory, "there"), "https://hooks.slack.com/services/x");
    const file = await read(
      `notify: [{ slack: { webhook: { secret: env:ERRAND_TEST_NOT_SET } } }, { slack: { webhook: { secret: "file:${directory}/there" } } }, { slack: { webhook: { secret: "file:${directory}/missing" } } }]`,
    );
    const services = connectServices(file);
    closing.push(services);
    expect((await services.secretProblems()).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(/^notify\[0\]\.slack\.webhook: .*ERRAND_TEST_NOT_SET is not set/),
      expect.stringMatching(/^notify\[2\]\.slack\.webhook: .*there is no such file/),
    ]);
  });
});
