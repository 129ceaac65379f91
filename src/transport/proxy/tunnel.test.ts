import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { resolveProxy, type ProxyChoice, type ProxyOption } from "../../proxy/index.ts";
import { ProxyFailure } from "./failure.ts";
import { openTunnel } from "./tunnel.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A proxy that is given the head of CONNECT, and says what the test wants. */
async function scripted(answer: (socket: Socket, head: string) => void): Promise<{ port: number; heads: string[] }> {
  const heads: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let head = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      if (head.endsWith("\r\n\r\n")) return;
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      heads.push(head);
      answer(socket, head);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, heads };
}

const choice = (option: ProxyOption): ProxyChoice => {
  const found = resolveProxy(option, {}).choose(new URL("https://h.example"));
  if (found === undefined) throw new Error("no proxy");
  return found;
};
const dialled = async (port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1");
  sockets.add(socket);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
};
const target = { host: "h.example", port: 443 };
interface Opened {
  readonly done: Promise<Socket>;
  readonly cancel: (reason: Error) => void;
  readonly socket: Socket;
}
async function open(
  port: number,
  {
    headers = [],
    to = target,
    proxy = choice(`http://127.0.0.1:${port}`),
  }: { headers?: readonly string[]; to?: typeof target; proxy?: ProxyChoice } = {},
): Promise<Opened> {
  const socket = await dialled(port);
  return { ...openTunnel({ socket, proxy, target: to, headers }), socket };
}
async function failure(port: number, options?: Parameters<typeof open>[1]): Promise<ProxyFailure> {
  const { done, socket } = await open(port, options);
  const error: unknown = await done.then(
    () => "no failure",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProxyFailure);
  expect(socket.destroyed).toBe(true);
  return error as ProxyFailure;
}
/** The proxy's whole answer. */
const replies = async (text: string): Promise<number> => (await scripted((socket) => void socket.write(text, "latin1"))).port;
const nextData = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())));

describe("CONNECT", () => {
  it("sends target, Host and what is for the proxy, nothing else", async () => {
    const { port, heads } = await scripted((socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    await (
      await open(port, { headers: ["X-Team", "ops", "Proxy-Authorization", "Basic dTpw"] })
    ).done;
    expect(heads).toEqual([
      "CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\nX-Team: ops\r\nProxy-Authorization: Basic dTpw\r\n\r\n",
    ]);
  });

  it("puts an IPv6 address into brackets", async () => {
    const { port, heads } = await scripted((socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    await (
      await open(port, { to: { host: "2001:db8::1", port: 8443 } })
    ).done;
    expect(heads[0]).toMatch(/^CONNECT \[2001:db8::1\]:8443 HTTP\/1\.1\r\nHost: \[2001:db8::1\]:8443\r\n/);
  });

  it.each([
    ["a 200", "HTTP/1.1 200 Connection established\r\n\r\n"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nVia: x\r\n\r\n"],
    ["another 2xx", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["a length, which means nothing here", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["interim answers before it", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
    ["bare line feeds", "HTTP/1.1 200 OK\nVia: x\n\n"],
  ])("opens the tunnel at %s, and hands on every byte after it", async (_name, head) => {
    const port = await replies(`${head}first bytes of the target`);
    const socket = await (await open(port)).done;
    expect(await nextData(socket)).toBe("first bytes of the target");
  });

  it("opens however the answer is cut, and carries bytes both ways", async () => {
    const head = "HTTP/1.1 200 Connection established\r\nVia: 1.1 squid\r\n\r\nhello";
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: head.length - 1 }), { maxLength: 6 }), async (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), head.length];
        const { port } = await scripted((socket) => {
          socket.setNoDelay(true);
          void (async () => {
            for (const [index, cut] of cuts.slice(1).entries()) {
              socket.write(head.slice(cuts[index], cut));
              await new Promise((resolve) => setImmediate(resolve));
            }
          })();
          socket.on("data", (chunk) => void socket.write(chunk.toString().toUpperCase()));
        });
        const socket = await (await open(port)).done;
        let heard = "";
        await new Promise<void>((resolve) => {
          socket.on("data", (chunk) => {
            heard += chunk.toString();
            if (heard === "hello") socket.write("echo");
            if (heard === "helloECHO") resolve();
          });
        });
        socket.destroy();
      }),
      { numRuns: 25 },
    );
  });

  it("leaves no listener but the one for errors", async () => {
    const port = await replies("HTTP/1.1 200 OK\r\n\r\n");
    const socket = await dialled(port);
    const counts = (): number[] => ["readable", "data", "end", "close", "error"].map((event) => socket.listenerCount(event));
    const [readable = 0, data = 0, end = 0, close = 0, error = 0] = counts();
    await openTunnel({ socket, proxy: choice(`http://127.0.0.1:${port}`), target, headers: [] }).done;
    expect(counts()).toEqual([readable, data, end, close, error + 1]);
    socket.destroy(new Error("nobody else listens yet"));
  });
});

describe("a proxy that does not connect", () => {
  it.each([
    [403, "Forbidden", "refused", /allow port 443 only/],
    [404, "Not Found", "refused", /knows CONNECT/],
    [405, "Method Not Allowed", "refused", /knows CONNECT/],
    [302, "Found", "refused", /knows CONNECT/],
    [501, "Not Implemented", "refused", /knows CONNECT/],
    [429, "Too Many Requests", "failed", /could not reach/],
    [500, "Internal Server Error", "failed", /could not reach/],
    [502, "Bad Gateway", "failed", /could not reach/],
    [503, "Service Unavailable", "failed", /could not reach/],
    [504, "Gateway Timeout", "failed", /could not reach/],
  ])("answers %i %s: kind %s", async (status, reason, kind, hint) => {
    const port = await replies(`HTTP/1.1 ${status} ${reason}\r\nContent-Length: 5\r\n\r\nerror`);
    const error = await failure(port);
    expect(error).toMatchObject({ kind, status, hint: expect.stringMatching(hint) });
    expect(error.message).toBe(
      `the proxy http://127.0.0.1:${port} did not connect to h.example:443. Tunnel connection failed: ${status} ${reason}`,
    );
  });

  it("says why in its own words, and errand repeats them", async () => {
    expect((await failure(await replies("HTTP/1.1 503 x\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n"))).message).toMatch(
      /503 x \(ERR_DNS_FAIL 0\)$/,
    );
  });

  it("wants credentials: says how to give them", async () => {
    const port = await replies('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n');
    expect(await failure(port)).toMatchObject({
      kind: "credentials",
      status: 407,
      hint: expect.stringContaining('auth: basic("user", secret("env:PROXY_PASSWORD"))'),
    });
    const fromVariable = resolveProxy(undefined, { HTTPS_PROXY: `http://127.0.0.1:${port}` }).choose(new URL("https://h.example"));
    const error = await failure(port, { proxy: fromVariable });
    expect(error.hint).toContain("user:password@ in HTTPS_PROXY");
    expect(error.message).toContain(`the proxy http://127.0.0.1:${port} (HTTPS_PROXY) did not`);
  });

  it("refuses the credentials: never shows them, even where the proxy repeats them", async () => {
    const password = "pr0xy-passw0rd";
    const header = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
    const { port } = await scripted(
      (socket) => void socket.write(`HTTP/1.1 407 ${header} ${password}\r\nX-Squid-Error: ${password}\r\n\r\n`),
    );
    const error = await failure(port, {
      proxy: choice(`http://user:${password}@127.0.0.1:${port}`),
      headers: ["Proxy-Authorization", header],
    });
    expect(error).toMatchObject({ kind: "credentials", hint: "It does not accept this user and password." });
    expect(error.stack).not.toContain(password);
    expect(error.stack).not.toContain(header.slice(10));
  });

  it("wants another scheme than Basic: names it", async () => {
    const port = await replies("HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n");
    expect((await failure(port)).hint).toBe("It accepts Negotiate, NTLM; errand knows Basic.");
  });
});

describe("a proxy that breaks down", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["closes without an answer", (socket) => void socket.end()],
    ["closes after the status line", (socket) => void socket.end("HTTP/1.1 200 OK\r\n")],
    ["closes within the status line", (socket) => void socket.end("HTT")],
    ["resets", (socket) => void socket.resetAndDestroy()],
  ])("%s: closed", async (_name, answer) => {
    const { port } = await scripted(answer);
    expect(await failure(port)).toMatchObject({
      kind: "closed",
      message: expect.stringContaining("closed the connection before the target was reached"),
    });
  });

  it("had closed before it was asked", async () => {
    const { port } = await scripted(() => undefined);
    const socket = await dialled(port);
    socket.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(openTunnel({ socket, proxy: choice(`http://127.0.0.1:${port}`), target, headers: [] }).done).rejects.toMatchObject({
      kind: "closed",
    });
  });

  it.each([
    ["garbage", "garbage\r\n\r\n", "malformed", /something else than HTTP/],
    ["an HTTP version of the future", "HTTP/3.0 200 OK\r\n\r\n", "malformed", /something else than HTTP/],
    ["a bad status", "HTTP/1.1 20x OK\r\n\r\n", "malformed", /something else than HTTP/],
    ["a TLS alert", "\x15\x03\x03\x00\x02\x02\x46", "protocol", /speaks TLS/],
    ["SOCKS5", "\x05\xff", "protocol", /maybe SOCKS/],
    ["SOCKS4", "\x00\x5b", "protocol", /maybe SOCKS/],
    ["a single line without end", `HTTP/1.1 200 ${"x".repeat(20_000)}`, "malformed", /more than 16 KB/],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(3_000)}`, "malformed", /more than 16 KB/],
    ["interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000), "malformed", /more than 16 KB/],
  ])("answers with %s", async (_name, text, kind, message) => {
    // It does not close: errand must see by itself that nothing good will come.
    expect(await failure(await replies(text))).toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  it("never makes a tunnel, nor waits, after random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const { port } = await scripted((socket) => void socket.end(bytes));
        expect(["malformed", "protocol", "closed"]).toContain((await failure(port)).kind);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["nothing", ""],
    ["half an answer", "HTTP/1.1 200 OK\r\nVia:"],
  ])("hangs after %s: a cancellation ends it with its reason, and closes the socket", async (_name, text) => {
    const { port, heads } = await scripted((socket) => void socket.write(text));
    const { done, cancel, socket } = await open(port);
    while (heads.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("enough");
    cancel(reason);
    await expect(done).rejects.toBe(reason);
    expect(socket.destroyed).toBe(true);
  });
});
