import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTLSServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../test/certificates.ts";
import { closeAfterTest, failureOf, server as fakeServer, testSession } from "../../test/test-session.ts";
import { InvalidRequestError } from "../errors/index.ts";
import { UnixSocketFailure } from "../transport/unix-socket.ts";
import type { SessionOptions } from "./index.ts";

describe("socketPath", () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "errand-socket-"));
    path = join(directory, "api.sock");
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function listen(server: Server): Promise<void> {
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closeAfterTest({
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    });
  }

  async function serve(answer: RequestListener): Promise<void> {
    await listen(createServer(answer));
  }

  it("takes every call of the session to the socket, over connections that are reused", async () => {
    await serve((request, response) => response.end(`${request.method} ${request.url} ${request.headers.host}`));
    const { session } = testSession({ socketPath: path, baseUrl: "http://docker/v1.43" });
    const first = await session.get("/containers/json", { params: { all: true } });
    expect(first.text()).toBe("GET /v1.43/containers/json?all=true docker");
    const second = await session.post("/images", { json: {} });
    expect([second.text(), second.attempts[0]?.isReusedConnection]).toEqual(["POST /v1.43/images docker", true]);
    expect(first.attempts[0]?.timings).not.toHaveProperty("dnsMs");
  });

  it("never leaves the socket, not for a redirect to another origin either, which goes without credentials", async () => {
    const outside = await fakeServer();
    outside.on("GET /elsewhere").reply({ text: "over TCP" });
    await serve((request, response) => {
      if (request.url === "/") response.writeHead(302, { location: `${outside.url}/elsewhere` }).end();
      else response.end(`${request.url} ${request.headers.host} ${request.headers["x-api-key"] ?? "no key"}`);
    });
    const { session } = testSession({ socketPath: path, headers: { "x-api-key": "long-enough-key" } });
    expect((await session.get("http://api/")).text()).toBe(`/elsewhere ${new URL(outside.url).host} no key`);
    expect(outside.calls).toEqual([]);
  });

  it("speaks TLS over the socket, with the certificate checked for the URL's host", async () => {
    const root = await TestAuthority.create("Socket Root");
    const { cert, key } = await root.issue({ name: "api.internal", names: [{ type: "dns", value: "api.internal" }] });
    await listen(createTLSServer({ cert, key }, (_request, response) => void response.end("secure")));
    const { session } = testSession({ socketPath: path, tls: { ca: root.cert } });
    expect((await session.get("https://api.internal/")).text()).toBe("secure");
    expect(await failureOf(session.get("https://other.internal/"))).toMatchObject({ name: "TLSError" });
  });

  it("ignores the proxies of the environment", async () => {
    await serve((_request, response) => void response.end("direct"));
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = "http://127.0.0.1:1";
    try {
      expect((await testSession({ socketPath: path }).session.get("http://api.internal/")).text()).toBe("direct");
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    }
  });

  it.each([
    ["nothing", "ERR_CONNECTION_REFUSED", /there is no socket .*api\.sock \(ENOENT\)/],
    ["a file", "ERR_CONNECTION_REFUSED", /nothing listens at the socket .*api\.sock \(ECONNREFUSED\)/],
  ] as const)("names the path where there is %s, and retries: the service may be starting", async (what, code, message) => {
    if (what === "a file") await writeFile(path, "");
    const { session, waits } = testSession({ socketPath: path });
    const error = await failureOf(session.post("http://api/", { json: {} }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/service/) });
    expect(waits.length).toBe(2);
  });

  it("says what is missing when the socket may not be used", () => {
    const denied = new UnixSocketFailure("/run/docker.sock", Object.assign(new Error("connect EACCES"), { code: "EACCES" }));
    expect(denied.explanation).toEqual({
      code: "ERR_CONNECTION",
      problem: "no permission to use the socket /run/docker.sock (EACCES)",
      remedy: "Run as a member of the group that owns it.",
    });
  });

  it.each([
    [{ socketPath: "" }, "takes the path of a Unix socket"],
    [{ socketPath: "a\0b" }, "has a NUL"],
    [{ socketPath: "x".repeat(200) }, "has 200 bytes"],
    [{ socketPath: "/s", proxy: "http://proxy.example.com:1" }, "and proxy are both given"],
    [{ socketPath: "/s", addresses: "public" }, "on this machine"],
  ] as [SessionOptions, string][])("refuses %j before anything is connected", (options, problem) => {
    expect(() => testSession(options)).toThrow(InvalidRequestError);
    expect(() => testSession(options)).toThrow(problem);
  });

  it("stands in the curl line", () => {
    const { session } = testSession({ socketPath: "/run/docker.sock" });
    expect(session.curl("GET", "http://docker/info")).toContain("--unix-socket /run/docker.sock");
  });
});
