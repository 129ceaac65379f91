import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { basic } from "../../src/auth/index.ts";
import type { ProxyOption } from "../../src/proxy/index.ts";
import { literalSecret } from "../../src/secrets/index.ts";
import { TestAuthority, type Identity } from "../certificates.ts";
import { closedPort, headerIn, reply, type RawServer, rawServer } from "../raw-server.ts";
import { closeAfterTest, failureOf, testSession } from "../test-session.ts";
import type { DebianServer } from "./debian-server.ts";
import { startDante, startSquid, type SquidOptions } from "./proxy-servers.ts";
import { until } from "./until.ts";

const user = { name: "deploy", password: "pr0xy p@ss:word" };
const credentials = `${user.name}:${encodeURIComponent(user.password)}`;
let root: TestAuthority;
let identity: Identity;
let secure: RawServer;
let plain: RawServer;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({ name: "h.example", names: ["h.example", "localhost"].map((value) => ({ type: "dns", value })) });
  secure = await rawServer(
    (exchange) =>
      void setTimeout(() => exchange.socket.write(reply("200 OK", `${exchange.head.split(" ")[0]} ${exchange.body().length}`)), 20),
    { tls: identity },
  );
  plain = await rawServer(({ socket }) => void socket.write(reply("200 OK", "plain")));
});
afterAll(() => Promise.all([secure.close(), plain.close()]));

const squid = async (options: SquidOptions = {}): Promise<DebianServer> =>
  closeAfterTest(await startSquid({ hosts: { "h.example": "127.0.0.1" }, ...options }));
const session = (proxy: ProxyOption) => testSession({ proxy, tls: { ca: root.cert }, retry: { attempts: 2, backoff: 1 } }).session;

describe("Squid", () => {
  it.each(["http", "https"] as const)(
    "as an %s proxy tunnels to https and forwards http, with user and password for itself alone",
    async (scheme) => {
      const proxy = await squid({ user, ...(scheme === "https" ? { tls: identity } : {}) });
      const api = session(`${scheme}://${credentials}@localhost:${proxy.port}`);
      const before = [secure.heads.length, plain.heads.length] as const;
      expect(await api.get(`https://h.example:${secure.port}/a`).text()).toBe("GET 0");
      expect(await api.post(`https://h.example:${secure.port}/b`, { body: "x".repeat(50_000) }).text()).toMatch(/^POST/);
      expect(await api.get(`http://h.example:${plain.port}/c?d#e`).text()).toBe("plain");
      const heads = [...secure.heads.slice(before[0]), ...plain.heads.slice(before[1])];
      expect(heads.map((head) => head.split("\r\n")[0])).toEqual(["GET /a HTTP/1.1", "POST /b HTTP/1.1", "GET /c?d HTTP/1.1"]);
      expect(heads.map((head) => headerIn(head, "proxy-authorization"))).toEqual([undefined, undefined, undefined]);
      expect(headerIn(heads[2] ?? "", "host")).toBe(`h.example:${plain.port}`);
      await api.close();
      expect(await proxy.log()).toMatch(new RegExp(`CONNECT h.example:${secure.port} ${user.name} `));
    },
  );

  it("takes the password from a secret", async () => {
    const proxy = await squid({ user });
    const api = session({ url: `http://${proxy.host}`, auth: basic(user.name, literalSecret(user.password, "proxy password")) });
    expect(await api.get(`https://h.example:${secure.port}/`).text()).toBe("GET 0");
  });

  it.each(["", `${user.name}:wrong-password@`])("refuses %j: once, with the remedy, and the target hears nothing", async (userinfo) => {
    const proxy = await squid({ user });
    const before = secure.accepted;
    const error = await failureOf(session(`http://${userinfo}${proxy.host}`).get(`https://h.example:${secure.port}/`));
    expect(error).toMatchObject({
      name: "ProxyError",
      message: expect.stringContaining("Tunnel connection failed: 407"),
      hint: expect.stringMatching(userinfo === "" ? /PROXY_PASSWORD/ : /does not accept/),
    });
    expect([secure.accepted - before, (error as { attempts: unknown[] }).attempts.length]).toEqual([0, 1]);
    expect((await session(`http://${userinfo}${proxy.host}`).get(`http://h.example:${plain.port}/`)).status).toBe(407);
  });

  it("says why it cannot reach the target, and a POST is repeated", async () => {
    const proxy = await squid();
    const error = await failureOf(session(`http://${proxy.host}`).post(`https://h.example:${await closedPort()}/`, { json: {} }));
    expect(error).toMatchObject({ name: "ProxyError", message: expect.stringContaining("503 Service Unavailable (ERR_CONNECT_FAIL 111)") });
    expect((error as { attempts: unknown[] }).attempts).toHaveLength(2);
  });

  it("with https:// in the URL of a plain proxy the text says what to write", async () => {
    const proxy = await squid();
    expect(await failureOf(session(`https://localhost:${proxy.port}`).get(`https://h.example:${secure.port}/`))).toMatchObject({
      name: "ProxyError",
      hint: expect.stringMatching(/^Write http:\/\//),
    });
  });

  it("that is ended and started under pooled connections is lived through", async () => {
    const first = await startSquid({ hosts: { "h.example": "127.0.0.1" } });
    const api = session({ url: `http://${first.host}` });
    await api.get(`https://h.example:${secure.port}/`);
    await first.close();
    expect(await failureOf(api.get(`https://h.example:${secure.port}/`))).toMatchObject({ name: "ProxyError" });
    const again = await squid({ port: first.port });
    expect(again.port).toBe(first.port);
    expect(await api.get(`https://h.example:${secure.port}/`).text()).toBe("GET 0");
  });
});

describe("Dante", () => {
  const dante = async (options?: Parameters<typeof startDante>[0]): Promise<DebianServer> => closeAfterTest(await startDante(options));

  it.each(["socks5", "socks5h"])("carries http and https, by name and by address (%s)", async (scheme) => {
    const proxy = await dante();
    const api = session(`${scheme}://${proxy.host}`);
    expect(await api.get(`https://localhost:${secure.port}/`).text()).toBe("GET 0");
    expect(await api.get(`http://127.0.0.1:${plain.port}/`).text()).toBe("plain");
  });

  it("refuses user and password, or the target, once; an unreachable target is tried again", async () => {
    const attempts = async (proxy: ProxyOption, port: number): Promise<unknown> => {
      const error = await failureOf(session(proxy).get(`https://localhost:${port}/`));
      return [String(error).replace(/ \(2 attempts.*/, ""), (error as { attempts: unknown[] }).attempts.length];
    };
    const strict = await dante({ wantsUser: true });
    const blocking = await dante({ blockedPorts: [secure.port] });
    expect(await attempts(`socks5://nobody:wrong-password@${strict.host}`, secure.port)).toEqual([
      expect.stringContaining("refused the user and password"),
      1,
    ]);
    expect(await attempts(`socks5://${strict.host}`, secure.port)).toEqual([expect.stringContaining("wants credentials"), 1]);
    expect(await attempts(`socks5://${blocking.host}`, secure.port)).toEqual([
      expect.stringContaining("not allowed by its rules (SOCKS reply 2)"),
      1,
    ]);
    expect(await attempts(`socks5://${blocking.host}`, await closedPort())).toEqual([
      expect.stringContaining("connection refused (SOCKS reply 5)"),
      2,
    ]);
  });

  it("taken for an HTTP proxy hangs up, and Squid taken for a SOCKS5 proxy waits for more: the hint is the scheme", async () => {
    const [proxy, other] = [await dante(), await squid()];
    expect(await failureOf(session(`http://${proxy.host}`).get(`https://localhost:${secure.port}/`))).toMatchObject({
      name: "ProxyError",
      hint: expect.stringContaining("the right scheme"),
    });
    const { session: impatient } = testSession({ proxy: `socks5://${other.host}`, connectTimeout: 500, retry: false });
    expect(await failureOf(impatient.get(`https://h.example:${secure.port}/`))).toMatchObject({
      name: "TimeoutError",
      hint: expect.stringContaining("the right scheme"),
      message: expect.stringContaining(`through the proxy socks5://${other.host}`),
    });
  });
});

describe("A proxy of either kind", () => {
  const bytes = randomBytes(5_000_000);
  const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

  /** Answers with what it is sent, while it comes. */
  const mirror = async (): Promise<{ readonly port: number; readonly methods: readonly string[] }> => {
    const methods: string[] = [];
    const server = createServer({ ...identity }, (request, response) => {
      methods.push(request.method ?? "");
      request.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, methods };
  };

  it.each(["http", "https", "socks5"] as const)("%s carries a streamed upload and download of 5 MB unchanged", async (scheme) => {
    const target = await mirror();
    const proxy = scheme === "socks5" ? closeAfterTest(await startDante()) : await squid(scheme === "https" ? { tls: identity } : {});
    const api = session(`${scheme}://localhost:${proxy.port}`);
    const { body } = await api.post(`https://localhost:${target.port}/`, { body: new Blob([bytes]), stream: true });
    const hash = createHash("sha256");
    for await (const chunk of body) hash.update(chunk);
    expect(hash.digest("hex")).toBe(sha256(bytes));
    expect(target.methods).toEqual(["POST"]);
  });

  it("is passed by for what noProxy names", async () => {
    const proxy = await squid();
    const api = session({ url: `http://${proxy.host}`, noProxy: "localhost" });
    expect(await api.get(`https://localhost:${secure.port}/`).text()).toBe("GET 0");
    expect(await api.get(`https://h.example:${secure.port}/`).text()).toBe("GET 0");
    await api.close();
    await until(async () => (await proxy.log()).includes("CONNECT"), "the log of Squid");
    expect((await proxy.log()).match(/CONNECT \S+/g)).toEqual([`CONNECT h.example:${secure.port}`]);
  });

  it("whose rules forbid the target refuses GET and POST once, and the target hears nothing", async () => {
    const proxy = await squid({ blockedPorts: [secure.port] });
    const before = secure.accepted;
    for (const method of ["GET", "POST"]) {
      const error = await failureOf(session(`http://${proxy.host}`).request(method, `https://h.example:${secure.port}/`));
      expect(error).toMatchObject({ name: "ProxyError", message: expect.stringContaining("403") });
      expect((error as { attempts: unknown[] }).attempts).toHaveLength(1);
    }
    expect(secure.accepted - before).toBe(0);
  });
});
