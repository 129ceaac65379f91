import { beforeAll, describe, expect, it } from "vitest";
import { TestAuthority, type Identity } from "../../../test/certificates.ts";
import { endStream, fieldBlock, frame, http2Peer, type PeerOptions, type PeerRequest, type PeerServer } from "../../../test/http2-peer.ts";
import { failureOf, testSession } from "../../../test/test-session.ts";
import type { Session, SessionOptions } from "../../client/index.ts";
import { isRequestError } from "../../errors/index.ts";

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({ name: "localhost" });
});

const session = (options: SessionOptions = {}): Session => testSession({ tls: { ca: root.cert }, ...options }).session;
const serve = (answer: (request: PeerRequest) => void, options: Omit<PeerOptions, "identity"> = {}): Promise<PeerServer> =>
  http2Peer(answer, { identity, ...options });
const codeOf = async (work: PromiseLike<unknown>): Promise<string> => {
  const error = await failureOf(work);
  return isRequestError(error) ? error.code : String(error);
};

/** So many KB of headers. */
const long = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "x".repeat(1_100)]));
const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x${i}`, ""]));

function endlessHeaders({ peer, stream }: PeerRequest): void {
  peer.send(frame.headers, { stream, payload: fieldBlock({ ":status": "200" }) });
  for (let i = 0; i < 1_000; i += 1) peer.send(frame.continuation, { stream, payload: fieldBlock({ "x-more": "x".repeat(1_000) }) });
}

describe("a body that is not whole", () => {
  it.each([
    ["CANCEL", 8],
    ["INTERNAL_ERROR", 2],
    ["NO_ERROR", 0],
  ])("is an error when the stream is reset in the middle (%s)", async (_name, code) => {
    const server = await serve(({ peer, stream }) => {
      peer.head(stream);
      peer.data(stream, "half");
      peer.reset(stream, code);
    });
    expect(await codeOf(session({ retry: false }).get(server.url))).toBe("ERR_BODY_TRUNCATED");
  });

  it("is an error when the connection ends in the middle", async () => {
    const server = await serve(({ peer, stream }) => {
      peer.head(stream);
      peer.data(stream, "half");
      peer.socket.end();
    });
    expect(await codeOf(session({ retry: false }).get(server.url))).toBe("ERR_BODY_TRUNCATED");
  });

  it("is an error when its length is not the one it was announced with", async () => {
    const server = await serve(({ peer, stream }) => {
      peer.head(stream, { ":status": "200", "content-length": "10" });
      peer.data(stream, "half", endStream);
    });
    expect(await codeOf(session({ retry: false }).get(server.url))).toBe("ERR_MALFORMED_RESPONSE");
  });
});

describe("an upload that is given up", () => {
  it("is reset, and never ended as if it were whole", async () => {
    const server = await serve(() => undefined);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first");
      await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Error("the disk is gone");
    };
    await failureOf(session().put(server.url, { body: body() }));
    const [peer] = server.peers;
    await expect.poll(() => peer?.of(1, frame.reset).length).toBe(1);
    expect(peer?.of(1, frame.data).map(({ flags, payload }) => [flags & endStream, payload.toString()])).toEqual([[0, "first"]]);
  });

  it("is reset with what the peer's window held back, too", async () => {
    const server = await serve(() => undefined);
    await failureOf(session({ retry: false, timeout: 400 }).put(server.url, { body: Buffer.alloc(1024 * 1024) }));
    const [peer] = server.peers;
    await expect.poll(() => peer?.of(1, frame.reset).length).toBe(1);
    const sent = peer?.of(1, frame.data) ?? [];
    expect(sent.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(65_535);
    expect(sent.filter(({ flags }) => (flags & endStream) !== 0)).toEqual([]);
  });

  it("ends with the early answer of a server that has seen enough", async () => {
    const server = await serve(({ peer, stream }) => {
      peer.head(stream, { ":status": "413" }, endStream);
      peer.reset(stream, 0);
    });
    const response = await session().post(server.url, { body: Buffer.alloc(20 * 1024 * 1024) });
    expect([response.status, response.attempts.length, server.requests.length]).toEqual([413, 1, 1]);
  });
});

describe("GOAWAY", () => {
  it("lets what it includes end, and takes nothing new", async () => {
    const server = await serve(({ peer, stream, index }) => {
      if (index === 0) peer.goaway(stream);
      setTimeout(() => peer.reply(stream, String(index)), 10);
    });
    const client = session();
    const first = client.get(server.url).text();
    await expect.poll(() => server.requests.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([await client.get(server.url).text(), await first]).toEqual(["1", "0"]);
    expect(server.peers.length).toBe(2);
  });

  it("repeats at once what it left out, even a POST", async () => {
    const server = await serve(({ peer, stream, index }) => {
      if (index === 1) peer.goaway(1, 0);
      else peer.reply(stream, `answer ${index}`);
    });
    const client = session();
    await client.get(server.url);
    const response = await client.post(server.url, { body: "pay" });
    expect([response.text(), response.attempts.length, server.peers.length]).toEqual(["answer 2", 1, 2]);
  });

  it("repeats no POST that it includes", async () => {
    const server = await serve(({ peer, stream }) => {
      peer.goaway(stream, 2);
      peer.socket.end();
    });
    expect(await codeOf(session().post(server.url, { body: "pay" }))).toBe("ERR_CONNECTION_CLOSED");
    expect(server.requests.length).toBe(1);
  });

  it("repeats a GET that it includes as another attempt", async () => {
    const server = await serve(({ peer, stream, index }) => {
      if (index > 0) peer.reply(stream, "ok");
      else {
        peer.goaway(stream, 2);
        peer.socket.end();
      }
    });
    const response = await session().get(server.url);
    expect([response.text(), response.attempts.length]).toEqual(["ok", 2]);
  });
});

describe("a reset stream", () => {
  it("is repeated when it was refused, as another attempt, and even a POST", async () => {
    const server = await serve(({ peer, stream, index }) => (index < 2 ? peer.reset(stream, 7) : peer.reply(stream, "ok")));
    const response = await session().post(server.url, { body: "pay" });
    expect([response.text(), response.attempts.length, server.peers.length]).toEqual(["ok", 3, 1]);
  });

  it("is an error of a POST in every other case", async () => {
    const server = await serve(({ peer, stream }) => peer.reset(stream, 11));
    const error = await failureOf(session().post(server.url, { body: "pay" }));
    expect(isRequestError(error) && [error.code, error.message, error.hint]).toEqual([
      "ERR_CONNECTION_RESET",
      expect.stringContaining("failed: the server reset the stream (ENHANCE_YOUR_CALM)"),
      "It was too much for the other side: lower concurrency or rate.",
    ]);
    expect(server.requests.length).toBe(1);
  });

  it("leaves the others of its connection alone", async () => {
    const held: (() => void)[] = [];
    const server = await serve(
      ({ peer, stream, index }) => {
        if (index === 1) peer.reset(stream, 2);
        else held.push(() => peer.reply(stream, "ok"));
        if (index === 2) for (const answer of held) answer();
      },
      { settings: [[3, 100]] },
    );
    const client = session({ retry: false });
    const first = client.get(server.url).text();
    await expect.poll(() => server.requests.length).toBe(1);
    const reset = codeOf(client.get(server.url));
    await expect.poll(() => server.requests.length).toBe(2);
    expect([await client.get(server.url).text(), await first, await reset]).toEqual(["ok", "ok", "ERR_CONNECTION_RESET"]);
    expect(server.peers.length).toBe(1);
  });
});

describe("a connection that is lost", () => {
  it("is replaced at once for a GET when it had been idle, and fails a POST that may have arrived", async () => {
    const server = await serve(({ peer, stream, indexOnConnection }) => {
      if (indexOnConnection === 0) peer.reply(stream, "ok");
      else peer.socket.destroy();
    });
    const client = session();
    await client.get(server.url);
    const again = await client.get(server.url);
    expect([again.text(), again.attempts.length]).toEqual(["ok", 1]);
    const error = await codeOf(client.post(server.url, { body: "pay" }));
    expect([error.startsWith("ERR_CONNECTION"), server.requests.length]).toEqual([true, 4]);
  });

  it("is given up after a silence: the retry does not wait for it again", async () => {
    const server = await serve(({ peer, stream, index }) => {
      if (index !== 1) peer.reply(stream, "ok");
    });
    const client = session();
    await client.get(server.url);
    const response = await client.get(server.url, { timeout: 150 });
    expect([response.text(), response.attempts[0]?.error?.code]).toEqual(["ok", "ERR_TIMEOUT"]);
    expect(server.requests[2]?.peer).not.toBe(server.requests[1]?.peer);
  });

  it("is kept when one answer is slow and others come", async () => {
    const server = await serve(({ peer, stream, index }) => {
      if (index !== 1) peer.reply(stream, "ok");
    });
    const client = session({ retry: false });
    await client.get(server.url);
    const slow = codeOf(client.get(server.url, { timeout: 60 }));
    await expect.poll(() => server.requests.length).toBe(2);
    await client.get(server.url);
    expect([await slow, await client.get(server.url).text(), server.peers.length]).toEqual(["ERR_TIMEOUT", "ok", 1]);
  });
});

describe("an answer that is no HTTP/2", () => {
  it.each([
    ["an HTTP/1.1 response", ({ peer }: PeerRequest) => void peer.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")],
    ["a response without a status", ({ peer, stream }: PeerRequest) => peer.head(stream, { "x-a": "1" }, endStream)],
    ["a status that is no number", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "ok!" }, endStream)],
    ["data before the headers", ({ peer, stream }: PeerRequest) => peer.data(stream, "early")],
    ["a length that is no number", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "200", "content-length": "-1" })],
    ["a header of HTTP/1.1", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "200", connection: "close" }, endStream)],
    ["a name in upper case", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "200", "X-A": "1" }, endStream)],
    ["a frame that is too large", ({ peer, stream }: PeerRequest) => peer.send(frame.data, { stream, payload: Buffer.alloc(20_000) })],
    [
      "a push that nobody allowed",
      ({ peer, stream }: PeerRequest) => peer.send(5, { stream, flags: 4, payload: Buffer.from([0, 0, 0, 2]) }),
    ],
  ])("%s is an error that says so", async (_name, answer) => {
    const server = await serve(answer);
    expect(await codeOf(session({ retry: false, timeout: 2_000 }).get(server.url))).toBe("ERR_MALFORMED_RESPONSE");
  });

  it.each([
    ["headers larger than 16 KB", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "200", ...long(15) })],
    ["3,000 headers", ({ peer, stream }: PeerRequest) => peer.head(stream, { ":status": "200", ...many }, endStream)],
    ["headers without an end", endlessHeaders],
  ])("%s are refused and not kept", async (_name, answer) => {
    const server = await serve(answer);
    const code = await codeOf(session({ retry: false, timeout: 2_000 }).get(server.url));
    expect(code).toMatch(/ERR_MALFORMED_RESPONSE|ERR_CONNECTION_RESET/);
  });
});

describe("interim responses", () => {
  it("are skipped, a 103 is kept, and an unasked 100 does no harm", async () => {
    const server = await serve(({ peer, stream }) => {
      peer.head(stream, { ":status": "100" });
      peer.head(stream, { ":status": "103", link: "</a.css>; rel=preload" });
      peer.reply(stream, "ok");
    });
    const response = await session().get(server.url);
    expect([response.text(), response.earlyHints["preload"]?.url]).toEqual(["ok", "/a.css"]);
  });

  it("without an end do not outlast the timeout", async () => {
    const server = await serve(({ peer, stream }) => {
      const timer = setInterval(() => peer.head(stream, { ":status": "102" }), 1);
      peer.socket.on("close", () => clearInterval(timer));
    });
    const client = session({ retry: false });
    expect(await codeOf(client.get(server.url, { timeout: 60 }))).toBe("ERR_TIMEOUT");
    await client.close();
  });
});
