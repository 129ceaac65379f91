import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { checkSigV4 } from "../../../test/sigv4-server.ts";
import { answeringServer, callWith, TestRequest, type Reply, type Seen, type SignedCall } from "../../../test/signing-request.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import { literalSecret, redactText, secret } from "../../secrets/index.ts";
import type { RefusedResponse } from "../auth.ts";
import { awsSigV4, AWSSigV4, type AWSSigV4Options } from "./aws-sig-v4.ts";

const secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const options: AWSSigV4Options = { service: "execute-api", region: "eu-central-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey: secretKey };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function server(answer: (seen: Seen) => Reply): ReturnType<typeof answeringServer> {
  const started = await answeringServer(answer);
  closers.push(started.close);
  return started;
}

const verifying = (isS3 = false): ReturnType<typeof answeringServer> =>
  server((seen) => {
    const problem = checkSigV4(seen, { secretKey, isS3 });
    return { status: problem === undefined ? 200 : 403, body: problem ?? "signed" };
  });

/** The headers that `sign` makes. */
async function signed(auth: AWSSigV4, url: string, call: SignedCall = {}): Promise<Record<string, string>> {
  const request = new TestRequest(url, call);
  await auth.sign(request);
  const headers: Record<string, string> = { host: request.url.host };
  for (const [name] of request.headers()) headers[name.toLowerCase()] = (await request.header(name)) ?? "";
  return headers;
}

const refusal = (status: number, headers: Readonly<Record<string, string>>): RefusedResponse => ({
  status,
  rawHeaders: Object.entries(headers),
  header: (name) => headers[name],
});

describe("awsSigV4", () => {
  it.each([
    ["/", {}],
    ["/a//b/%20c$d%2Fe/é?b=2&a=1&a=0&empty&x=%2F+y~*'()", {}],
    [
      "/_search?q=a:b,c;d@e!",
      {
        method: "POST",
        body: '{"query":1}',
        headers: { "Content-Type": "application/json", "X-Amz-Target": "A.B", "X-Own": "  two   words " },
      },
    ],
    ["/x", { method: "DELETE", headers: { "X-Amz-Sse-Customer-Key": literalSecret("customer-key-1", "sse") } }],
  ])("signs what another implementation verifies: %s", async (target, call: SignedCall) => {
    for (const isS3 of [false, true]) {
      const { url } = await verifying(isS3);
      const auth = awsSigV4({ ...options, service: isS3 ? "s3" : "execute-api", sessionToken: "session/token+1==" });
      expect((await callWith(auth, url + target, call)).body).toBe("signed");
    }
  });

  it("signs any path, query, header and body as the server will read it", async () => {
    const piece = fc
      .string({ unit: fc.constantFrom(...Array.from("aZ09-._~!$&'()*+,;=:@/é ሴ%")), maxLength: 12 })
      .map((text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%24", "$").replaceAll("%2B", "+"));
    const pairs = fc.array(
      fc.tuple(piece, piece).map(([name, value]) => `${name}=${value}`),
      { maxLength: 4 },
    );
    const header = fc.string({ unit: fc.constantFrom(...Array.from('ab \t,=é"')), minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(piece, pairs, header, fc.string(), fc.boolean(), async (path, query, value, body, isS3) => {
        const url = new URL(`https://h.test/${path}?${query.join("&")}`);
        const auth = new AWSSigV4({ ...options, service: isS3 ? "s3" : "service" });
        const headers = await signed(auth, url.href, { method: "PUT", body, headers: { "x-amz-meta-a": value } });
        const arrived = { method: "PUT", url: url.pathname + url.search, headers, body: Buffer.from(body).toString("latin1") };
        expect(checkSigV4(arrived, { secretKey, isS3 })).toBeUndefined();
        expect(checkSigV4({ ...arrived, body: `${arrived.body}x` }, { secretKey, isS3 })).toBeDefined();
      }),
    );
  });

  it("keeps the path of an S3 object, and normalizes that of other services", async () => {
    const target = "https://h.test/bucket//folder//a%24b";
    const s3 = await signed(new AWSSigV4({ ...options, service: "s3" }), target);
    expect(checkSigV4({ method: "GET", url: "/bucket//folder//a$b", headers: s3, body: "" }, { secretKey, isS3: true })).toBeUndefined();
    expect(checkSigV4({ method: "GET", url: "/bucket/folder/a$b", headers: s3, body: "" }, { secretKey, isS3: true })).toMatch(
      /^signature/,
    );
    const other = await signed(new AWSSigV4(options), target);
    expect(checkSigV4({ method: "GET", url: "/bucket/folder/a%24b", headers: other, body: "" }, { secretKey })).toBeUndefined();
  });

  it("leaves out of the signature what proxies change", async () => {
    const headers = {
      Accept: "*/*",
      "Accept-Encoding": "gzip",
      "User-Agent": "errand",
      Traceparent: "00-x",
      "X-Forwarded-For": "::1",
      "Content-Length": "0",
      Cookie: "a=b",
      "X-Amzn-Trace-Id": "y",
      Range: "bytes=0-1",
      "If-Match": '"e"',
    };
    expect((await signed(new AWSSigV4(options), "https://h.test/", { headers }))["authorization"]).toContain(
      "SignedHeaders=host;if-match;range;x-amz-date,",
    );
  });

  it("signs the Host header that the caller wrote, or the URL's with its port", async () => {
    const { headers } = await signedCanonical({ headers: { Host: "bucket.internal" } });
    expect(headers).toContain("host:bucket.internal");
    expect((await signedCanonical({})).headers).toContain("host:h.test:8443");
  });

  it("sends x-amz-content-sha256 to S3 and its kin, and where the caller or an unsigned payload needs it", async () => {
    const hashOf = async (service: string, call: SignedCall = {}, unsignedPayload = false): Promise<string | undefined> =>
      (await signed(new AWSSigV4({ ...options, service, unsignedPayload }), "https://h.test/", call))["x-amz-content-sha256"];
    const empty = createHash("sha256").digest("hex");
    expect(await Promise.all(["s3", "s3express", "glacier", "aoss", "execute-api"].map((service) => hashOf(service)))).toEqual([
      empty,
      empty,
      empty,
      empty,
      undefined,
    ]);
    expect(await hashOf("s3", { body: "Welcome to Amazon S3." })).toBe("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    expect(await hashOf("s3", { body: null }, true)).toBe("UNSIGNED-PAYLOAD");
    expect(await hashOf("lambda", { body: null, headers: { "X-Amz-Content-Sha256": "a".repeat(64) } })).toBe("a".repeat(64));
  });

  it("says what to do with a stream that can be read once", () => {
    const sign = (): unknown =>
      awsSigV4(options).sign(new TestRequest("https://h.test/up?X-Amz-Signature=tell-nobody-2", { method: "PUT", body: null }));
    expect(sign).toThrow(InvalidRequestError);
    expect(sign).toThrow(/^PUT https:\/\/h\.test\/up\?X-Amz-Signature=\S+: AWS wants the hash of the body before the body/);
    expect(sign).not.toThrow(/tell-nobody/);
  });

  it("waits for secrets and hashes that must be fetched, and signs at once when none must", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-sigv4-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "key");
    await writeFile(file, `${secretKey}\n`);
    const { url } = await verifying();
    const auth = awsSigV4({ ...options, accessKeyId: literalSecret("AKIDEXAMPLE", "id"), secretAccessKey: secret(`file:${file}`) });
    expect(new AWSSigV4(options).sign(new TestRequest(url))).toBeUndefined();
    expect(auth.sign(new TestRequest(url))).toBeInstanceOf(Promise);
    expect((await callWith(auth, url)).status).toBe(200);
    const request = new TestRequest(url, { body: "x" });
    Object.defineProperty(request, "bodyHash", { value: async () => createHash("sha256").update("x").digest("hex") });
    await awsSigV4(options).sign(request);
    expect(await request.header("authorization")).toMatch(/^AWS4-HMAC-SHA256/);
  });

  it("signs each day with a key of its own", async () => {
    let now = Date.parse("2015-08-30T23:59:59Z");
    const auth = new AWSSigV4(options, { now: () => now, monotonic: () => 0, random: () => 0 });
    for (const next of [1000, 1000, 86_400_000]) {
      const headers = await signed(auth, "https://h.test/");
      expect(checkSigV4({ method: "GET", url: "/", headers, body: "" }, { secretKey })).toBeUndefined();
      now += next;
    }
  });

  it("signs with the server's time after a refusal from a clock far off, once, and warns", async () => {
    const warned: string[] = [];
    const onWarning = (warning: Error): void => void warned.push(`${"code" in warning ? String(warning.code) : ""} ${warning.message}`);
    process.on("warning", onWarning);
    closers.push(async () => void process.off("warning", onWarning));
    const trueNow = Date.parse("2026-03-01T12:00:00Z");
    const strict = await server(({ headers }) => {
      const isNow = headers["x-amz-date"] === "20260301T120000Z";
      return { status: isNow ? 200 : 403, headers: { date: new Date(trueNow).toUTCString() } };
    });
    const auth = new AWSSigV4(options, { now: () => trueNow - 12 * 60_000, monotonic: () => 0, random: () => 0 });
    const first = await Promise.all(Array.from({ length: 5 }, () => callWith(auth, strict.url)));
    expect(first.map(({ status, exchanges }) => [status, exchanges])).toEqual(Array.from({ length: 5 }, () => [200, 2]));
    expect(await callWith(auth, strict.url)).toMatchObject({ status: 200, exchanges: 1 });
    await new Promise(setImmediate);
    expect(warned).toEqual([
      expect.stringMatching(/^ERRAND_CLOCK_SKEW This machine's clock is 12 min behind that of 127\.0\.0\.1:\d+, .* set the clock/),
    ]);
  });

  it("leaves refusals alone that are not about time or changed credentials", async () => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    const auth = new AWSSigV4(options, { now: () => now, monotonic: () => 0, random: () => 0 });
    const request = new TestRequest("https://h.test/");
    void auth.sign(request);
    const late = new Date(now + 3_600_000).toUTCString();
    expect(await auth.challenge(refusal(403, { date: new Date(now + 4 * 60_000).toUTCString() }), request)).toBe(false);
    expect(await auth.challenge(refusal(403, {}), request)).toBe(false);
    expect(await auth.challenge(refusal(403, { date: "soon" }), request)).toBe(false);
    // Stored answers have an old date.
    expect(await auth.challenge(refusal(403, { date: late, age: "10" }), request)).toBe(false);
    expect(
      await auth.challenge(refusal(403, { date: late }), new TestRequest("https://h.test/", { headers: { Authorization: "own" } })),
    ).toBe(false);
    expect(await auth.challenge(refusal(400, { date: late }), request)).toBe(true);
  });

  it("reads rotated credentials again after a 401 or 403, not after a 400", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-sigv4-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "token");
    await writeFile(file, "session-token-1");
    const auth = awsSigV4({ ...options, sessionToken: secret(`file:${file}`) });
    const request = new TestRequest("https://h.test/");
    await auth.sign(request);
    await writeFile(file, "session-token-2");
    expect(await auth.challenge?.(refusal(400, {}), request)).toBe(false);
    expect(await auth.challenge?.(refusal(403, {}), request)).toBe(true);
    const again = new TestRequest("https://h.test/");
    await auth.sign(again);
    expect(await again.header("x-amz-security-token")).toBe("session-token-2");
  });

  it("leaves the caller's own Authorization header", () => {
    const request = new TestRequest("https://h.test/", { headers: { authorization: "Custom x" } });
    void awsSigV4(options).sign(request);
    expect([...request.sent.keys()]).toEqual(["authorization"]);
  });

  it.each([
    [{ secretAccessKey: `${secretKey}\n` }, /The secret access key \(secretAccessKey\) ends in a line break/],
    [{ secretAccessKey: `"${secretKey}"` }, /has quotes around it/],
    [{ secretAccessKey: "key with blanks in it" }, /has white space in it/],
    [{ sessionToken: "session-token-é" }, /The session token \(sessionToken\) has a character that none has/],
    [{ accessKeyId: literalSecret("AKID,EXAMPLE", "env:ID") }, /accessKeyId of awsSigV4\(\) must be a key id/],
  ])("refuses credentials that cannot be right when they are opened, without quoting them: %j", (wrong, message) => {
    const sign = (): unknown => awsSigV4({ ...options, ...wrong }).sign(new TestRequest("https://h.test/"));
    expect(sign).toThrow(message);
    expect(sign).not.toThrow(/wJalr|key with|token-é|AKID,/);
  });

  it.each([
    [{ regoin: "x" }, /^regoin is not an option of awsSigV4\(\)\.$/],
    [{ region: undefined }, /^region of awsSigV4\(\) must be a region such as "eu-central-1"; it is undefined\.$/],
    [{ service: "s3/x" }, /^service of awsSigV4\(\) must be a signing name/],
    [{ accessKeyId: "" }, /accessKeyId of awsSigV4\(\) must be .*; it is empty/],
    [{ accessKeyId: undefined }, /it is undefined/],
    [{ secretAccessKey: undefined }, /awsSigV4\(\) takes a secretAccessKey/],
    [{ unsignedPayload: "yes" }, /unsignedPayload of awsSigV4\(\) must be true or false/],
  ])("refuses the options %j", (wrong, message) => {
    expect(() => awsSigV4({ ...options, ...wrong } as unknown as AWSSigV4Options)).toThrow(message);
    expect(() => awsSigV4(null as unknown as AWSSigV4Options)).toThrow(/takes an object with service, region/);
  });

  it("names the option that was meant", () => {
    try {
      awsSigV4({ ...options, secret_access_key: "x" } as unknown as AWSSigV4Options);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_INVALID_OPTION", hint: "Did you mean secretAccessKey?" });
    }
  });

  it("shows service and region, and hides keys and tokens wherever they turn up", async () => {
    const auth = awsSigV4({ ...options, secretAccessKey: "shown-nowhere-key-1", sessionToken: "shown-nowhere-token" });
    const request = new TestRequest("https://h.test/");
    await auth.sign(request);
    const text = [
      inspect({ auth }, { depth: 10, showHidden: true }),
      inspect(auth, { customInspect: false, showHidden: true, depth: 10 }),
      JSON.stringify({ auth, copy: { ...auth } }),
      format("%s %o %O", auth, auth, auth),
    ].join();
    expect(text).not.toMatch(/shown-nowhere|AKIDEXAMPLE/);
    expect(format("%s", auth)).toBe("[awsSigV4 execute-api eu-central-1]");
    expect(redactText("x shown-nowhere-key-1 shown-nowhere-token x")).toBe("x [redacted] [redacted] x");
  });
});

/** The canonical headers that were signed, found by trying: what the verifier would compute. */
async function signedCanonical(call: SignedCall): Promise<{ headers: string }> {
  const headers = await signed(new AWSSigV4(options), "https://h.test:8443/", call);
  const problem = checkSigV4({ method: "GET", url: "/", headers, body: "tampered" }, { secretKey }) ?? "";
  expect(checkSigV4({ method: "GET", url: "/", headers, body: "" }, { secretKey })).toBeUndefined();
  return { headers: problem };
}
