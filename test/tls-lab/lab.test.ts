import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { checkServerIdentity, createSecureContext, type PeerCertificate, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findingIds } from "../../src/tls/index.ts";
import { access, caExtensions, ipName, issue, revocationList, serverExtensions } from "./issue.ts";
import { chapters } from "./cases/index.ts";
import { Lab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => void (lab = await Lab.open()));
afterAll(() => lab.close());

describe.each(Object.entries(chapters))("%s", (_chapter, cases) => {
  it.each(cases.map((each) => [each.name, each.id, each] as const))("%s: %s", async (_name, id, { also = [], summary, remedy, run }) => {
    const { findings, isHealthy } = await run(lab);
    const [first] = findings;
    expect(findings.map((finding) => finding.id)).toEqual([id, ...also]);
    for (const words of summary) expect(first?.summary).toContain(words);
    for (const words of remedy) expect(first?.remedy).toContain(words);
    expect(isHealthy).toBe(first?.severity !== "problem");
  });
});

describe("the list of ids", () => {
  it("has those that the cases show, and no other", () => {
    const shown = new Set(Object.values(chapters).flatMap((cases) => cases.flatMap(({ id, also = [] }) => [id, ...also])));
    expect([...shown].sort()).toEqual([...findingIds].sort());
  });
});

describe("a diagnosis", () => {
  it("of a server that is well finds nothing, and tells what was sent and built", async () => {
    const { findings, isHealthy, sent, built, protocol, servername } = await lab.diagnose(await lab.serve(lab.leaf));
    expect({ findings, isHealthy, protocol, servername }).toEqual({
      findings: [],
      isHealthy: true,
      protocol: "TLSv1.3",
      servername: "localhost",
    });
    expect(sent.map(({ subject, position }) => [position, subject])).toEqual([
      [0, "CN=localhost"],
      [1, "CN=Lab Intermediate"],
    ]);
    expect(built.map(({ subject }) => subject)).toEqual(["CN=localhost", "CN=Lab Intermediate", "CN=Lab Root, O=Lab"]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("with the client certificate that the server requires is healthy (%s)", async (version) => {
    const port = await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: true, ca: lab.root.cert, maxVersion: version });
    const { cert, key } = await issue({ subject: "CN=client", issuer: lab.root });
    expect((await lab.diagnose(port)).findings.map(({ id }) => id)).toEqual(["client-certificate-required"]);
    const { findings, isHealthy, protocol } = await lab.diagnose(port, { cert, key });
    expect({ findings, isHealthy, protocol }).toEqual({ findings: [], isHealthy: true, protocol: version });
  });

  it.each(["127.0.0.1", "::ffff:7f00:1", "[::1]"])("by address compares addresses: %s", async (host) => {
    const v6 = (hex: string): Buffer => ipName(...Buffer.from(hex, "hex"));
    const names = [ipName(127, 0, 0, 1), v6(`${"00".repeat(15)}01`), v6(`${"00".repeat(10)}ffff7f000001`)];
    const { findings, servername } = await lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions(...names) })), {
      host,
    });
    // Node 22.23 finds no IPv6 address in any certificate: requests fail there, and that is what must be said.
    const subjectaltname = "IP Address:0:0:0:0:0:0:0:1";
    const isDefective = checkServerIdentity("::1", { subject: {}, subjectaltname } as unknown as PeerCertificate) !== undefined;
    const isRefused = isDefective && host.includes(":");
    expect(servername).toBeUndefined();
    expect(findings.map(({ id }) => id)).toEqual(isRefused ? ["certificate-refused"] : []);
    if (isRefused) expect(findings[0]?.summary).toContain("this version of Node does not find it");
  });

  it("of a self-signed certificate that is trusted as such finds nothing", async () => {
    const own = await issue({ subject: "CN=localhost", extensions: serverExtensions() });
    const { findings, isHealthy } = await lab.diagnose(await lab.serve(own, { chain: [] }), { ca: own.cert });
    expect({ findings, isHealthy }).toEqual({ findings: [], isHealthy: true });
  });

  it("takes the way to a current root where another leads to one that has expired", async () => {
    const old = await issue({ subject: lab.root.subject, days: [-900, -9], extensions: caExtensions(), keysOf: lab.root });
    for (const ca of [`${old.cert}${lab.root.cert}`, `${lab.root.cert}${old.cert}`]) {
      expect((await lab.diagnose(await lab.serve(lab.leaf), { ca })).findings).toEqual([]);
    }
  });

  it("does not get lost among authorities that vouch for each other crosswise", async () => {
    const both = ["CN=A", "CN=B"] as const;
    const crosswise = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        issue({
          subject: both[index % 2] ?? "",
          issuerName: both[(index + 1) % 2] ?? "",
          extensions: caExtensions(),
          issuer: lab.root,
          keysOf: lab.root,
        }),
      ),
    );
    const leaf = await lab.issueLeaf({ issuer: lab.root, issuerName: "CN=A" });
    const { findings, elapsedMs } = await lab.diagnose(await lab.serve(leaf, { chain: crosswise }));
    expect(findings.map(({ id }) => id)).toContain("untrusted-root-not-sent");
    expect(elapsedMs).toBeLessThan(5000);
  });

  it("tells a certificate for another site from the server's default one", async () => {
    const other = await lab.issueLeaf({ extensions: serverExtensions("other.example.com") });
    const SNICallback: TlsOptions["SNICallback"] = (_name, done) => done(null, createSecureContext({ cert: other.cert, key: other.key }));
    const { findings } = await lab.diagnose(await lab.serve(lab.leaf, { SNICallback }));
    expect(findings.find(({ id }) => id === "hostname")?.facts).toMatchObject({
      offered: ["other.example.com"],
      isDefaultCertificate: false,
    });
  });

  it("shows the client certificate to a server that has proved who it is, and to no other", async () => {
    const identity = await issue({ subject: "CN=shown to one", issuer: lab.root });
    const asking = { requestCert: true, rejectUnauthorized: false };
    const wrong = [
      await lab.issueLeaf({ extensions: serverExtensions("api.example.com") }),
      await lab.issueLeaf({ days: [-30, -3] }),
      await issue({ subject: "CN=localhost", extensions: serverExtensions() }),
    ];
    for (const server of wrong) {
      const { findings } = await lab.diagnose(await lab.serve(server, asking), identity);
      expect(findings.map(({ id }) => id)).toContain("client-certificate-not-tried");
    }
    expect(lab.identities).not.toContain("CN=shown to one");
    await lab.diagnose(await lab.serve(lab.leaf, asking), identity);
    expect(lab.identities).toContain("CN=shown to one");
  });

  it("goes through sockets that somebody else opens", async () => {
    const port = await lab.serve(lab.leaf);
    let opened = 0;
    const open = async (): Promise<Socket> => {
      opened += 1;
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      return socket;
    };
    expect((await lab.diagnose(1, { open })).isHealthy).toBe(true);
    expect(opened).toBe(1);
  });

  it("tells of a server that does not take the connection that is opened for it", async () => {
    const { findings } = await lab.diagnose(1, { open: () => Promise.reject(new Error("the proxy refuses")) });
    expect(findings.map(({ id, summary }) => [id, summary])).toEqual([
      ["no-connection", "There is no connection to localhost:1 (the proxy refuses); TLS was not reached."],
    ]);
  });

  it("does not wait for a connection without end, and closes one that comes too late", async () => {
    const port = await lab.serve(lab.leaf);
    const late = new Promise<Socket>((resolve) => setTimeout(() => resolve(connect(port, "127.0.0.1")), 60));
    const { findings } = await lab.diagnose(port, { open: () => late, timeoutMs: 20 });
    expect(findings.map(({ id, facts }) => [id, facts?.["code"]])).toEqual([["no-connection", "ETIMEDOUT"]]);
    await once(await late, "close");
  });

  it("is given up by its signal, and leaves no connection behind", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const port = await lab.serveRaw((socket) => {
      closed = once(socket.resume(), "close");
    });
    const controller = new AbortController();
    const diagnosis = lab.diagnose(port, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await expect(diagnosis).rejects.toThrow("enough");
    await closed;
  });

  it("lets no control character of a certificate reach a terminal", async () => {
    const leaf = await lab.issueLeaf({ subject: "CN=\u001b[31mred, O=\u202eevil", extensions: serverExtensions("\u001b]0;title\u0007") });
    const text = JSON.stringify(await lab.diagnose(await lab.serve(leaf)));
    expect(text).toContain("\\\\x1b[31mred");
    expect(text).not.toMatch(/\\u00[01]|\u202e/);
  });

  it("fetches nothing without leave", async () => {
    const urls: (string | undefined)[] = [];
    const fetched = await lab.serveHTTP((request, response) => {
      urls.push(request.url);
      response.end();
    });
    const url = `http://127.0.0.1:${fetched}`;
    const leaf = await lab.issueLeaf({
      extensions: [...serverExtensions(), access({ issuer: `${url}/ca`, ocsp: `${url}/ocsp` }), revocationList(`${url}/crl`)],
    });
    expect((await lab.diagnose(await lab.serve(leaf, { chain: [] }))).findings.map(({ id }) => id)).toEqual(["missing-intermediate"]);
    expect(urls).toEqual([]);
    expect((await lab.diagnose(await lab.serve(leaf), { mayFetch: true })).findings.map(({ id }) => id)).toEqual(["revocation-unknown"]);
    expect(new Set(urls)).toEqual(new Set(["/crl", "/ocsp"]));
  });

  it("does not swallow an issuer without end", async () => {
    let sentBytes = 0;
    const endless = await lab.serveHTTP((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sentBytes += 65_536;
      };
      response.on("drain", more).on("error", () => undefined);
      more();
    });
    const leaf = await lab.issueLeaf({ extensions: [...serverExtensions(), access({ issuer: `http://127.0.0.1:${endless}/` })] });
    expect((await lab.diagnose(await lab.serve(leaf, { chain: [] }), { mayFetch: true })).findings[0]?.id).toBe("missing-intermediate");
    expect(sentBytes).toBeLessThan(20_000_000);
  });

  it("sends nothing but a bare HEAD", () => {
    expect(lab.received.length).toBeGreaterThan(3);
    for (const text of lab.received) expect(text).toMatch(/^HEAD \/ HTTP\/1\.1\r\nHost: [\w.]+\r\nConnection: close\r\n\r\n$/);
  });
});
