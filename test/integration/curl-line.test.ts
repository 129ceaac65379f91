import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeAfterTest, server, testSession } from "../test-session.ts";
import { TestAuthority } from "../certificates.ts";
import { apiKey, basic, bearer, type Auth } from "../../src/auth/index.ts";
import { InvalidRequestError } from "../../src/errors/index.ts";
import { fakeServer, type FakeCall, type FakeServer } from "../../src/playground/index.ts";
import { resolveProxy } from "../../src/proxy/index.ts";
import { literalSecret, secret } from "../../src/secrets/index.ts";
import { Transport } from "../../src/transport/index.ts";
import { Call } from "../../src/client/call.ts";
import { resolveDefaults } from "../../src/client/defaults.ts";
import type { RequestOptions, SessionOptions } from "../../src/client/options.ts";
import type { CurlConnection } from "../../src/client/curl/curl-connection.ts";
import { curlLine } from "../../src/client/curl/curl-line.ts";

interface Given {
  readonly options?: RequestOptions;
  readonly session?: SessionOptions;
  readonly connection?: CurlConnection;
}

/** The line for a call of a session with these options. */
function line(method: string, url: string, { options, session = {}, connection }: Given = {}): string {
  const context = {
    defaults: resolveDefaults(session),
    transport: new Transport({
      tls: {},
      proxies: resolveProxy(false, {}),
      maxConnections: 1,
      connectTimeoutMs: 1000,
      isPublicOnly: false,
      onUnverified: () => undefined,
    }),
    limits: undefined,
    cookies: undefined,
    tracing: undefined,
    middleware: [],
    budgetOf: () => {
      throw new Error("nothing is sent");
    },
    refund: () => undefined,
    onEnd: () => undefined,
    log: undefined,
    random: () => 0,
    isUnverified: false,
    authFetch: async () => {
      throw new Error("nothing is sent");
    },
    sleep: undefined,
  };
  return curlLine(new Call(context, method, { target: url, options }), connection);
}

let folder: string;
const token = "env-token-1234 'quoted' \"x\" \\y";
const variables = {
  CURL_TEST_TOKEN: "env-token.1234",
  CURL_TEST_PASSWORD: token,
  ERRAND_TOKEN: "literal-token-1",
  ERRAND_PASSWORD: "pass word!%",
};
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand curl-"));
  await writeFile(path("secret's file"), "file-token-5678\n");
  await writeFile(path("report.csv"), "a;b\r\n1;2\n");
  await writeFile(path("no-extension"), Buffer.from([0, 255, 10, 13]));
  Object.assign(process.env, variables);
});
afterAll(async () => {
  for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  await rm(folder, { recursive: true });
});

/** Runs a line in a shell, from a file as people save it, in the folder of the files. */
async function run(shell: string, command: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = path("line.sh");
  await writeFile(script, `${command}\n`);
  const clean = { PATH: process.env["PATH"], HOME: folder, ...variables, ...env };
  return (await promisify(execFile)(shell, [script], { cwd: folder, env: clean })).stdout;
}

let api: FakeServer;
beforeEach(async () => {
  api = await server();
  api.on("*").reply({ text: "ok" });
});

/** A request as it arrived, without what rightly differs: connection management, the order of codings, the boundary. */
function arrived(call: FakeCall | undefined): unknown {
  if (call === undefined) return undefined;
  const {
    connection: _connection,
    "accept-encoding": encodings,
    "content-type": type,
    "content-length": length,
    ...headers
  } = call.headers;
  const boundary = /boundary=(.+)$/.exec(type ?? "")?.[1];
  const body = call.bytes().toString("latin1");
  return {
    method: call.method,
    target: call.target,
    headers,
    encodings: encodings?.split(/, ?/).sort(),
    type: boundary === undefined ? type : type?.replace(boundary, "B"),
    length: boundary === undefined ? length : undefined,
    body: boundary === undefined ? body : body.replaceAll(boundary, "B"),
    isComplete: call.isComplete,
  };
}

/** Makes the call with errand and with curl in a shell, and gives what arrived of both. */
async function bothWays(
  shell: string,
  method: string,
  { target = "/v1/x", ...given }: Given & { readonly target?: string },
): Promise<{ errand: unknown; curl: unknown; command: string }> {
  const { session } = testSession(given.session);
  const command = line(method, api.url + target, given);
  await session.request(method, api.url + target, { ...given.options, stream: false });
  await run(shell, command);
  return { errand: arrived(api.calls[0]), curl: arrived(api.calls[1]), command };
}

describe("curlLine(): curl sends what errand sends", () => {
  const awkward = `it's "q" $HOME \`id\` !! \\ 100% [a-z]{1,2} & é 日 🙂`;

  it.each<[string, string, Given & { readonly target?: string }]>([
    ["a GET", "GET", {}],
    ["a HEAD", "HEAD", {}],
    ["a DELETE", "DELETE", {}],
    ["OPTIONS", "OPTIONS", {}],
    ["a method of its own", "PURGE", {}],
    ["a POST without a body", "POST", {}],
    ["a PUT without a body", "PUT", {}],
    ["a path and query with everything", "GET", { target: "/a%20b/[x]{1,2}/~|^'/..;?q={a,b}[1-3]&x='\"$`\\#frag" }],
    ["an empty query", "GET", { target: "/x?" }],
    ["params", "GET", { options: { params: { q: awkward, list: ["a", "b"], n: null, big: 12345678901234567890n } } }],
    ["session params and a call's", "GET", { target: "/x?a=1", session: { params: { v: 2 } }, options: { params: { page: 3 } } }],
    [
      "headers with everything",
      "GET",
      { options: { headers: { "X-A": `it's "q" $HOME \`id\` !! \\ ;,@`, "X-At": "@file", "X-Dash": "-x", "X-Empty": "", "X-N": 7 } } },
    ],
    ["a header's latin-1 and tab", "GET", { options: { headers: { "X-A": "caf\xe9\t'x' 100%" } } }],
    ["a header in several lines", "GET", { options: { headers: { "X-A": ["1", "2"] } } }],
    ["a header removed", "GET", { options: { headers: { "user-agent": null, accept: null, "accept-encoding": null } } }],
    ["another Accept and User-Agent", "GET", { session: { headers: { accept: "text/csv", "user-agent": "mine/1 (x; 'y')" } } }],
    ["Accept-Encoding: identity", "GET", { options: { headers: { "accept-encoding": "identity" } } }],
    ["an Accept-Encoding of its own", "GET", { options: { headers: { "accept-encoding": "gzip" } } }],
    ["a Host of its own", "GET", { options: { headers: { host: "other.example.com" } } }],
    ["JSON", "POST", { options: { json: { a: awkward, b: [1, 2.5, null, true], c: { "it's": "\n\t\u0000" } } } }],
    ["JSON by PUT", "PUT", { options: { json: [] } }],
    ["JSON by DELETE", "DELETE", { options: { json: { ids: [1] } } }],
    ["JSON under a type of its own", "PATCH", { options: { json: { a: 1 }, headers: { "content-type": "application/merge-patch+json" } } }],
    ["a JSON null and a text that begins with @", "POST", { options: { json: "@/etc/passwd" } }],
    ["a form", "POST", { options: { form: { a: awkward, b: ["1", 2, true], "n m": null } } }],
    ["an empty form", "POST", { options: { form: {} } }],
    [
      "a form by PUT",
      "PUT",
      {
        options: {
          form: [
            ["a", "1"],
            ["a", "2"],
          ],
        },
      },
    ],
    ["URLSearchParams", "POST", { options: { body: new URLSearchParams({ a: awkward }) } }],
    ["text", "POST", { options: { body: awkward } }],
    ["text like an option of curl", "POST", { options: { body: "@/etc/passwd" } }],
    ["text of several lines", "POST", { options: { body: "-a\n'b'\t%s\\n\n\n" } }],
    ["an empty text", "POST", { options: { body: "" } }],
    ["a text of 300 KB", "POST", { options: { body: "xyz'".repeat(75_000) } }],
    ["bytes", "POST", { options: { body: Uint8Array.from({ length: 256 }, (_, index) => index) } }],
    ["bytes by PUT under a type", "PUT", { options: { body: Buffer.from("abc"), headers: { "content-type": "application/x-tar" } } }],
    ["an idempotency key", "POST", { options: { json: {}, idempotencyKey: "key 'k'" } }],
    ["cookies of the caller", "GET", { options: { headers: { accept: "a" } } }],
  ])("%s, in dash and bash", async (_name, method, given) => {
    for (const shell of ["dash", "bash"]) {
      const { errand, curl, command } = await bothWays(shell, method, given);
      expect(curl, command).toEqual(errand);
      expect(command).not.toContain("\n");
      await api.close();
      api = await server();
      api.on("*").reply({ text: "ok" });
    }
  });

  it.each<[string, () => RequestOptions]>([
    ["a file as the body", () => ({ body: { path: path("report.csv") } })],
    ["a file without an extension as the body", () => ({ body: { path: path("no-extension") } })],
    ["a file by multipart", () => ({ files: { file: { path: path("report.csv") } } })],
    [
      "files under names and types of their own",
      () => ({
        files: {
          a: { path: path("report.csv"), name: `it's "1"; x,y\\.txt`, type: "text/x; charset=utf-8" },
          b: { path: path("no-extension"), name: "é.bin" },
        },
      }),
    ],
    [
      "files with fields",
      () => ({
        form: { a: "it's @x;type=y\nz", b: ["1", "<2"], "": undefined },
        files: { f: [{ path: path("report.csv") }, { path: path("no-extension"), type: "image/png" }] },
      }),
    ],
    ["a file without a file name", () => ({ files: { f: { path: path("report.csv"), name: null } } })],
    ["bytes by multipart", () => ({ files: { f: Uint8Array.from({ length: 256 }, (_, index) => index) } })],
    ["text by multipart", () => ({ files: { f: { content: "it's\n%d", name: "x.md" } } })],
    ["text without a file name by multipart", () => ({ files: { f: { content: "plain", name: null, type: "text/plain" } } })],
    ["a form with an empty map of files", () => ({ form: { a: 1 }, files: {} })],
  ])("%s", async (_name, options) => {
    const { errand, curl, command } = await bothWays("dash", "POST", { options: options() });
    expect(curl, command).toEqual(errand);
  });

  it("any JSON, any form, any header and any query", async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom("'", '"', "\\", "$", "`", "!", "%", "&", "=", "+", "@", "<", ";", "\n", "~", " ", "é", "日"),
        fc.string({ maxLength: 1 }),
      ),
      maxLength: 8,
    });
    const harmless = text.filter((value) => !/[\0]/.test(value));
    const header = fc
      .string({ unit: fc.constantFrom("'", '"', "\\", "$", "`", "!", "%", "\t", " ", "x", "é"), maxLength: 8 })
      .map((value) => value.trim());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("json", "form", "body"),
        fc.dictionary(fc.constantFrom("a", "b c", "d'"), harmless, { minKeys: 1 }),
        header,
        async (kind, fields, value) => {
          const { calls } = api;
          const before = calls.length;
          const body: RequestOptions =
            kind === "json" ? { json: fields } : kind === "form" ? { form: fields } : { body: JSON.stringify(fields) };
          const options = { ...body, stream: false, headers: { "x-any": value }, params: fields } as const;
          const command = line("POST", `${api.url}/any`, { options });
          const { session } = testSession();
          await session.post(`${api.url}/any`, options);
          await run("dash", command);
          expect(arrived(calls[before + 1]), command).toEqual(arrived(calls[before]));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("curlLine(): credentials", () => {
  it.each<[string, () => Given, string]>([
    [
      "a bearer token from the environment",
      () => ({ session: { auth: bearer(secret("env:CURL_TEST_TOKEN")) } }),
      '--header "Authorization: Bearer $CURL_TEST_TOKEN"',
    ],
    [
      "a bearer token from a file",
      () => ({ options: { auth: bearer(secret(`file:${path("secret's file")}`)) } }),
      "--header \"Authorization: Bearer $(cat '",
    ],
    [
      "a bearer token written down",
      () => ({ options: { auth: bearer("literal-token-1") } }),
      '--header "Authorization: Bearer ${ERRAND_TOKEN:?}"',
    ],
    [
      "an API key",
      () => ({ options: { auth: apiKey("X-Api-Key", secret("env:CURL_TEST_TOKEN")) } }),
      '--header "X-Api-Key: $CURL_TEST_TOKEN"',
    ],
    ["basic", () => ({ options: { auth: basic("us'er", secret("env:CURL_TEST_PASSWORD")) } }), `--user "us'er:$CURL_TEST_PASSWORD"`],
    [
      "a Secret in a header",
      () => ({ options: { headers: { "X-Anything": secret("env:CURL_TEST_TOKEN") } } }),
      '--header "X-Anything: $CURL_TEST_TOKEN"',
    ],
    [
      "a token written into a header",
      () => ({ options: { headers: { Authorization: "Bearer literal-token-1" } } }),
      '--header "Authorization: Bearer ${ERRAND_TOKEN:?}"',
    ],
    [
      "an Authorization header beside the session's auth",
      () => ({ session: { auth: bearer("other-token-9") }, options: { headers: { authorization: "Bearer literal-token-1" } } }),
      "ERRAND_TOKEN",
    ],
    [
      "Secrets in JSON",
      () => ({ options: { json: { a: [secret("env:CURL_TEST_PASSWORD")], b: "it's", c: { d: secret("env:CURL_TEST_TOKEN") } } } }),
      `"$(printf %s "$CURL_TEST_PASSWORD" | sed 's/[\\\\"]/\\\\&/g')"`,
    ],
    ["a password written into JSON", () => ({ options: { json: { user: "u", password: "pass word!%" } } }), "${ERRAND_PASSWORD:?}"],
  ])("%s goes in as a reference and arrives", async (_name, given, part) => {
    const { errand, curl, command } = await bothWays("dash", "POST", given());
    expect(command).toContain(part);
    expect(curl, command).toEqual(errand);
    for (const hidden of ["env-token", "file-token", "literal-token", "pass word", "other-token"]) expect(command).not.toContain(hidden);
  });

  it("goes into a form as what curl encodes", async () => {
    const form = { user: "a b", password: "pass word!%", key: secret("env:CURL_TEST_PASSWORD"), z: "1" };
    const command = line("POST", `${api.url}/x`, { options: { form } });
    expect(command).toContain(
      `--data-raw user=a+b --data-urlencode "password=\${ERRAND_PASSWORD:?}" --data-urlencode "key=$CURL_TEST_PASSWORD" --data-raw z=1`,
    );
    await testSession().session.post(`${api.url}/x`, { form });
    await run("bash", command);
    const [first, second] = api.calls.map((call) => [...new URLSearchParams(call.text())]);
    expect(second).toEqual(first);
  });

  it("goes into a multipart form", async () => {
    const options = { form: { password: secret("env:CURL_TEST_PASSWORD") }, files: { f: { path: path("report.csv") } } };
    const { errand, curl, command } = await bothWays("dash", "POST", { options });
    expect(command).toContain('--form-string "password=$CURL_TEST_PASSWORD"');
    expect(curl).toEqual(errand);
  });

  it("is taken out of the query, and put back percent-encoded", async () => {
    const command = line("GET", `${api.url}/x?a=1&api_key=s3cr3t%20k%26y&b=`);
    expect(command).toContain(`"${api.url}/x?a=1&api_key=\${ERRAND_API_KEY:?}&b="`);
    await run("dash", command, { ERRAND_API_KEY: "s3cr3t%20k%26y" });
    expect(api.calls[0]?.target).toBe("/x?a=1&api_key=s3cr3t%20k%26y&b=");
  });

  it("stays out of the URL's userinfo, path and text that a resolved secret stands in", async () => {
    literalSecret("T0K3N/b1gs3cr3t", "webhook");
    expect(line("GET", "https://hooks.example.com/services/T0K3N/b1gs3cr3t")).toContain('"https://hooks.example.com/${ERRAND_PATH:?}"');
    expect(line("GET", "https://u:hunter2hunter2@h.example.com/")).not.toMatch(/hunter2/);
    expect(line("POST", "https://h.example.com/", { options: { body: "my T0K3N/b1gs3cr3t" } })).toContain('--data-raw "${ERRAND_BODY:?}"');
    expect(line("POST", "https://h.example.com/", { options: { json: { note: "my T0K3N/b1gs3cr3t" } } })).toContain(
      '--data-raw "${ERRAND_BODY:?}"',
    );
    expect(line("GET", "https://h.example.com/", { options: { headers: { "x-note": "is T0K3N/b1gs3cr3t" } } })).toContain(
      '"x-note: ${ERRAND_X_NOTE:?}"',
    );
    expect(line("GET", "https://h.example.com/?note=T0K3N/b1gs3cr3t")).toContain("?note=${ERRAND_NOTE:?}");
  });

  it("keeps two credentials of one name apart, and one used twice together", () => {
    const json = { a: { password: "first-1" }, b: { password: "second-2" }, c: { password: "first-1" } };
    expect(line("POST", "https://h.example.com/", { options: { json } }).match(/ERRAND_PASSWORD\w*(?=:\?\}" \|)/g)).toEqual([
      "ERRAND_PASSWORD",
      "ERRAND_PASSWORD_2",
      "ERRAND_PASSWORD",
    ]);
  });

  it("does not start curl without a variable that is missing", async () => {
    for (const options of [{ json: { secret: "not here" } }, { headers: { "x-api-key": "not here" } }, { form: { secret: "not here" } }]) {
      await expect(run("dash", line("POST", `${api.url}/x`, { options }))).rejects.toThrow(/ERRAND_/);
    }
    expect(api.calls).toEqual([]);
  });

  it("asks for the Authorization of a scheme that is computed anew, without signing", () => {
    const oauth: Auth = {
      scheme: "oauth2",
      sign: () => {
        throw new Error("signed");
      },
    };
    expect(line("GET", "https://h.example.com/", { options: { auth: oauth } })).toContain(
      '--header "Authorization: ${ERRAND_AUTHORIZATION:?}"',
    );
    const digest = { ...oauth, scheme: "digest", user: "u", password: secret("env:CURL_TEST_PASSWORD") };
    expect(line("GET", "https://h.example.com/", { options: { auth: digest } })).toContain('--digest --user "u:$CURL_TEST_PASSWORD"');
  });

  it("reads names that are none to a shell with printenv, and home folders as the shell does", () => {
    expect(line("GET", "https://h.example.com/", { options: { auth: bearer(secret("env:my.var-1")) } })).toContain(
      '"Authorization: Bearer $(printenv my.var-1)"',
    );
    expect(line("GET", "https://h.example.com/", { options: { auth: bearer(secret("file:~/a b")) } })).toContain(
      `"Authorization: Bearer $(cat "$HOME"/'a b')"`,
    );
    expect(line("GET", "https://h.example.com/", { options: { auth: bearer(secret("file:///run/a%20b")) } })).toContain(
      "$(cat '/run/a b')",
    );
    expect(line("GET", "https://h.example.com/", { options: { auth: bearer(secret("file:-x")) } })).toContain("$(cat ./-x)");
  });

  it("does not take a label for a reference", () => {
    const label = literalSecret("some-value-123", "env:X; rm -rf /");
    expect(line("GET", "https://h.example.com/", { options: { headers: { "x-a": label } } })).toContain('"x-a: ${ERRAND_ENV_X_RM_RF:?}"');
  });
});

describe("curlLine(): limits, redirects and connections", () => {
  const https = "https://h.example.com/x";

  it("says the limits that hold", () => {
    expect(line("GET", https)).toBe(
      `curl ${https} --header 'user-agent: ${/errand\/[\d.a-z-]+/.exec(line("GET", https))?.[0]}' --compressed --location --max-redirs 20 --proto-redir '=https' --max-time 30 --retry 2 --retry-connrefused --connect-timeout 10`,
    );
  });

  it.each<[string, string, Given, RegExp, RegExp | undefined]>([
    ["a timeout", "GET", { options: { timeout: "1500ms" } }, /--max-time 1\.5 /, undefined],
    ["a deadline", "GET", { options: { deadline: "10s" } }, /--max-time 10 --retry 2 --retry-connrefused --retry-max-time 10/, undefined],
    ["a stream", "GET", { options: { stream: true } }, /--no-buffer --speed-limit 1 --speed-time 30/, /--max-time/],
    ["no retry", "GET", { options: { retry: false } }, /--max-time/, /--retry/],
    ["one attempt", "GET", { options: { retry: { attempts: 1 } } }, /--max-time/, /--retry/],
    ["a POST, which is not repeated", "POST", { options: { json: {} } }, /--max-time/, /--retry/],
    ["a POST with a key, which is", "POST", { options: { json: {}, idempotencyKey: "k" } }, /--retry 2/, undefined],
    ["redirects off", "GET", { options: { redirect: false } }, /curl/, /--location/],
    [
      "redirects to http allowed",
      "GET",
      { options: { redirect: { allowDowngrade: true, max: 3 } } },
      /--location --max-redirs 3/,
      /--proto-redir/,
    ],
    ["a body, which curl would send to any origin", "POST", { options: { json: {} } }, /curl/, /--location/],
    ["a body that may go there", "POST", { options: { json: {}, redirect: { crossOriginBody: true } } }, /--location/, undefined],
    [
      "a body with a Secret, which may not",
      "POST",
      { options: { json: { s: secret("env:X") }, redirect: { crossOriginBody: true } } },
      /curl/,
      /--location/,
    ],
    ["a key that curl would send to any origin", "GET", { options: { auth: apiKey("X-Api-Key", secret("env:X")) } }, /curl/, /--location/],
    [
      "a credential header of the session's own",
      "GET",
      { session: { credentialHeaders: ["X-Mine"], headers: { "x-mine": "v" } } },
      /\$\{ERRAND_X_MINE:\?\}/,
      /--location/,
    ],
    ["DELETE, which curl would repeat on a 303", "DELETE", {}, /--request DELETE/, /--location/],
    ["a connect timeout", "GET", { connection: { connectTimeoutMs: 2500 } }, /--connect-timeout 2\.5/, undefined],
    [
      "a CA, a certificate and its key",
      "GET",
      { connection: { tls: { ca: "/etc/my ca.pem", cert: "c.pem", key: "k.pem", passphrase: secret("env:PP") } } },
      /--cacert '\/etc\/my ca\.pem' --cert c\.pem --key k\.pem --pass "\$PP"/,
      undefined,
    ],
    [
      "PEM text, which is not shown",
      "GET",
      {
        connection: { tls: { ca: "-----BEGIN CERTIFICATE-----\nx", cert: "-----BEGIN X", key: secret("env:PEM"), passphrase: "hunter2" } },
      },
      /--cacert ca\.pem --cert client\.pem --key client-key\.pem --pass "\$\{ERRAND_PASSPHRASE:\?\}"/,
      /BEGIN|hunter2|PEM/,
    ],
    ["verification off", "GET", { connection: { tls: { verify: false } } }, /--insecure/, undefined],
    [
      "a server name",
      "GET",
      { connection: { tls: { servername: "other.example.com" } } },
      /--connect-to other\.example\.com:443:h\.example\.com:443 --header 'Host: h\.example\.com' https:\/\/other\.example\.com\/x/,
      undefined,
    ],
    ["no proxy", "GET", { connection: { proxy: false } }, /--noproxy '\*'/, undefined],
    [
      "a proxy with a password",
      "GET",
      { connection: { proxy: { url: "http://pu:pp-secret@proxy.example.com:3128", noProxy: ["a", "b"] } } },
      /--proxy http:\/\/proxy\.example\.com:3128 --proxy-user "pu:\$\{ERRAND_PROXY_PASSWORD:\?\}" --noproxy a,b/,
      /pp-secret/,
    ],
    [
      "a stream as the body",
      "POST",
      { options: { body: new ReadableStream() } },
      /^curl --request POST .*--upload-file - .* < body$/,
      /--retry/,
    ],
    ["a stream by PUT", "PUT", { options: { body: new ReadableStream() } }, /^curl https.*--upload-file - .* < body$/, /--request/],
    [
      "a Blob",
      "POST",
      { options: { body: new Blob(["x"], { type: "text/x" }) } },
      /--data-binary @- --header 'Content-Type: text\/x' .* < body$/,
      undefined,
    ],
    ["a body of 2 MB", "POST", { options: { body: "x".repeat(2_000_000) } }, /--data-binary @- .* < body$/, undefined],
    [
      "a Blob by multipart",
      "POST",
      { options: { files: { f: new File(["x"], "a/b.png", { type: "image/png" }) } } },
      /--form 'f=@"b\.png";type=image\/png'/,
      undefined,
    ],
  ])("%s", (_name, method, given, present, absent) => {
    const command = line(method, https, given);
    expect(command).toMatch(present);
    if (absent !== undefined) expect(command).not.toMatch(absent);
  });

  it("follows, retries and trusts with real curl", async () => {
    const authority = await TestAuthority.create("Test CA");
    const tls = closeAfterTest(
      await fakeServer({
        tls: await authority.issue({ name: "service.example.com", names: [{ type: "dns", value: "service.example.com" }] }),
      }),
    );
    await writeFile(path("ca.pem"), authority.cert);
    tls
      .on("GET /from")
      .fail(503, { times: 1, retryAfter: 0 })
      .reply({ status: 302, headers: { location: "/to" } });
    tls.on("GET /to").reply({ text: "arrived" });
    const command = line("GET", `${tls.url}/from`, { connection: { tls: { ca: path("ca.pem"), servername: "service.example.com" } } });
    expect(await run("dash", command)).toMatch(/arrived$/);
    expect(tls.calls.map((call) => call.headers.host)).toEqual([`127.0.0.1:${tls.port}`, `127.0.0.1:${tls.port}`, `127.0.0.1:${tls.port}`]);
  });

  it("sends nothing when the body's file is missing", async () => {
    await expect(run("dash", line("POST", `${api.url}/x`, { options: { body: { path: path("missing") } } }))).rejects.toThrow(/missing/);
    await expect(run("bash", line("POST", `${api.url}/x`, { options: { files: { f: { path: path("missing") } } } }))).rejects.toThrow(
      /curl: \(26\)/,
    );
    expect(api.calls).toEqual([]);
  });

  it("refuses what the call would refuse, and a field that --form cannot name", () => {
    for (const options of [
      { json: 1, body: "x" },
      { body: "x", form: {} },
      { json: Number.NaN },
      { form: { a: {} as never } },
      { headers: { "a b": "c" } },
      { files: { "a=b": { path: "x" } } },
    ]) {
      expect(() => line("POST", https, { options })).toThrow(InvalidRequestError);
    }
  });

  it("leaves no listener on the caller's signal", () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...given: Parameters<typeof add>) => ((listeners += 1), add(...given)),
      removeEventListener: (...given: Parameters<typeof remove>) => ((listeners -= 1), remove(...given)),
    });
    line("GET", https, { options: { signal } });
    expect(listeners).toBe(0);
  });
});
