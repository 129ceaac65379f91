import {
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { connect, type AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { TestAuthority, type Identity } from "../../../test/certificates.ts";
import { closedPort, reply } from "../../../test/raw-server.ts";
import { closeAfterTest, failureOf, raw, testSession } from "../../../test/test-session.ts";
import type { Session, SessionOptions } from "../../client/index.ts";
import { isRequestError } from "../../errors/index.ts";

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({ name: "localhost" });
});

interface Http2Server {
  readonly url: string;
  readonly sessions: readonly ServerHttp2Session[];
  readonly requests: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, index: number) => void;

async function serve(answer: Answer, options: SecureServerOptions = {}): Promise<Http2Server> {
  const sessions: ServerHttp2Session[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const server = createSecureServer({ ...identity, ...options });
  server.on("request", (request, response) => {
    if (request.httpVersion === "1.1") response.end("over HTTP/1.1");
  });
  server.on("session", (session) => void sessions.push(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    requests.push(headers);
    answer(stream, headers, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return closeAfterTest({
    url: `https://localhost:${port}`,
    sessions,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  });
}

const session = (options: SessionOptions = {}): Session => testSession({ tls: { ca: root.cert }, ...options }).session;
const respond = (stream: ServerHttp2Stream, text = "ok"): void => {
  stream.respond({ ":status": 200, "content-length": String(text.length) });
  stream.end(text);
};
const bodyOf = async (stream: ServerHttp2Stream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString();
};

describe("the protocol", () => {
  it("is what the handshake chose, with the fields HTTP/2 has", async () => {
    const server = await serve((stream) => respond(stream));
    const response = await session().get(`${server.url}/a?b=1`, { headers: { "x-Mixed": "1" } });
    expect([response.httpVersion, response.text(), response.timings.tlsMs]).toEqual(["2", "ok", expect.any(Number)]);
    expect(server.requests[0]).toMatchObject({ ":path": "/a?b=1", ":authority": server.url.slice(8), "x-mixed": "1" });
    expect(server.requests[0]).not.toHaveProperty("host");
  });

  it("is HTTP/1.1 where the server does not speak HTTP/2", async () => {
    const server = await raw(({ socket }) => void socket.write(reply("200 OK", "old")), { tls: { ...identity } });
    const client = session();
    const all = await Promise.all([1, 2, 3].map(() => client.get(server.url)));
    expect(all.map((each) => `${each.httpVersion} ${each.text()}`)).toEqual(Array(3).fill("1.1 old"));
    expect((await client.get(server.url)).text()).toBe("old");
  });

  it("is not offered with http2: false; another value is an error", async () => {
    let offered: unknown;
    const tls = { ...identity, ALPNCallback: ({ protocols }: { protocols: string[] }) => void (offered = protocols) };
    const server = await raw(({ socket }) => void socket.write(reply("200 OK", "old")), { tls });
    await failureOf(session({ http2: false, retry: false }).get(server.url));
    expect(offered).toEqual(["http/1.1"]);
    expect(() => session({ http2: "no" as never })).toThrow("http2 takes true or false");
  });
});

describe("sharing", () => {
  it("carries 1,000 calls at once over one connection", async () => {
    const server = await serve((stream, headers) => respond(stream, String(headers[":path"])));
    const client = session();
    const all = await Promise.all(Array.from({ length: 1_000 }, (_, i) => client.get(`${server.url}/${i}`).text()));
    expect(all).toEqual(Array.from({ length: 1_000 }, (_, i) => `/${i}`));
    expect(server.sessions.length).toBe(1);
  });

  it("opens more only past the peer's limit, and waits past maxConnections", async () => {
    const server = await serve((stream) => void setTimeout(() => respond(stream), 5), { settings: { maxConcurrentStreams: 2 } });
    const client = session({ maxConnections: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.get(server.url)));
    expect([server.sessions.length, server.requests.length]).toEqual([3, 20]);
  });

  it("cancels one of many, and an unread stream holds up nobody", async () => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/hang") return;
      if (headers[":path"] === "/big") {
        stream.respond({ ":status": 200 });
        stream.end(Buffer.alloc(8 * 1024 * 1024));
      } else respond(stream);
    });
    const client = session();
    await client.get(server.url);
    const unread = await client.get(`${server.url}/big`, { stream: true });
    const abort = new AbortController();
    const hanging = failureOf(client.get(`${server.url}/hang`, { signal: abort.signal }));
    expect(await client.get(server.url).text()).toBe("ok");
    abort.abort();
    expect(await hanging).toBeInstanceOf(Error);
    expect(await client.get(server.url).text()).toBe("ok");
    let size = 0;
    for await (const chunk of unread.body) size += chunk.byteLength;
    expect([size, server.sessions.length]).toEqual([8 * 1024 * 1024, 1]);
  });
});

describe("bodies", () => {
  it("sends buffers and streams, and returns an early answer", async () => {
    const server = await serve((stream, headers) => {
      if (headers[":path"] === "/early") respond(stream, "early");
      else void bodyOf(stream).then((text) => respond(stream, text.length > 100 ? String(text.length) : text));
    });
    const client = session();
    const many = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 64; i += 1) yield Buffer.alloc(64 * 1024);
    };
    expect(await client.post(server.url, { body: "hello" }).text()).toBe("hello");
    expect(await client.post(server.url, { body: many() }).text()).toBe(String(64 * 64 * 1024));
    expect(await client.post(`${server.url}/early`, { body: many() }).text()).toBe("early");
    expect((await client.head(server.url)).status).toBe(200);
  });
});

describe("a server that wants HTTP/1.1 after all", () => {
  it("gets it: the call is repeated at once, even a POST, and so are those after it", async () => {
    const server = await serve((stream) => stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED), { allowHTTP1: true });
    const client = session();
    const response = await client.post(server.url, { body: "pay" });
    expect([response.httpVersion, response.text(), response.attempts.length]).toEqual(["1.1", "over HTTP/1.1", 1]);
    expect([(await client.get(server.url)).httpVersion, server.requests.length]).toEqual(["1.1", 1]);
  });
});

describe("in its surroundings", () => {
  it("goes through a proxy's tunnel, and not to a proxy that forwards", async () => {
    const server = await serve((stream, headers) => respond(stream, String(headers["x-team"])));
    const tunnels: string[] = [];
    const proxy = await raw(({ head, socket }) => {
      tunnels.push(head.split("\r\n")[0] ?? "");
      socket.removeAllListeners("data");
      const upstream = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
    });
    const client = session({ proxy: { url: proxy.url, headers: { "x-team": "ops" } } });
    const all = await Promise.all([1, 2, 3].map(() => client.get(server.url)));
    expect(all.map((each) => `${each.httpVersion} ${each.text()}`)).toEqual(Array(3).fill("2 undefined"));
    expect(tunnels).toEqual([`CONNECT ${new URL(server.url).host} HTTP/1.1`]);
  });

  it("tells a wrong certificate, a refused connection and a handshake that hangs, and retries what may be retried", async () => {
    const server = await serve((stream) => respond(stream));
    expect(await failureOf(testSession().session.get(server.url))).toMatchObject({
      code: "ERR_TLS_INCOMPLETE_CHAIN",
      attempts: { length: 1 },
    });
    const refused = failureOf(session().get(`https://localhost:${await closedPort()}`));
    expect(await refused).toMatchObject({ code: "ERR_CONNECTION_REFUSED", attempts: { length: 3 } });
    const silent = await raw(() => undefined, { onConnection: () => undefined });
    const hung = failureOf(session({ connectTimeout: 100, retry: false }).get(`https://localhost:${silent.port}`));
    expect(await hung).toMatchObject({ code: "ERR_TIMEOUT", phase: "tls" });
  });

  it("many callers of a dead server fail with it, each on his own account", async () => {
    const url = `https://localhost:${await closedPort()}`;
    const client = session({ retry: false });
    const codes = await Promise.all(Array.from({ length: 20 }, async () => failureOf(client.get(url))));
    expect(codes.map((error) => isRequestError(error) && error.code)).toEqual(Array(20).fill("ERR_CONNECTION_REFUSED"));
  });

  it("shows a client certificate, and keeps headers a server repeats", async () => {
    const client = await root.issue({ name: "client" });
    let seen: unknown;
    const server = await serve(
      (stream) => {
        const socket = stream.session?.socket;
        if (socket instanceof TLSSocket) seen = socket.getPeerCertificate().subject.CN;
        stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"], "x-name": "caf\u00e9" });
        stream.end();
      },
      { requestCert: true, ca: [root.cert] },
    );
    const response = await session({ tls: { ca: root.cert, ...client }, cookies: true }).get(server.url);
    expect([seen, response.headers.getSetCookie(), response.statusText, response.status]).toEqual(["client", ["a=1", "b=2"], "", 200]);
  });

  it("a caller that waits for a connection can be cancelled, and leaves the others theirs", async () => {
    const server = await serve((stream) => respond(stream));
    const client = session();
    const abort = new AbortController();
    const cancelled = failureOf(client.get(server.url, { signal: abort.signal }));
    const kept = client.get(server.url).text();
    setImmediate(() => abort.abort(new Error("not needed")));
    expect(await cancelled).toMatchObject({ code: "ERR_ABORTED" });
    expect([await kept, await client.get(server.url).text(), server.sessions.length]).toEqual(["ok", "ok", 1]);
  });

  it("closing the session ends what is idle at once and the rest when it is done", async () => {
    const server = await serve((stream) => void setTimeout(() => respond(stream, "late"), 30));
    const client = session();
    const late = client.get(server.url).text();
    await expect.poll(() => server.requests.length).toBe(1);
    await client.close();
    expect(await late).toBe("late");
    await expect.poll(() => server.sessions.every((each) => each.destroyed)).toBe(true);
  });

  it("stands in the curl line where it is not wanted", () => {
    const urls = ["https://api.example.com/", "http://api.example.com/"];
    expect(urls.map((url) => session({ http2: false }).curl("GET", url).includes("--http1.1"))).toEqual([true, false]);
    expect(session().curl("GET", "https://api.example.com/")).not.toContain("--http1.1");
  });
});
