import { connect } from "node:net";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { daysFromNow, TestAuthority, type Identity } from "../../test/certificates.ts";
import { courseOf, examine, resolver, stageOf } from "../../test/doctor-patient.ts";
import { reply, type RawServer, type RawServerOptions } from "../../test/raw-server.ts";
import { failureOf, raw } from "../../test/test-session.ts";
import { fetchChain } from "./index.ts";

let root: TestAuthority;
let intermediate: TestAuthority;
let good: Identity;
let client: Identity;
const names = [{ type: "dns", value: "api.example.com" }] as const;
const lookup = resolver({ "api.example.com": ["127.0.0.1"] });
beforeAll(async () => {
  root = await TestAuthority.create("Doctor Root");
  intermediate = await TestAuthority.create("Doctor Intermediate", root);
  good = await intermediate.issue({ name: "api.example.com", names });
  client = await root.issue({ name: "client" });
});

const serve = (tls: NonNullable<RawServerOptions["tls"]>): Promise<RawServer> =>
  raw(({ socket }) => void socket.end(reply("200 OK", "")), { tls });
const chained = ({ cert, key }: Identity) => ({ cert: cert + intermediate.cert, key });
const urlOf = ({ port }: RawServer): string => `https://api.example.com:${port}/private?token=hush`;

describe("TLS", () => {
  it("in order is followed by HTTP over a verified connection", async () => {
    const server = await serve(chained(good));
    const diagnosis = await examine(urlOf(server), { ca: root.cert }, { lookup });
    expect(courseOf(diagnosis)).toBe("dns ok, tcp ok, proxy skipped, tls ok, http ok");
    expect(diagnosis).toMatchObject({ isHealthy: true, answer: undefined, tls: { isHealthy: true } });
    expect(stageOf(diagnosis, "tls").evidence).toEqual([
      expect.stringMatching(/^TLSv1\.3, /),
      expect.stringMatching(/^valid until \d{4}-\d\d-\d\d \(29 days\)$/),
      "names: api.example.com",
      "chain: api.example.com < Doctor Intermediate < Doctor Root",
    ]);
    expect(server.heads).toEqual([expect.stringMatching(/^HEAD \/ HTTP\/1\.1\r\nHost: api\.example\.com:\d+\r\nConnection: close\r\n$/)]);
  });

  it("that is not ends the way, and nothing of the caller's was sent", async () => {
    const old = await intermediate.issue({ name: "api.example.com", names, notBefore: daysFromNow(-40), notAfter: daysFromNow(-3) });
    const shown: unknown[] = [];
    const server = await raw(() => undefined, { tls: { ...chained(old), requestCert: true, rejectUnauthorized: false } });
    server.server.on("secureConnection", (socket: { getPeerCertificate(): { subject?: unknown } }) =>
      shown.push(socket.getPeerCertificate().subject),
    );
    const diagnosis = await examine(urlOf(server), { ca: root.cert, cert: client.cert, key: client.key }, { lookup });
    expect(diagnosis).toMatchObject({
      failedStage: "tls",
      answer: { id: "expired", severity: "problem", remedy: expect.stringMatching(/Renew/) },
    });
    expect(stageOf(diagnosis, "tls").evidence[1]).toMatch(/^expired \d{4}-\d\d-\d\d \(3 days ago\)$/);
    expect(stageOf(diagnosis, "http")).toMatchObject({ status: "skipped", why: "nothing is sent where TLS is not in order" });
    expect(server.heads.filter((head) => !head.startsWith("HEAD / HTTP/1.1"))).toEqual([]);
    expect([server.heads.join("").includes("hush"), shown.filter((subject) => subject !== undefined)]).toEqual([false, []]);
  });

  it("shows a client certificate to the server that was verified and asks for it", async () => {
    const server = await serve({ ...chained(good), requestCert: true, ca: root.cert });
    const without = await examine(urlOf(server), { ca: root.cert }, { lookup });
    expect(without).toMatchObject({ failedStage: "tls", answer: { id: expect.stringMatching(/client-certificate/) } });
    const given = await examine(urlOf(server), { ca: root.cert, cert: client.cert, key: client.key }, { lookup });
    expect([given.isHealthy, courseOf(given)]).toEqual([true, "dns ok, tcp ok, proxy skipped, tls ok, http ok"]);
  });

  it("is checked for another name, and at another place, where they are given", async () => {
    const server = await serve(chained(good));
    const connectTo = { host: "127.0.0.1", port: server.port };
    expect((await examine("https://other.example.com", { ca: root.cert, connectTo })).answer?.id).toMatch(/hostname/);
    expect((await examine("https://other.example.com", { ca: root.cert, connectTo, servername: "api.example.com" })).isHealthy).toBe(true);
  });

  it("that hangs is told in time, however little there is", async () => {
    const silent = await raw(() => undefined);
    const diagnosis = await examine(urlOf(silent), { timeoutMs: 900 }, { lookup });
    expect(diagnosis).toMatchObject({ failedStage: "tls", isComplete: true, answer: { severity: "problem" } });
    expect(diagnosis.elapsedMs).toBeLessThan(1500);
    await expect.poll(() => silent.open).toBe(0);
  });

  it("that trickles is cut off, and the answer says how to learn more", async () => {
    const timers: NodeJS.Timeout[] = [];
    onTestFinished(() => timers.forEach(clearInterval));
    // A handshake record that never ends (RFC 8446 5.1), a byte at a time.
    const trickle = await raw(() => undefined, {
      onConnection: (socket) => {
        socket.write(Buffer.from([22, 3, 3, 64, 0]));
        timers.push(setInterval(() => socket.write(Buffer.from([2])), 10));
      },
    });
    const diagnosis = await examine(urlOf(trickle), { timeoutMs: 300 }, { lookup });
    expect(diagnosis).toMatchObject({ failedStage: "tls", answer: { severity: "problem" } });
    expect(diagnosis.elapsedMs).toBeLessThan(1500);
  });

  it("on a port of plain HTTP", async () => {
    const plain = await raw(() => undefined, {
      onConnection: (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    });
    expect(await examine(urlOf(plain), {}, { lookup })).toMatchObject({
      failedStage: "tls",
      answer: { id: expect.stringMatching(/http/) },
    });
  });

  it("goes through a proxy's tunnel", async () => {
    const server = await serve(chained(good));
    const tunnel = await raw(({ socket }) => {
      const upstream = connect(server.port, "127.0.0.1");
      upstream.on("error", () => socket.destroy());
      socket.removeAllListeners("data");
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    const diagnosis = await examine("https://api.example.com/", { ca: root.cert, proxy: `http://127.0.0.1:${tunnel.port}` });
    expect(courseOf(diagnosis)).toBe("dns skipped, tcp skipped, proxy ok, tls ok, http ok");
    expect(stageOf(diagnosis, "proxy").evidence.at(-1)).toMatch(/^it connected to api\.example\.com:443 in \d+ ms$/);
    expect(new Set(tunnel.heads.map((head) => head.split("\r\n")[0]))).toEqual(new Set(["CONNECT api.example.com:443 HTTP/1.1"]));
    await expect.poll(() => [tunnel.open, server.open]).toEqual([0, 0]);
  });
});

describe("fetchChain", () => {
  it("gives the certificates as sent, trusted or not", async () => {
    const server = await serve(chained(good));
    const chain = await fetchChain(urlOf(server), { env: {} }, { lookup });
    expect(chain.map((pem) => pem.replaceAll(/\s/g, ""))).toEqual([good.cert, intermediate.cert].map((pem) => pem.replaceAll(/\s/g, "")));
    expect(server.heads).toEqual([]);
  });

  it("says what keeps it from them", async () => {
    const plain = await raw(() => undefined, { onConnection: (socket) => void socket.destroy() });
    expect(await failureOf(fetchChain(urlOf(plain), { env: {} }, { lookup }))).toMatchObject({
      code: "ERR_CONNECTION",
      message: expect.stringMatching(/^no certificates from https:\/\/api\.example\.com:\d+: /),
    });
    expect(await failureOf(fetchChain("http://api.example.com"))).toMatchObject({ code: "ERR_INVALID_URL" });
  });
});
