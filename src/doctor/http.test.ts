import { describe, expect, it } from "vitest";
import { selfSigned } from "../../test/certificates.ts";
import { courseOf, examine, stageOf } from "../../test/doctor-patient.ts";
import { reply, type RawExchange } from "../../test/raw-server.ts";
import { raw, server } from "../../test/test-session.ts";

const answering = async (text: string | Buffer) => raw(({ socket }: RawExchange) => void socket.end(text));

describe("an answer", () => {
  it("is healthy whatever the application says, as long as it says it in HTTP", async () => {
    const target = await server();
    target.on("HEAD /").fail(401);
    const diagnosis = await examine(target.url);
    expect(diagnosis).toMatchObject({ isHealthy: true, isComplete: true, answer: undefined, failedStage: undefined });
    expect(stageOf(diagnosis, "http").evidence[0]).toBe("HEAD / answered 401 Unauthorized");
  });

  it("to HEAD that is a refusal is asked for by GET", async () => {
    const target = await server();
    target.on("HEAD /").fail(405);
    target.on("GET /").reply({ text: "hello" });
    expect(stageOf(await examine(target.url), "http").evidence[0]).toBe("GET / answered 200 OK");
  });

  it.each([
    [503, "problem", "gateway"],
    [504, "problem", "gateway"],
    [500, "ok", "server-error"],
  ])("%i makes the stage %s: %s", async (status, outcome, id) => {
    const target = await answering(reply(`${status} Sorry`, ""));
    const stage = stageOf(await examine(target.url), "http");
    expect(stage).toMatchObject({ status: outcome, findings: [{ id, summary: expect.stringContaining(`${status} Sorry`) }] });
  });

  it.each([
    ["/login", "redirect", undefined],
    ["https://www.example.com/start?token=hush", "redirect-elsewhere", "errand doctor https://www.example.com"],
    ["mailto:me@example.com", "redirect-broken", undefined],
  ])("that redirects to %s is named and not followed: %s", async (location, id, command) => {
    const target = await answering(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`);
    const diagnosis = await examine(target.url);
    expect(stageOf(diagnosis, "http").findings.map((finding) => [finding.id, finding.command])).toEqual([[id, command]]);
    expect([diagnosis.isHealthy, target.heads.length, JSON.stringify(diagnosis).includes("hush")]).toEqual([true, 1, false]);
  });
});

describe("the clock", () => {
  const at = Date.UTC(2030, 0, 1, 12);
  const target = () => answering(`HTTP/1.1 200 OK\r\nDate: ${new Date(at).toUTCString()}\r\nContent-Length: 0\r\n\r\n`);

  it.each([
    [6 * 60_000, "This machine's clock is 6 min ahead of the server's.", 360],
    [-86_400_000, "This machine's clock is 1 d behind the server's.", -86_400],
  ])("that is %i ms off is a warning", async (offMs, summary, skewSeconds) => {
    const diagnosis = await examine((await target()).url, { now: () => at + offMs });
    expect(stageOf(diagnosis, "http").findings).toMatchObject([{ id: "clock-skew", severity: "warning", summary, facts: { skewSeconds } }]);
    expect(diagnosis.isHealthy).toBe(true);
  });

  it("may be some minutes off", async () => {
    const stage = stageOf(await examine((await target()).url, { now: () => at + 290_000 }), "http");
    expect([stage.findings, stage.evidence[1]]).toEqual([[], "the clocks agree"]);
  });
});

describe("no answer", () => {
  it.each([
    ["http-closed", ""],
    ["not-http", "SSH-2.0-OpenSSH_9.6\r\n"],
  ])("is %s", async (id, text) => {
    const target = await answering(text);
    expect(await examine(target.url, {}, { stepMs: 100 })).toMatchObject({ failedStage: "http", answer: { id } });
  });

  it("from a server that hangs ends in time", async () => {
    const target = await raw(() => undefined);
    const diagnosis = await examine(target.url, {}, { stepMs: 40 });
    expect(diagnosis.answer).toMatchObject({ id: "http-timeout", summary: expect.stringMatching(/no response in \d+ ms\.$/) });
    await expect.poll(() => target.open).toBe(0);
  });

  it("from a connection that is reset", async () => {
    const target = await raw(({ socket }) => void socket.resetAndDestroy());
    expect((await examine(target.url)).answer).toMatchObject({ id: "http-failed", summary: "The connection was reset (ECONNRESET)." });
  });

  it("because the port speaks TLS", async () => {
    const target = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const diagnosis = await examine(`http://127.0.0.1:${target.port}/`);
    expect(courseOf(diagnosis)).toBe("dns ok, tcp ok, proxy skipped, tls skipped, http problem");
    expect(diagnosis.answer).toMatchObject({ id: "https-expected", command: `errand doctor https://127.0.0.1:${target.port}` });
  });
});

it("leaves no socket open", async () => {
  const target = await raw(({ socket }) => void socket.write(reply("200 OK", "and so on")));
  await examine(target.url);
  await expect.poll(() => target.open).toBe(0);
});
