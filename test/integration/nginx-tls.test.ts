import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionOptions } from "../../src/client/index.ts";
import { daysFromNow, TestAuthority, type Identity } from "../certificates.ts";
import { failureOf, testSession } from "../test-session.ts";
import { freePort } from "./debian-server.ts";
import { startNginx, type NginxServer } from "./nginx-server.ts";

/** Each of its own port: nginx takes ssl_protocols from the first server of a port. */
const kinds = ["http2", "mutual", "tls12", "tls13", "expired"] as const;
type Kind = (typeof kinds)[number];

const lines: Readonly<Record<Kind, string>> = {
  http2: "http2",
  mutual: "; ssl_verify_client on; ssl_client_certificate DIR/root.pem",
  tls12: "; ssl_protocols TLSv1.2",
  tls13: "; ssl_protocols TLSv1.3",
  expired: "",
};

let root: TestAuthority;
let ports: Record<Kind, number>;
let user: Identity;
let nginx: NginxServer;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  const [server, other, expired] = await Promise.all([
    root.issue({ name: "localhost" }),
    root.issue({ name: "other.example", names: [{ type: "dns", value: "other.example" }] }),
    root.issue({ name: "localhost", notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }),
  ]);
  user = await root.issue({ name: "deploy" });
  const [http2, mutual, tls12, tls13, old] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
  ports = { http2, mutual, tls12, tls13, expired: old };
  const block = (kind: Kind): string => `server {
    listen 127.0.0.1:${ports[kind]} ssl ${lines[kind]}; server_name localhost;
    ssl_certificate DIR/${kind === "expired" ? "expired" : "server"}.pem; ssl_certificate_key DIR/${kind === "expired" ? "expired" : "server"}.pem;
    location / { return 200 "$server_protocol $ssl_protocol $server_name $ssl_client_s_dn"; }
  }`;
  const second = `server {
    listen 127.0.0.1:${http2} ssl http2; server_name other.example; ssl_certificate DIR/other.pem; ssl_certificate_key DIR/other.pem;
    location / { return 200 "$server_protocol $ssl_protocol $server_name "; }
  }`;
  nginx = await startNginx({
    http: ["server { listen 127.0.0.1:PORT; }", ...kinds.map(block), second].join("\n"),
    files: {
      "root.pem": root.cert,
      "server.pem": server.cert + server.key,
      "other.pem": other.cert + other.key,
      "expired.pem": expired.cert + expired.key,
    },
  });
});
afterAll(() => nginx.close());

const url = (kind: Kind): string => `https://localhost:${ports[kind]}/`;
const get = (kind: Kind, tls: SessionOptions["tls"] = {}): Promise<string> =>
  Promise.resolve(
    testSession({ tls: { ca: root.cert, ...tls }, retry: false })
      .session.get(url(kind))
      .text(),
  );

describe("nginx with TLS", () => {
  it("that offers HTTP/2 is spoken to, one by one and side by side", async () => {
    const { session } = testSession({ tls: { ca: root.cert } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.get(url("http2")).text()));
    expect(answers.filter((answer) => !/^HTTP\/2\.0 TLSv1\.[23] localhost $/.test(answer))).toEqual([]);
    expect(await session.get(url("http2")).text()).toBe(answers[0]);
  });

  it("answers for the name that is asked for", async () => {
    expect(await get("http2")).toContain(" localhost ");
    // nginx chooses the certificate by the name of the handshake, and the server block by Host.
    const { session } = testSession({ tls: { ca: root.cert, servername: "other.example" }, retry: false });
    const response = await session.get(url("http2"), { headers: { host: `other.example:${ports.http2}` } });
    expect(response.text()).toMatch(/ other\.example $/);
    expect(await failureOf(get("tls12", { servername: "third.example" }))).toMatchObject({ name: "TLSError" });
  });

  it("takes the client certificate, and says so when there is none", async () => {
    expect(await get("mutual", user)).toMatch(/ localhost CN=deploy$/);
    const { session } = testSession({ tls: { ca: root.cert }, retry: false });
    const response = await session.get(url("mutual"));
    expect([response.status, response.text()]).toEqual([400, expect.stringContaining("No required SSL certificate was sent")]);
    const stranger = await (await TestAuthority.create("Another Root")).issue({ name: "stranger" });
    const refused = await testSession({ tls: { ca: root.cert, ...stranger }, retry: false }).session.get(url("mutual"));
    expect([refused.status, refused.text()]).toEqual([400, expect.stringContaining("The SSL certificate error")]);
  });

  it.each([
    ["tls12", "TLSv1.2"],
    ["tls13", "TLSv1.3"],
  ] as const)("with %s alone is spoken to in %s", async (kind, protocol) => {
    expect(await get(kind)).toBe(`HTTP/1.1 ${protocol} localhost `);
  });

  it("with an expired certificate is refused, never retried", async () => {
    const { session, waits } = testSession({ tls: { ca: root.cert } });
    expect(await failureOf(session.get(url("expired")))).toMatchObject({ name: "TLSError", message: expect.stringContaining("expired") });
    expect(waits).toEqual([]);
    expect(await failureOf(testSession({ retry: false }).session.get(url("tls13")))).toMatchObject({ name: "TLSError" });
  });
});
