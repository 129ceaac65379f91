import { describe, expect, it } from "vitest";
import { courseOf, examine, resolver, stageOf } from "../../test/doctor-patient.ts";
import { reply, type RawServer } from "../../test/raw-server.ts";
import { failureOf, raw, server } from "../../test/test-session.ts";
import { diagnose } from "./index.ts";

const closedPort = async (): Promise<number> => {
  const once: RawServer = await raw(() => undefined);
  await once.close();
  return once.port;
};
const ok = (): Promise<RawServer> => raw(({ socket }) => void socket.end(reply("200 OK", "")));

describe("the name", () => {
  it.each([
    ["ENOTFOUND", "name-not-found", "The name api.example.com does not resolve (ENOTFOUND).", /Check the spelling/],
    ["EAI_AGAIN", "resolver-silent", "The resolver did not answer for api.example.com (EAI_AGAIN).", /The name may be right/],
    ["EAI_FAIL", "resolver-failed", "The resolver failed for api.example.com (EAI_FAIL).", /a valid one/],
  ])("%s is %s", async (code, id, summary, remedy) => {
    const diagnosis = await examine("https://api.example.com/path", {}, { lookup: resolver({ "api.example.com": code }) });
    expect(diagnosis).toMatchObject({ url: "https://api.example.com", isHealthy: false, isComplete: true, failedStage: "dns" });
    expect(diagnosis.answer).toMatchObject({ id, severity: "problem", summary, remedy: expect.stringMatching(remedy), facts: { code } });
    expect(courseOf(diagnosis)).toBe("dns problem, tcp skipped, proxy skipped, tls skipped, http skipped");
  });

  it("without a dot is explained by the search domains", async () => {
    const files: Record<string, string> = { "/etc/resolv.conf": "nameserver 10.0.0.2\nsearch corp.example.com svc.local\n" };
    const seams = { lookup: resolver({}), readFile: (path: string) => files[path] };
    expect((await examine("http://web", {}, seams)).answer?.remedy).toContain("(corp.example.com svc.local)");
    delete files["/etc/resolv.conf"];
    expect((await examine("http://web", {}, seams)).answer?.remedy).toContain("this machine has none");
  });

  it("for which nobody answers ends in time, and names the resolver that was asked", async () => {
    const diagnosis = await examine(
      "http://api.example.com",
      {},
      { lookup: () => undefined, stepMs: 20, readFile: (path) => (path === "/etc/resolv.conf" ? "nameserver 192.0.2.53" : undefined) },
    );
    expect(diagnosis.answer).toMatchObject({ id: "resolver-silent", remedy: expect.stringContaining("192.0.2.53") });
  });

  it("that resolves to nothing", async () => {
    const { answer } = await examine("http://api.example.com", {}, { lookup: resolver({ "api.example.com": [] }) });
    expect(answer).toMatchObject({ id: "name-not-found", summary: "The name api.example.com does not resolve (no address)." });
  });

  it("that the hosts file names is told, for it beats DNS", async () => {
    const { port } = await ok();
    const diagnosis = await examine(
      `http://api.example.com:${port}`,
      {},
      {
        lookup: resolver({ "api.example.com": ["127.0.0.1"] }),
        readFile: (path) => (path === "/etc/hosts" ? "# mine\n127.0.0.1 other API.example.com # old\n" : undefined),
      },
    );
    expect(diagnosis.isHealthy).toBe(true);
    expect(stageOf(diagnosis, "dns").findings).toMatchObject([
      { id: "hosts-file", severity: "info", summary: expect.stringContaining("names 127.0.0.1") },
    ]);
  });
});

describe("the addresses", () => {
  it("are each connected to, in the order in which they are tried", async () => {
    const { port } = await ok();
    const lookup = resolver({ "api.example.com": ["::1", "127.0.0.1", "127.0.0.2"] });
    const diagnosis = await examine(`http://api.example.com:${port}`, {}, { lookup });
    expect(courseOf(diagnosis)).toBe("dns ok, tcp ok, proxy skipped, tls skipped, http ok");
    expect(stageOf(diagnosis, "dns").evidence).toEqual(["api.example.com is ::1 (IPv6), 127.0.0.1 (IPv4), 127.0.0.2 (IPv4)"]);
    const [first, second, third] = stageOf(diagnosis, "tcp").evidence;
    expect(first).toMatch(/^\[::1\]:\d+ (refused|unreachable)/);
    expect(second).toMatch(/^127\.0\.0\.1:\d+ connected in \d+ ms$/);
    expect(third).toMatch(/^127\.0\.0\.2:\d+ /);
  });

  it("some of which fail are a warning: other clients wait for them", async () => {
    const { port } = await ok();
    const lookup = resolver({ "api.example.com": ["127.0.0.1", "127.0.0.2"] });
    const diagnosis = await examine(`http://api.example.com:${port}`, {}, { lookup });
    expect(diagnosis.isHealthy).toBe(true);
    expect(stageOf(diagnosis, "tcp").findings).toMatchObject([
      { id: "address-fails", severity: "warning", summary: "1 of 2 addresses does not answer: 127.0.0.2." },
    ]);
  });

  it("of which none listens", async () => {
    const port = await closedPort();
    const diagnosis = await examine(`http://127.0.0.1:${port}`);
    expect(diagnosis).toMatchObject({
      failedStage: "tcp",
      answer: {
        id: "connection-refused",
        summary: `Nothing listens at 127.0.0.1:${port} (ECONNREFUSED).`,
        command: `errand wait http://127.0.0.1:${port}`,
      },
    });
    expect(courseOf(diagnosis)).toBe("dns ok, tcp problem, proxy skipped, tls skipped, http skipped");
  });

  it("another place may be connected to instead; name and port of the URL stay", async () => {
    const target = await ok();
    const diagnosis = await examine("http://api.example.com:8080/x", { connectTo: { host: "127.0.0.1", port: target.port } });
    expect(diagnosis.isHealthy).toBe(true);
    expect(target.heads[0]).toMatch(/^HEAD \/ HTTP\/1\.1\r\nHost: api\.example\.com:8080\r\n/);
  });
});

describe("time", () => {
  it("that runs out before the end is no diagnosis of the server", async () => {
    const diagnosis = await examine("http://127.0.0.1:1", { timeoutMs: 0 }, {});
    expect(diagnosis).toMatchObject({ isHealthy: false, isComplete: false, answer: undefined });
    expect(stageOf(diagnosis, "http")).toMatchObject({ status: "skipped", why: "no time was left" });
  });

  it("the caller ends it", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const running = failureOf(examine("http://api.example.com", { signal: controller.signal }, { lookup: () => undefined }));
    controller.abort(reason);
    expect(await running).toBe(reason);
    expect(await failureOf(examine("http://127.0.0.1:1", { signal: controller.signal }))).toBe(reason);
  });
});

it("looks at http and https only, and shows no password of a URL that is neither", async () => {
  const error = await failureOf(diagnose("ftp://user:hunter2hunter2@files.example.com/"));
  expect(error).toMatchObject({ code: "ERR_INVALID_URL" });
  expect(String(error)).not.toContain("hunter2");
});

it("sends nothing of the URL but its origin", async () => {
  const target = await server();
  target.on("HEAD /").reply();
  const { hostname, port } = new URL(target.url);
  const diagnosis = await examine(`http://user:hunter2hunter2@${hostname}:${port}/private?token=hush#here`);
  expect(diagnosis.url).toBe(target.url);
  expect(target.calls.map(({ method, target: path, headers }) => [method, path, Object.keys(headers).toSorted()])).toEqual([
    ["HEAD", "/", ["connection", "host"]],
  ]);
  expect(JSON.stringify(diagnosis)).not.toMatch(/hunter2|hush|private/);
});
