import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, propagation, trace } from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeServer, startPlayground, type FakeCall, type FakeServer } from "../../src/playground/index.ts";
import { pages } from "./markdown.ts";
import { exampleFile, examplesOf, runExample } from "./run-example.ts";

/** Every page that has an example: a new one is executed without being named here. */
const documents = pages().filter((page) => examplesOf(page).length > 0);

const closers: (() => Promise<unknown>)[] = [];
const replacements: Record<string, string> = {};
const saved = { ...process.env };
const home = process.cwd();

beforeAll(async () => {
  const playground = await startPlayground({ only: ["jsonplaceholder", "flaky", "kubernetes", "prometheus", "slack"], speed: 20 });
  const extra = await fakeServer();
  extra.on("GET /private").reply({ text: "welcome" });
  extra.on("POST /upload").reply({ status: 201, json: { ok: true } });
  serveGuides(extra);
  closers.push(
    () => playground.close(),
    () => extra.close(),
  );
  const folder = await mkdtemp(join(tmpdir(), "errand-docs-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "report.txt"), "all is well\n");
  // A project of its own: a journal that lies further up is somebody else's.
  await writeFile(join(folder, "package.json"), "{}\n");
  const { hostname } = new URL(extra.url);
  await writeFile(join(folder, "machines.netrc"), `machine ${hostname} login deploy password of-the-examples\n`, { mode: 0o600 });
  process.chdir(folder);
  Object.assign(process.env, {
    API_TOKEN: "token-of-the-examples",
    PASSWORD: "password-of-the-examples",
    API_KEY: "key-of-the-examples",
    K8S_API_URL: playground.kubernetes.url,
    K8S_TOKEN: "token-of-the-examples",
    SLACK_WEBHOOK: playground.slack.webhookUrl,
  });
  // Longest first: a prefix would swallow the others.
  Object.assign(replacements, {
    "https://api.example.com/private": `${extra.url}/private`,
    "https://api.example.com/upload": `${extra.url}/upload`,
    "https://echo.example.com": `${extra.url}/echo`,
    "https://moved.example.com": `${extra.url}/moved`,
    "https://device.example.com": `${extra.url}/device`,
    "https://events.example.com": `${extra.url}/events`,
    "https://files.example.com": `${extra.url}/files`,
    "https://login.example.com": `${extra.url}/login`,
    "https://orders.example.com": extra.url,
    "https://signed.example.com": `${extra.url}/signed`,
    "https://shop.example.com": `${extra.url}/shop`,
    "https://flaky.example.com": playground.flaky.url,
    "https://prometheus.example.com": playground.prometheus.url,
    "https://api.example.com": playground.jsonplaceholder.url,
  });
  await podsReady(playground.kubernetes.url);
});

afterAll(async () => {
  process.chdir(home);
  // What the tracing example registers.
  for (const each of [trace, context, propagation]) each.disable();
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
  Object.assign(process.env, saved);
  await Promise.all(closers.map((close) => close()));
});

/** What the guides talk to beside the playground. */
function serveGuides(extra: FakeServer): void {
  extra
    .on("GET /device/status")
    .reply(({ headers }) =>
      headers.authorization?.startsWith("Digest ") === true
        ? { text: "running" }
        : { status: 401, headers: { "www-authenticate": 'Digest realm="device", nonce="n1", qop="auth", algorithm=SHA-256' } },
    );
  extra.on("GET /signed/").reply(({ headers }) => ({ text: credentialIn(headers) }));
  extra.on("POST /login/token").reply({ json: { access_token: "token-of-the-guides", expires_in: 3600 } });
  extra
    .on("GET /orders")
    .reply(({ headers }) => ({ status: headers.authorization === "Bearer token-of-the-guides" ? 200 : 401, json: [] }));
  extra
    .on("GET /events/deployments")
    .reply({
      headers: { "content-type": "text/event-stream" },
      stream: ["retry: 1\nevent: started\ndata: web 1.4\n\nevent: done\ndata: web 1.4\n\n"],
    })
    .reply({ status: 204 });
  extra.on("GET /files/notes.txt").reply({ text: "all is well\n", headers: { etag: '"1"' } });
  extra
    .on("POST /echo")
    .reply((call) => ({ json: { type: call.headers["content-type"], length: call.headers["content-length"], text: call.text() } }));
  extra.on("GET /moved/users").reply({ status: 301, headers: { location: "/moved/people" } });
  extra.on("GET /moved/people").reply({ json: [{ id: 1 }] });
  extra.on("GET /moved/loop").reply({ status: 302, headers: { location: "/moved/loop" } });
  extra.on("POST /shop/login").reply({ headers: { "set-cookie": "sid=42; Path=/; HttpOnly" } });
  extra.on("GET /shop/cart").reply(({ headers }) => ({ text: `cookie: ${headers.cookie}` }));
}

/** Which header proves who calls, and how; not the proof. */
function credentialIn(headers: FakeCall["headers"]): string {
  if (headers.authorization !== undefined) return `authorization: ${headers.authorization.split(" ")[0]} ...`;
  return headers["x-api-key"] === undefined ? "nothing" : "x-api-key: ...";
}

async function podsReady(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { items } = (await (await fetch(`${url}/apis/apps/v1/namespaces/shop/deployments`)).json()) as {
      items: { status?: { readyReplicas?: number } }[];
    };
    if (items[0]?.status?.readyReplicas === 2) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("the playground's pods did not become ready");
}

describe("examples/", () => {
  for (const file of ["users-and-posts.ts", "flaky-api.ts", "alert-on-unready-pods.ts"]) {
    it(`${file} prints what it says`, async () => {
      const example = exampleFile(`examples/${file}`);
      expect(await runExample(example, replacements)).toEqual(example.expected);
    });
  }
});

it("every guide that shows TypeScript is among them", () => {
  expect(documents).toContain("README.md");
  expect(documents.length).toBeGreaterThan(12);
});

for (const document of documents) {
  describe(`the examples of ${document}`, () => {
    const examples = examplesOf(document);
    for (const [index, example] of examples.entries()) {
      it(`example ${index + 1} (${example.heading}) prints what it says`, async () => {
        expect(await runExample(example, replacements)).toEqual(example.expected);
      });
    }
  });
}
