import type { LookupAddress } from "node:dns";
import { createServer as createHTTPServer, request as requestHTTP } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { connect as connectTLS, createServer as createTLSServer, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority, type Identity } from "../../../test/certificates.ts";
import { basic } from "../../auth/index.ts";
import { ProxyError, TLSError } from "../../errors/index.ts";
import { resolveProxy, type ProxyChoice, type ProxyOption } from "../../proxy/index.ts";
import { literalSecret, registerSecretStore, secret } from "../../secrets/index.ts";
import { AddressRefused, type Lookup } from "../dial.ts";
import { dialThroughProxy, type ProxyDialOptions } from "./dial.ts";
import { proxyError, ProxyFailure } from "./failure.ts";
import { planRoute, routedRequest, routeKey } from "./route.ts";
import { proxyTLSOptions } from "./tls.ts";
import { loadTLSMaterial, type TLSMaterial } from "../tls-material.ts";

let root: TestAuthority;
let identity: Identity;
let material: TLSMaterial;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({ name: "localhost" });
  material = await loadTLSMaterial({ ca: root.cert });
});

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

function keep(socket: Socket): Socket {
  sockets.add(socket);
  return socket.on("error", () => undefined);
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", keep);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface TestProxy {
  readonly port: number;
  /** What the proxy was asked for: `CONNECT h:443`, and its Proxy-Authorization. */
  readonly asked: string[];
}

/** A proxy that connects to one port of this machine, whatever name it is given. `answer` may refuse. */
async function httpProxy(
  targetPort: number,
  { tls, answer }: { tls?: TlsOptions; answer?: (authority: string) => string | undefined } = {},
): Promise<TestProxy> {
  const asked: string[] = [];
  const onSocket = (socket: Socket): void => {
    keep(socket);
    socket.once("data", (chunk) => {
      const head = chunk.toString("latin1");
      const authority = /^CONNECT (\S+)/.exec(head)?.[1] ?? "";
      asked.push(`${authority} ${/^Proxy-Authorization: (.*)\r$/m.exec(head)?.[1] ?? "-"}`);
      const refusal = answer?.(authority);
      if (refusal !== undefined) {
        socket.write(refusal);
        return;
      }
      const upstream = keep(connect(targetPort, "127.0.0.1"));
      upstream.once("connect", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
    });
  };
  const port = await listen(tls === undefined ? createServer(onSocket) : createTLSServer(tls, onSocket));
  return { port, asked };
}

/** A SOCKS5 proxy that does the same, with user and password where one is given. */
async function socksProxy(targetPort: number, userPass?: string): Promise<TestProxy> {
  const asked: string[] = [];
  const port = await listen(
    createServer((socket) => {
      keep(socket);
      void (async () => {
        await arrival(socket);
        socket.write(Buffer.from([5, userPass === undefined ? 0 : 2]));
        if (userPass !== undefined) {
          const login = await arrival(socket);
          const userEnd = 2 + (login[1] ?? 0);
          const given = `${login.subarray(2, userEnd).toString()}:${login.subarray(userEnd + 1).toString()}`;
          socket.write(Buffer.from([1, given === userPass ? 0 : 1]));
        }
        const request = await arrival(socket);
        asked.push(request[3] === 3 ? request.subarray(5, -2).toString() : request.subarray(4, -2).join("."));
        const upstream = keep(connect(targetPort, "127.0.0.1"));
        upstream.once("connect", () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]));
          upstream.pipe(socket).pipe(upstream);
        });
      })();
    }),
  );
  return { port, asked };
}

const arrival = (socket: Socket): Promise<Buffer> => new Promise((resolve) => socket.once("data", resolve));

/** Greets whoever connects, by TLS. */
const target = (tls: TlsOptions = identity): Promise<number> =>
  listen(createTLSServer(tls, (socket) => void keep(socket).end(`hello ${String(socket.getPeerCertificate().subject?.CN ?? "stranger")}`)));

const choice = (option: ProxyOption): ProxyChoice => {
  const found = resolveProxy(option, {}).choose(new URL("https://h.example"));
  if (found === undefined) throw new Error("no proxy");
  return found;
};
const through = (option: ProxyOption, { tls = material, ...rest }: Partial<ProxyDialOptions> & { tls?: TLSMaterial } = {}) =>
  dialThroughProxy({
    route: { proxy: choice(option), isForwarded: false, tls },
    host: "h.example",
    port: 443,
    isPublicOnly: false,
    onStage: () => undefined,
    ...rest,
  });
const failureOf = async (work: Promise<Socket>): Promise<ProxyFailure> => {
  const error: unknown = await work.then(
    () => "no failure",
    (reason: unknown) => reason,
  );
  expect(error, String(error)).toBeInstanceOf(ProxyFailure);
  return error as ProxyFailure;
};
/** A TLS handshake with the target inside the tunnel, and what the target says. */
async function hello(socket: Socket, tls = material): Promise<string> {
  const secured = keep(connectTLS({ socket: keep(socket), servername: "localhost", secureContext: tls.context }));
  let text = "";
  for await (const chunk of secured) text += String(chunk);
  return text;
}

describe("a way through a proxy", () => {
  it("carries TLS to the target through an HTTP proxy, which alone gets the credentials", async () => {
    const proxy = await httpProxy(await target());
    expect(await hello(await through(`http://user:pa%20ss@127.0.0.1:${proxy.port}`).done)).toBe("hello stranger");
    expect(proxy.asked).toEqual([`h.example:443 Basic ${Buffer.from("user:pa ss").toString("base64")}`]);
  });

  it("carries TLS within TLS through an https proxy, whose certificate is checked by its own name", async () => {
    const proxy = await httpProxy(await target(), { tls: identity });
    expect(await hello(await through(`https://localhost:${proxy.port}`).done)).toBe("hello stranger");
    expect(proxy.asked).toEqual(["h.example:443 -"]);
  });

  it("shows the client certificate to the target and not to an https proxy", async () => {
    const client = await root.issue({ name: "client" });
    const options = { ca: root.cert, cert: client.cert, key: client.key, roots: "only", servername: "other.example" } as const;
    const own = await loadTLSMaterial(options);
    const asks = { ...identity, ca: root.cert, requestCert: true };
    let shownToProxy: unknown = "not asked";
    const targetPort = await target(asks);
    const proxy = await listen(
      createTLSServer({ ...asks, rejectUnauthorized: false }, (socket) => {
        keep(socket);
        shownToProxy = socket.getPeerCertificate();
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          const upstream = keep(connect(targetPort, "127.0.0.1"));
          upstream.pipe(socket).pipe(upstream);
        });
      }),
    );
    const tls = await loadTLSMaterial(proxyTLSOptions(options));
    expect(await hello(await through(`https://localhost:${proxy}`, { tls }).done, own)).toBe("hello client");
    expect(shownToProxy).toEqual({});
  });

  it.each([undefined, "us\u00e9r:p:ass"])(
    "carries TLS through a SOCKS5 proxy, with the credentials %s, and leaves names to it",
    async (userPass) => {
      const proxy = await socksProxy(await target(), userPass);
      const [user = "", password = ""] = (userPass ?? "").split(/:(.*)/);
      const userinfo = userPass === undefined ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
      const asked: string[] = [];
      const lookup: Lookup = (host) => void asked.push(host);
      expect(await hello(await through(`socks5://${userinfo}127.0.0.1:${proxy.port}`, { lookup }).done)).toBe("hello stranger");
      expect([proxy.asked, asked]).toEqual([["h.example"], []]);
    },
  );

  it("takes credentials from a secret that is read only now", async () => {
    const proxy = await httpProxy(await target());
    const option = { url: `http://127.0.0.1:${proxy.port}`, auth: basic("user", secret("env:ERRAND_TEST_PROXY_LATE")) };
    process.env["ERRAND_TEST_PROXY_LATE"] = "late-password";
    await through(option).done;
    delete process.env["ERRAND_TEST_PROXY_LATE"];
    expect(proxy.asked).toEqual([`h.example:443 Basic ${Buffer.from("user:late-password").toString("base64")}`]);
  });

  it("fails as a request that cannot be sent when a secret cannot be read or sent, before it connects", async () => {
    const proxy = await httpProxy(0);
    const url = `http://127.0.0.1:${proxy.port}`;
    const headers = { "X-Token": literalSecret("two-lines\r\nX-Evil: 1", "token") };
    await expect(through({ url, auth: basic("user", secret("env:ERRAND_TEST_UNSET")) }).done).rejects.toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_SECRET",
    });
    await expect(through({ url, headers }).done).rejects.toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_INVALID_HEADER",
      message: expect.not.stringContaining("Evil"),
    });
    expect(proxy.asked).toEqual([]);
  });

  it("reports the stages of reaching the proxy", async () => {
    const proxy = await httpProxy(await target());
    const stages: string[] = [];
    const lookup: Lookup = (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
    await through(`http://proxy.example:${proxy.port}`, { lookup, onStage: (stage) => stages.push(stage) }).done;
    expect(stages).toEqual(["dns", "connect"]);
  });
});

describe("a plain http request that the proxy forwards", () => {
  it.each(["http", "https"] as const)("goes over a connection to the %s proxy, in absolute form", async (scheme) => {
    const seen: unknown[] = [];
    const answer = createHTTPServer((request, response) => {
      seen.push([request.url, request.headers.host, request.headers["proxy-authorization"]]);
      response.end("forwarded");
    });
    const port = await listen(
      scheme === "http"
        ? createServer((socket) => void answer.emit("connection", socket))
        : createTLSServer(identity, (socket) => void answer.emit("connection", keep(socket))),
    );
    const url = new URL("http://h.example/a?b=c#d");
    const route = planRoute(choice(`${scheme}://user:pass-word@localhost:${port}`), url, { isPublicOnly: false, tls: material });
    const socket = keep(await dialThroughProxy({ route, host: "h.example", port: 80, isPublicOnly: false, onStage: () => undefined }).done);
    const { path, headers } = await routedRequest({ url, path: "/a?b=c", headers: ["accept", "*/*"] }, route);
    const body = await new Promise<string>((resolve) => {
      requestHTTP({ path, headers: [...headers], createConnection: () => socket }, (response) =>
        response.on("data", (chunk: Buffer) => resolve(chunk.toString())),
      ).end();
    });
    expect(body).toBe("forwarded");
    expect(seen).toEqual([["http://h.example/a?b=c", "h.example", `Basic ${Buffer.from("user:pass-word").toString("base64")}`]]);
  });
});

describe("a route", () => {
  const http = new URL("http://h.example/a");
  const https = new URL("https://h.example/a");
  const plan = (url: URL, option: ProxyOption = "http://user:pass-word@p", isPublicOnly = false) =>
    planRoute(choice(option), url, { isPublicOnly, tls: undefined });
  const request = (url: URL) => ({ url, path: "/a", headers: ["Proxy-Authorization", "Basic own", "accept", "*/*"] });

  it("shares the connections of what one proxy forwards, and of nothing else", () => {
    const other = new URL("http://other.example/");
    expect(routeKey(plan(http), http.origin)).toBe(routeKey(plan(other), other.origin));
    expect(routeKey(plan(http, "http://q"), http.origin)).not.toBe(routeKey(plan(http), http.origin));
    expect(routeKey(plan(http, "http://p", true), http.origin)).toBe("http://h.example");
    expect([routeKey(plan(https), https.origin), routeKey(undefined, https.origin)]).toEqual(["https://h.example", "https://h.example"]);
  });

  it("takes Proxy-Authorization out of what goes through a tunnel", async () => {
    expect(await routedRequest(request(https), plan(https))).toEqual({ path: "/a", headers: ["accept", "*/*"] });
  });

  it("without a proxy changes nothing", async () => {
    expect(await routedRequest(request(http), undefined)).toEqual({ path: "/a", headers: request(http).headers });
  });

  it("waits for a store that has to be asked", async () => {
    registerSecretStore({ scheme: "errandproxytest", ttlMs: undefined, read: async (rest) => `${rest}-from-store` });
    const option = { url: "http://p", headers: { "X-Team": secret("errandproxytest:team") } };
    const routed = routedRequest({ ...request(http), headers: [] }, plan(http, option));
    expect(routed).toBeInstanceOf(Promise);
    expect(await routed).toEqual({ path: "http://h.example/a", headers: ["Host", "h.example", "X-Team", "team-from-store"] });
  });
});

describe("a proxy that cannot be reached", () => {
  it("is not there", async () => {
    const port = await listen(createServer());
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    const error = await failureOf(through(`http://127.0.0.1:${port}`).done);
    expect(error).toMatchObject({
      kind: "unreachable",
      message: `the proxy http://127.0.0.1:${port} is not there: nothing listens (ECONNREFUSED)`,
      hint: expect.stringContaining("Check the option proxy"),
    });
  });

  it("has a name that does not resolve: the target is not blamed", async () => {
    const lookup: Lookup = (_host, _options, done) => done(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }), []);
    const error = await failureOf(through("http://proxy.example:3128", { lookup }).done);
    expect(error).toMatchObject({
      kind: "unreachable",
      message: "the proxy http://proxy.example:3128 has a name that does not resolve (ENOTFOUND)",
    });
  });

  it("speaks plain HTTP where its URL says https: the text says what to write", async () => {
    // As HTTP servers answer a TLS hello.
    const port = await listen(
      createServer((socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))),
    );
    const error = await failureOf(through(`https://localhost:${port}`).done);
    expect(error).toMatchObject({
      kind: "protocol",
      message: `the proxy https://localhost:${port} does not speak TLS: it looks like a plain HTTP proxy`,
      hint: expect.stringMatching(/^Write http:\/\/ in its URL/),
    });
  });

  it("speaks TLS where its URL says http: OpenSSL hangs up on CONNECT, and the hint names the scheme", async () => {
    const port = await listen(createTLSServer(identity));
    expect(await failureOf(through(`http://localhost:${port}`).done)).toMatchObject({
      kind: "closed",
      hint: expect.stringContaining("its URL has the right scheme: http, https or socks5"),
    });
  });

  it("has a certificate that nobody trusts: a TLSError that names the proxy", async () => {
    const proxy = await httpProxy(await target(), { tls: identity });
    const tls = await loadTLSMaterial({});
    const failure = await failureOf(through(`https://localhost:${proxy.port}`, { tls }).done);
    const error = proxyError(failure, { request: { method: "GET", url: "https://h.example/" }, timings: { totalMs: 1 } });
    expect(error).toBeInstanceOf(TLSError);
    expect(error.code).toMatch(/^ERR_TLS_/);
    expect(error.message).toMatch(
      new RegExp(`^GET https://h.example/ failed: the proxy https://localhost:${proxy.port} cannot be trusted: `),
    );
    expect(proxy.asked).toEqual([]);
  });

  it("has a certificate for another name", async () => {
    const proxy = await httpProxy(await target(), {
      tls: await root.issue({ name: "other", names: [{ type: "dns", value: "other.example" }] }),
    });
    expect(await failureOf(through(`https://localhost:${proxy.port}`).done)).toMatchObject({
      kind: "tls",
      finding: { code: "ERR_TLS_HOSTNAME" },
    });
  });

  it("is accepted unverified only when verification is off", async () => {
    const proxy = await httpProxy(await target(), { tls: identity });
    const tls = await loadTLSMaterial(proxyTLSOptions({ verify: false }));
    expect(await hello(await through(`https://localhost:${proxy.port}`, { tls }).done)).toBe("hello stranger");
  });

  it.each(["end", "resetAndDestroy"] as const)("breaks off the TLS handshake (%s)", async (way) => {
    const port = await listen(createServer((socket) => void socket.once("data", () => socket[way]())));
    expect(await failureOf(through(`https://localhost:${port}`).done)).toMatchObject({ kind: "unreachable" });
  });

  it("becomes a ProxyError with method, URL and the proxy's failure as its cause", async () => {
    const proxy = await httpProxy(0, { answer: () => "HTTP/1.1 501 Not Implemented\r\n\r\n" });
    const failure = await failureOf(through(`http://127.0.0.1:${proxy.port}`).done);
    const request = { method: "GET", url: "https://h.example/" };
    const error = proxyError(failure, { request, timings: { totalMs: 1 } });
    expect(error).toBeInstanceOf(ProxyError);
    expect(error).toMatchObject({ request, cause: failure, hint: failure.hint });
    expect(error.message).toBe(
      `GET https://h.example/ failed: the proxy http://127.0.0.1:${proxy.port} did not connect to h.example:443. Tunnel connection failed: 501 Not Implemented`,
    );
  });
});

describe("a cancellation", () => {
  const reason = Object.assign(new Error("enough"), { code: "ERR_ABORTED" });
  const cancelled = async (option: ProxyOption, isThere: () => boolean, rest: Partial<ProxyDialOptions> = {}): Promise<void> => {
    const dialing = through(option, rest);
    while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
    dialing.cancel(reason);
    await expect(dialing.done).rejects.toBe(reason);
  };
  /** Accepts, and says nothing. */
  const silent = async (): Promise<{ port: number; open: () => number }> => {
    const open = new Set<Socket>();
    const port = await listen(
      createServer((socket) => {
        open.add(socket);
        socket.resume();
        socket.on("close", () => void open.delete(socket));
      }),
    );
    return { port, open: () => open.size };
  };

  it.each(["http", "https", "socks5"])("ends a wait for an answer of a silent %s proxy, and closes the connection", async (scheme) => {
    const server = await silent();
    await cancelled(`${scheme}://localhost:${server.port}`, () => server.open() === 1);
    while (server.open() > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("ends a wait for a resolver that never answers", async () => {
    let isAsked = false;
    const lookup: Lookup = () => void (isAsked = true);
    await cancelled("http://proxy.example", () => isAsked, { lookup });
    isAsked = false;
    await cancelled("http://127.0.0.1:1", () => isAsked, { lookup, isPublicOnly: true });
  });

  it("comes first: nothing is connected to", async () => {
    const server = await silent();
    await cancelled(`http://127.0.0.1:${server.port}`, () => true);
    expect(server.open()).toBe(0);
  });
});

describe('addresses: "public" through a proxy', () => {
  const resolver =
    (...found: string[]): Lookup =>
    (_host, _options, done) =>
      done(
        null,
        found.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 })),
      );

  it("asks for an address that errand has resolved and checked, never for the name", async () => {
    const proxy = await httpProxy(await target());
    await through(`http://127.0.0.1:${proxy.port}`, { isPublicOnly: true, lookup: resolver("10.0.0.1", "8.8.8.8") }).done;
    const socks = await socksProxy(await target());
    await through(`socks5://127.0.0.1:${socks.port}`, { isPublicOnly: true, lookup: resolver("8.8.4.4") }).done;
    expect([proxy.asked, socks.asked]).toEqual([["8.8.8.8:443 -"], ["8.8.4.4"]]);
  });

  it("tries the next address when the proxy cannot reach one, and no other when it refuses", async () => {
    const isReachable = (authority: string): string | undefined =>
      authority.startsWith("8.") ? undefined : "HTTP/1.1 502 Bad Gateway\r\n\r\n";
    const proxy = await httpProxy(await target(), { answer: isReachable });
    await through(`http://127.0.0.1:${proxy.port}`, { isPublicOnly: true, lookup: resolver("2606:4700::1", "1.1.1.1", "8.8.8.8") }).done;
    expect(proxy.asked).toEqual(["[2606:4700::1]:443 -", "1.1.1.1:443 -", "8.8.8.8:443 -"]);
    const refusing = await httpProxy(0, { answer: () => "HTTP/1.1 403 Forbidden\r\n\r\n" });
    expect(
      await failureOf(through(`http://127.0.0.1:${refusing.port}`, { isPublicOnly: true, lookup: resolver("1.1.1.1", "8.8.8.8") }).done),
    ).toMatchObject({ status: 403 });
    expect(refusing.asked).toHaveLength(1);
  });

  it.each([
    ["10.0.0.1", resolver()],
    ["::1", resolver()],
    ["h.example", resolver("169.254.169.254", "10.0.0.1")],
    ["h.example", resolver()],
  ])("refuses %s before the proxy hears of it", async (host, lookup) => {
    const proxy = await httpProxy(0);
    await expect(through(`http://127.0.0.1:${proxy.port}`, { isPublicOnly: true, lookup, host }).done).rejects.toBeInstanceOf(
      AddressRefused,
    );
    expect(proxy.asked).toEqual([]);
  });
});
