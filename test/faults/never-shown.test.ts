import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { basic } from "../../src/auth/index.ts";
import { attemptLog } from "../../src/client/attempt-log.ts";
import type { Session, StandardSchema } from "../../src/client/index.ts";
import { RequestError } from "../../src/errors/index.ts";
import { literalSecret } from "../../src/secrets/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const value = "s3cr3t-v4lue-0123456789";
const encoded = Buffer.from(`u:${value}`).toString("base64");

/** Everything a program prints of what it caught. */
function shown(caught: unknown): string {
  const chain: unknown[] = [];
  for (let each: unknown = caught; each instanceof Error; each = each.cause)
    chain.push(each.message, each.stack, String(each), JSON.stringify(each));
  return [inspect(caught), inspect(caught, { depth: 10 }), inspect([{ caught }], { depth: 10 }), ...chain].join("\n");
}

/** Answers in which a server repeats the credential it was sent. */
const echoes: [string, string | Buffer][] = [
  ["the reason phrase", `HTTP/1.1 401 no ${value}\r\ncontent-length: 0\r\n\r\n`],
  ["the content type", reply("200 OK", "<p>", { "content-type": `text/${value}` })],
  ["the charset", reply("200 OK", "x", { "content-type": `text/plain; charset=${value}` })],
  ["the content coding", reply("200 OK", "x", { "content-encoding": `gzip, ${value}, gzip` })],
  ["the body of an error", reply("400 Bad Request", `bad token ${value}`)],
  [
    "a problem's words",
    reply("403 Forbidden", JSON.stringify({ title: value, detail: `Basic ${encoded}` }), { "content-type": "application/problem+json" }),
  ],
  ["a page where an event stream is due", reply("200 OK", "<p>", { "content-type": `text/${value}` })],
  ["JSON that is none", reply("200 OK", `{"token": ${value}`)],
  [
    "a cookie and a challenge",
    reply("401 Unauthorized", "", { "set-cookie": `a=${value}`, "www-authenticate": `Bearer realm="${value}"` }),
  ],
  ["a Location of another scheme", reply("302 Found", "", { location: `ftp://u:${value}@h/${value}?${value}` })],
  ["a Location that is none", reply("302 Found", "", { location: `http://[${value}` })],
  ["a Location that leads back", reply("302 Found", "", { location: `/?token=${value}` })],
  ["JSON that does not fit", reply("200 OK", JSON.stringify({ token: value }))],
  ["a Retry-After", reply("503 Busy", "", { "retry-after": value })],
  ["a header without a name", `HTTP/1.1 200 OK\r\n: ${value}\r\n\r\n`],
  ["a status line", `HTTP/1.1 ${value}\r\n\r\n`],
  ["no HTTP at all", `${value} ${encoded}\r\n\r\n`],
  ["a chunk size", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${value}\r\n`],
];

/** A schema that quotes what it refuses, as many do. */
const quoting: StandardSchema<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (received) => ({ issues: [{ message: `${JSON.stringify(received)} is no number` }] }),
  },
};
const readers: ((session: Session, url: string) => Promise<unknown>)[] = [
  (session, url) => session.get(url).json(),
  (session, url) => session.get(url).text(),
  (session, url) => session.get(url).json(quoting),
  async (session, url) => (await session.get(url, { stream: true })).json(),
  async (session, url) => {
    for await (const event of session.events(url, { maxFailures: 1 })) expect(event).toBeUndefined();
  },
];

describe("a credential that the server repeats", () => {
  it.each(echoes)("in %s is in no message, stack, cause, inspection, JSON or log", async (_where, answer) => {
    const wire = await raw(({ socket }) => void socket.end(answer));
    const seen: string[] = [];
    const { session } = testSession(
      {
        auth: basic("u", value),
        headers: { "x-token": literalSecret(value, "token") },
        params: { api_key: value },
        onAttempt: (attempt) => seen.push(JSON.stringify(attempt), inspect(attempt, { depth: 9 })),
      },
      { log: attemptLog({ ERRAND_LOG: "debug" }, (line) => seen.push(line)) },
    );
    for (const read of readers) {
      await read(session, wire.url).then(undefined, (error: unknown) => {
        expect(error).toBeInstanceOf(RequestError);
        seen.push(shown(error));
      });
    }
    seen.push(shown(await failureOf(session.get(wire.url, { headers: { "x-bad": `${value}\n` } }))));
    expect(seen.length).toBeGreaterThan(4);
    const all = seen.join("\n");
    expect(all.includes(value) || all.includes(encoded) || all.includes(encodeURIComponent(value))).toBe(false);
  });

  it("does arrive at the server all the same", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    await testSession({ auth: basic("u", value) }).session.get(wire.url);
    expect(wire.heads[0]).toContain(encoded);
  });
});
