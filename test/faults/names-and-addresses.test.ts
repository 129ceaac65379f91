import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import type { Lookup } from "../../src/transport/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const dead: LookupAddress = { address: "127.0.0.2", family: 4 };
const alive: LookupAddress = { address: "127.0.0.1", family: 4 };
/** TEST-NET-1 (RFC 5737): nobody answers, or the network says at once that there is no route. */
const silent: LookupAddress = { address: "192.0.2.1", family: 4 };

/** Fails as often as it has codes, then finds what it is given. */
function resolver(codes: readonly string[], ...found: readonly LookupAddress[]): { readonly lookup: Lookup; readonly asked: string[] } {
  const left = [...codes];
  const asked: string[] = [];
  const lookup: Lookup = (host, _options, done) => {
    asked.push(host);
    const code = left.shift();
    if (code === undefined) done(null, [...found]);
    else done(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }), []);
  };
  return { lookup, asked };
}

const answering = () => raw(({ socket }) => void socket.write(reply("200 OK", "found")));

describe("a name", () => {
  it.each(["GET", "POST"])("that the resolver finds only the third time is found, by %s", async (method) => {
    const wire = await answering();
    const { lookup, asked } = resolver(["EAI_AGAIN", "ENOTFOUND"], alive);
    const { session, waits } = testSession({}, { lookup });
    const response = await session.request(method, `http://flaky.test:${wire.port}/`, method === "POST" ? { json: {} } : {});
    expect([response.text(), response.attempts.map(({ error }) => error?.code)]).toEqual(["found", ["ERR_DNS", "ERR_DNS", undefined]]);
    expect([asked.length, waits, wire.heads.length]).toEqual([3, [200, 400], 1]);
  });

  it.each(["ENOTFOUND", "EAI_AGAIN"])("that ends in %s three times is an error that names it", async (code) => {
    const { lookup, asked } = resolver([code, code, code, code]);
    const { session } = testSession({}, { lookup });
    const error = (await failureOf(session.get("http://gone.test/"))) as RequestError;
    expect([error.name, error.code, error.attempts.length, asked.length]).toEqual(["DNSError", "ERR_DNS", 3, 3]);
    expect(error.message).toContain("gone.test");
    expect(error.message).toContain(code);
  });

  it("without an address is an error, not a hang", async () => {
    const { lookup } = resolver([]);
    const { session } = testSession({ retry: false }, { lookup });
    const error = (await failureOf(session.get("http://empty.test/"))) as RequestError;
    expect(error.code).toMatch(/^ERR_/);
    expect(error.message).toContain("empty.test");
  });
});

describe("the first address", () => {
  it("that refuses costs no attempt: the second answers", async () => {
    const wire = await answering();
    const { session, waits } = testSession({}, { lookup: resolver([], dead, alive).lookup });
    const response = await session.post(`http://two.test:${wire.port}/`, { json: {} });
    expect([response.text(), response.attempts.length, waits, wire.heads.length]).toEqual(["found", 1, [], 1]);
  });

  it("that says nothing costs a quarter of a second: the second answers", async () => {
    const wire = await answering();
    const { session } = testSession({}, { lookup: resolver([], silent, alive).lookup });
    const response = await session.get(`http://two.test:${wire.port}/`);
    expect([response.text(), response.attempts.length, wire.accepted]).toEqual(["found", 1, 1]);
    expect(response.timings.connectMs).toBeLessThan(2_000);
  });

  it("that refuses like all the others is an error with each one's own, after three attempts", async () => {
    const { session } = testSession({}, { lookup: resolver([], dead, alive).lookup });
    const error = (await failureOf(session.get("http://two.test:1/"))) as RequestError;
    expect(error).toMatchObject({
      code: "ERR_CONNECTION_REFUSED",
      cause: { errors: [{ code: "ECONNREFUSED" }, { code: "ECONNREFUSED" }] },
    });
    expect(error.attempts).toHaveLength(3);
  });
});
