import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSigned } from "../../test/certificates.ts";
import { reply, type RawServer } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { SessionOptions } from "../client/index.ts";
import { isRequestError } from "../errors/index.ts";

const hintOf = async (url: string, options: SessionOptions = {}, seams: Parameters<typeof testSession>[1] = {}): Promise<string> => {
  const error = await failureOf(testSession({ retry: false, ...options }, seams).session.get(url));
  if (!isRequestError(error)) throw error;
  return error.hint ?? "";
};
const lookupFails = (code: string) => ({
  lookup: ((_host, _options, callback) => callback(Object.assign(new Error(code), { code }), [])) as NonNullable<
    NonNullable<Parameters<typeof testSession>[1]>["lookup"]
  >,
});
const closedPort = async (): Promise<number> => {
  const server: RawServer = await raw(() => undefined);
  await server.close();
  return server.port;
};

describe("errors that errand doctor knows more about", () => {
  it("name the command and the origin, and nothing else of the URL", async () => {
    const hint = await hintOf("https://user:hunter2@api.example.com:8443/path/of/mine?token=hush#part", {}, lookupFails("ENOTFOUND"));
    expect(hint).toBe("Check the spelling and the resolver. Try: errand doctor https://api.example.com:8443");
  });

  it("are those of DNS, of connecting, of TLS and of proxies", async () => {
    const port = await closedPort();
    const secure = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const proxy = await raw(({ socket }) => void socket.end(reply("403 Forbidden", "")));
    expect(await hintOf("http://api.example.com/", {}, lookupFails("EAI_AGAIN"))).toMatch(
      / Try: errand doctor http:\/\/api\.example\.com$/,
    );
    expect(await hintOf(`http://127.0.0.1:${port}/`)).toMatch(new RegExp(` Try: errand doctor http://127\\.0\\.0\\.1:${port}$`));
    expect(await hintOf(secure.url)).toMatch(/ca: "server\.pem".+ Try: errand doctor https:\/\/localhost:\d+$/);
    expect(await hintOf("https://api.example.com/", { proxy: proxy.url })).toMatch(/ Try: errand doctor https:\/\/api\.example\.com$/);
  });

  it("are also handshakes that take too long", async () => {
    const silent = await raw(() => undefined);
    expect(await hintOf(`https://127.0.0.1:${silent.port}/`, { connectTimeout: "50ms" })).toMatch(
      / Try: errand doctor https:\/\/127\.0\.0\.1:\d+$/,
    );
  });

  it("are also servers that hang up on whom they asked for a certificate", async () => {
    const [identity, stranger] = await Promise.all([selfSigned({ name: "localhost" }), selfSigned({ name: "stranger" })]);
    const server = await raw(() => undefined, { tls: { ...identity, requestCert: true, rejectUnauthorized: true } });
    const hint = await hintOf(server.url, { tls: { ca: identity.cert, cert: stranger.cert, key: stranger.key } });
    expect(hint).toMatch(/^The server asked for a client certificate, .+ Try: errand doctor https:\/\/localhost:\d+$/);
  });

  it("are not those of an option, of a socket's file or of an answer", async () => {
    const server = await raw(({ socket }) => void socket.end());
    const folder = await mkdtemp(join(tmpdir(), "errand-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "socket");
    const lonely = createServer().listen(path);
    await new Promise((resolve) => lonely.once("listening", resolve));
    await new Promise((resolve) => lonely.close(resolve));
    for (const hint of [
      await hintOf("http://127.0.0.1:1/", { addresses: "public" }),
      await hintOf("http://localhost/", { socketPath: path }),
      await hintOf(server.url),
    ]) {
      expect(hint).not.toBe("");
      expect(hint).not.toContain("doctor");
    }
  });
});
