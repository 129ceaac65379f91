import { describe, expect, it } from "vitest";
import { courseOf, examine, resolver, stageOf } from "../../test/doctor-patient.ts";
import { reply, type RawServer } from "../../test/raw-server.ts";
import { failureOf, raw } from "../../test/test-session.ts";

/** Answers CONNECT with the text. */
const refusing = (text: string | Buffer): Promise<RawServer> => raw(({ socket }) => void socket.end(text));
const through = (url: string, proxy: string) => examine(url, { proxy });
const place = ({ port }: RawServer): string => `http://127.0.0.1:${port}`;

describe("which proxy", () => {
  const direct = async (env: Record<string, string>, url = "http://127.0.0.1"): Promise<string | undefined> => {
    const target = await refusing(reply("200 OK", ""));
    const diagnosis = await examine(`${url}:${target.port}`, { env }, { lookup: resolver({ "web.example.com": ["127.0.0.1"] }) });
    expect(diagnosis.isHealthy).toBe(true);
    return stageOf(diagnosis, "proxy").why;
  };

  it("none, and why", async () => {
    const web = "http://web.example.com";
    expect(await direct({})).toBe("no proxy is set");
    expect(await direct({ HTTP_PROXY: "http://p" })).toBe("HTTP_PROXY does not count for this machine itself");
    expect(await direct({ http_proxy: "", HTTP_PROXY: "http://p" }, web)).toBe("http_proxy is empty: no proxy");
    expect(await direct({ all_proxy: "http://p", NO_PROXY: "a, .example.com" }, web)).toBe(
      "NO_PROXY has .example.com: all_proxy does not count",
    );
    expect(await direct({ all_proxy: "http://p", no_proxy: "*" }, web)).toBe("no_proxy has *: all_proxy does not count");
  });

  it("is told with the variable that names it, and never with its password", async () => {
    const proxy = await refusing(reply("200 OK", ""));
    const env = { HTTP_PROXY: `http://user:hunter2hunter2@127.0.0.1:${proxy.port}` };
    const diagnosis = await examine("http://web.example.com/", { env });
    expect(courseOf(diagnosis)).toBe("dns skipped, tcp skipped, proxy ok, tls skipped, http ok");
    expect(stageOf(diagnosis, "proxy").evidence[0]).toBe(`http://127.0.0.1:${proxy.port} (HTTP_PROXY)`);
    expect(stageOf(diagnosis, "dns").why).toBe("127.0.0.1 resolves the name");
    expect(proxy.heads).toEqual([
      expect.stringMatching(/^HEAD http:\/\/web\.example\.com\/ HTTP\/1\.1\r\n(.*\r\n)*Proxy-Authorization: Basic /),
    ]);
    expect(JSON.stringify(diagnosis)).not.toContain("hunter2");
  });

  it("a variable that is no proxy's URL is the answer; the same in an option is the caller's mistake", async () => {
    const diagnosis = await examine("http://web.example.com/", { env: { HTTP_PROXY: "ftp://p" } });
    expect(diagnosis).toMatchObject({
      failedStage: "proxy",
      answer: { id: "proxy-variable", summary: expect.stringContaining("HTTP_PROXY"), command: "printenv HTTP_PROXY" },
    });
    expect(await failureOf(through("http://web.example.com/", "ftp://p"))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("an entry of NO_PROXY that means nothing is a warning", async () => {
    const proxy = await refusing(reply("200 OK", ""));
    const env = { HTTP_PROXY: place(proxy), NO_PROXY: "10.0.0.0/99" };
    const diagnosis = await examine("http://web.example.com/", { env });
    expect([diagnosis.isHealthy, stageOf(diagnosis, "proxy").findings]).toMatchObject([
      true,
      [{ id: "no-proxy-entry", severity: "warning" }],
    ]);
  });
});

describe("a proxy that does not lead there", () => {
  it.each([
    ["407 Proxy Authentication Required", "proxy-credentials", /Tunnel connection failed: 407/],
    ["403 Forbidden", "proxy-refused", /403 Forbidden/],
    ["502 Bad Gateway", "proxy-failed", /502 Bad Gateway/],
  ])("%s: %s", async (status, id, summary) => {
    const diagnosis = await through("https://api.example.com/", place(await refusing(reply(status, ""))));
    expect(diagnosis).toMatchObject({ failedStage: "proxy", answer: { id, summary: expect.stringMatching(summary) } });
    expect(courseOf(diagnosis)).toBe("dns skipped, tcp skipped, proxy problem, tls skipped, http skipped");
  });

  it("refused, unknown, silent, or no proxy at all", async () => {
    const gone = await refusing("");
    await gone.close();
    const silent = await raw(() => undefined);
    const url = "https://api.example.com/";
    expect((await through(url, place(gone))).answer).toMatchObject({
      id: "proxy-connection-refused",
      remedy: expect.stringContaining("the option proxy (--proxy)"),
    });
    expect((await examine(url, { env: { https_proxy: "http://proxy.invalid:3128" } }, { lookup: resolver({}) })).answer).toMatchObject({
      id: "proxy-name-not-found",
      command: "printenv https_proxy",
    });
    expect((await examine(url, { proxy: place(silent) }, { stepMs: 40 })).answer).toMatchObject({ id: "proxy-timeout" });
    expect((await through(url, place(await refusing("SSH-2.0-x\r\n")))).answer).toMatchObject({ id: "proxy-malformed" });
    await expect.poll(() => silent.open).toBe(0);
  });

  it("and wants credentials: the variable that takes them is written out", async () => {
    const answer = async (userinfo: string): Promise<string | undefined> => {
      const { port } = await refusing(reply("407 Proxy Authentication Required", ""));
      const env = { http_proxy: `http://${userinfo}127.0.0.1:${port}` };
      const { answer: found } = await examine("http://api.example.com/", { env });
      expect(found).toMatchObject({ id: "proxy-credentials", facts: { status: 407 } });
      return found?.command?.replace(String(port), "PORT");
    };
    expect(await answer("")).toBe("export http_proxy=http://USER:PASSWORD@127.0.0.1:PORT");
    expect(await answer("user:wrongwrong@")).toBeUndefined();
  });

  it("and forwards plain http, but wants credentials or cannot reach the server", async () => {
    const url = "http://api.example.com/";
    expect(await through(url, place(await refusing(reply("407 Proxy Authentication Required", ""))))).toMatchObject({
      failedStage: "http",
      answer: { id: "proxy-credentials" },
    });
    expect((await through(url, place(await refusing(reply("503 Service Unavailable", ""))))).answer).toMatchObject({
      id: "gateway",
      summary: expect.stringMatching(/^The proxy or a gateway behind it/),
    });
  });
});
