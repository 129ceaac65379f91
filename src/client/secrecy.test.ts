import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { apiKey, basic, bearer } from "../auth/index.ts";
import { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import { literalSecret, secret } from "../secrets/index.ts";
import { attemptLog } from "./attempt-log.ts";

/** One value each, so that a leak says which one it was. */
const values = {
  header: "hdr-4f9a77c1e0",
  listed: "lst-93be20aa51",
  bearer: "brr-5d21c0ffee",
  password: "pwd-77aa88bb99",
  key: "key-1020304050",
  query: "qry-a1b2c3d4e5",
  json: "jsn-00ff11ee22",
  form: "frm-998877aabb",
  userinfo: "usr-abcdef0123",
  path: "T0AB12CD/B0EF34GH/wh00kpath99",
};
const leaked = (text: string): string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    text.includes(value) || text.includes(encodeURIComponent(value)) || text.includes(Buffer.from(value).toString("base64").slice(0, -2))
      ? [name]
      : [],
  );

/** Everything a program prints of an error or a response when something goes wrong. */
function shown(value: unknown): string {
  const chain: unknown[] = [];
  for (let each: unknown = value; each instanceof Error; each = each.cause) chain.push(each.message, each.stack, String(each));
  return [
    inspect(value),
    inspect(value, { depth: 8, showHidden: false }),
    inspect({ wrapped: [value] }, { depth: 8 }),
    JSON.stringify(value),
    String(value),
    ...chain,
  ].join("\n");
}

let api: FakeServer;
const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(String(warning));
beforeEach(async () => {
  api = await fakeServer();
  process.on("warning", onWarning);
  process.env["ERRAND_TEST_HEADER"] = values.header;
});
afterEach(async () => {
  process.removeListener("warning", onWarning);
  await api.close();
});

const options = () => ({
  headers: { "X-Secret-Thing": secret("env:ERRAND_TEST_HEADER"), "X-Api-Key": values.listed },
  params: { api_key: values.query, page: 1 },
});
const auths = () => [
  bearer(values.bearer),
  basic("user", values.password),
  apiKey("X-My-Key", values.key),
  bearer(literalSecret(values.bearer, "token")),
];

describe("secrets", () => {
  it("appear in no error, whatever the failure and however it is shown", async () => {
    api.on("* /500").fail(500, { json: { echo: Object.values(values) } });
    api.on("* /problem").reply({
      status: 400,
      body: Buffer.from(JSON.stringify({ title: `bad key ${values.key}`, detail: `Authorization: Bearer ${values.bearer}` })),
      headers: { "content-type": "application/problem+json", "set-cookie": `sid=${values.listed}` },
    });
    api.on("* /html").reply({ text: `<p>${values.json} ${values.bearer}</p>` });
    api.on("* /reset").reset();
    api.on("* /hang").hang();
    api.on("* /loop").redirect("/loop");
    api.on("* /ftp").redirect(`ftp://user:${values.userinfo}@h/?token=${values.query}`);
    const seen: string[] = [];
    for (const auth of auths()) {
      const { session } = testSession(
        { auth, ...options(), onAttempt: (attempt) => seen.push(JSON.stringify(attempt)) },
        { log: attemptLog({ ERRAND_LOG: "debug" }, (line) => seen.push(line)) },
      );
      const body = { json: { password: literalSecret(values.json, "json"), plain: "x" } };
      const url = api.url.replace("//", `//user:${values.userinfo}@`);
      const calls = [
        () => session.post(`${api.url}/500`, body).text(),
        () => session.post(`${api.url}/500`, { form: { password: literalSecret(values.form, "form") } }).json(),
        () => session.get(`${api.url}/problem`).json(),
        () => session.get(`${api.url}/html`).json(),
        () => session.get(`${api.url}/reset`, { retry: { attempts: 2 } }),
        () => session.post(`${api.url}/hang`, { ...body, timeout: "20ms" }),
        () => session.get(`${api.url}/loop`),
        () => session.get(`${api.url}/ftp`),
        () => session.get(`http://user:${values.userinfo}@127.0.0.1:1/`, { retry: false }),
        () => session.get(`${url}/500`).json(),
        () => session.get(`${api.url}/x`, { headers: { "X-Bad": `${values.key}\n` } }),
        () => session.get(`${api.url}/x`, { signal: AbortSignal.abort() }),
      ];
      for (const call of calls) {
        const error = await failureOf(call());
        expect(error).toBeInstanceOf(RequestError);
        expect(leaked(shown(error))).toEqual([]);
      }
    }
    expect(leaked(seen.join("\n"))).toEqual([]);
    expect(leaked(warnings.join("\n"))).toEqual([]);
    expect(seen.length).toBeGreaterThan(40);
  });

  it("appear in no response that is printed, nor in its story", async () => {
    api
      .on("GET /")
      .fail(503)
      .reply({ json: { ok: true }, headers: { "set-cookie": `sid=${values.listed}` } });
    const { session } = testSession({ auth: bearer(values.bearer), ...options() });
    const response = await session.get(api.url);
    expect(leaked([shown(response), response.explain(), JSON.stringify(response.attempts), response.request.url].join("\n"))).toEqual([]);
    const stream = await session.get(api.url, { stream: true });
    expect(leaked(shown(stream))).toEqual([]);
    await stream.close();
    expect(leaked(shown(session))).toEqual([]);
    const promise = session.get(api.url);
    expect(leaked(shown(promise))).toEqual([]);
    await promise;
  });

  it("that are a URL's path, as a webhook's, are hidden by value once they are known to be secret", async () => {
    const hook = literalSecret(`${api.url}/services/${values.path}`, "webhook");
    literalSecret(values.path, "webhook path");
    api.on("POST /*").fail(500);
    const { session } = testSession();
    const response = await session.post(`${api.url}/services/${values.path}`, { json: { text: "x" } });
    const error = await failureOf(session.post(`${api.url}/services/${values.path}`, { json: { text: "x" } }).text());
    expect(leaked([shown(error), response.explain(), JSON.stringify(response.attempts), String(hook)].join("\n"))).toEqual([]);
    expect(response.request.url).not.toContain("wh00kpath99");
    expect(api.calls[0]?.target).toContain("wh00kpath99");
  });

  it("stay out of the messages of a malformed answer that echoes the request", async () => {
    const wire = await raw(({ head, socket }) => void socket.end(`ECHO ${head}`));
    const { session } = testSession({ auth: bearer(values.bearer), ...options(), retry: false });
    expect(leaked(shown(await failureOf(session.get(wire.url))))).toEqual([]);
  });

  it("reach the server unchanged all the same", async () => {
    api.on("*").reply();
    const { session } = testSession({ auth: bearer(values.bearer), ...options() });
    await session.get(api.url);
    const [call] = api.calls;
    expect([call?.headers.authorization, call?.headers["x-secret-thing"], call?.headers["x-api-key"], call?.query.get("api_key")]).toEqual([
      `Bearer ${values.bearer}`,
      values.header,
      values.listed,
      values.query,
    ]);
  });

  it("that cannot be read fail before any I/O, by their reference", async () => {
    const { session } = testSession({ headers: { "X-Token": secret("env:ERRAND_TEST_NOT_SET") } });
    const error = (await failureOf(session.get(api.url))) as RequestError;
    expect(error).toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_SECRET",
      message: expect.stringContaining("env:ERRAND_TEST_NOT_SET"),
    });
    expect([api.connections, error.attempts.length]).toEqual([0, 1]);
  });

  it("that come from a slow store are waited for, on every attempt anew until cached", async () => {
    const { Secret } = await import("../secrets/index.ts");
    let reads = 0;
    const slow = new Secret("slow", {
      ttlMs: undefined,
      read: async () => {
        reads += 1;
        return "slow-secret-1";
      },
    });
    api.on("GET /").fail(503).reply();
    const { session } = testSession({ headers: { "X-A": slow, "X-B": slow } });
    await session.get(api.url);
    expect([reads, api.calls.map((call) => [call.headers["x-a"], call.headers["x-b"]])]).toEqual([
      1,
      [1, 2].map(() => ["slow-secret-1", "slow-secret-1"]),
    ]);
  });

  it("with a line break are refused when they are opened, without being shown", async () => {
    const { session } = testSession({ headers: { "X-Token": literalSecret("multi\nline-secret", "broken") } });
    const error = (await failureOf(session.get(api.url))) as RequestError;
    expect([error.code, error.message]).toEqual(["ERR_INVALID_HEADER", "the value of header X-Token has a line break at position 6"]);
  });
});
