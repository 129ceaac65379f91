import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

describe("errand wait", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await fakeServer();
  });
  afterEach(() => server.close());

  it("asks until a 2xx arrives, and tells on stderr what it sees", async () => {
    server.on("GET /up").reset().fail(503).redirect("/login", 302).reply({ text: "ok" });
    server.on("GET /login").fail(404);
    const io = memoryIo();
    expect(await main(["wait", `${server.url}/up`, "--every", "5ms"], io)).toBe(0);
    expect(io.stdoutText()).toBe("");
    expect(io.stderrText()).toMatch(
      /^\d+ ms: ERR_CONNECTION_RESET, again in 5 ms\n\d+ ms: 503, again in 5 ms\n\d+ ms: 404, again in 5 ms\nhttp:.+ answered 200 after \d+ ms \(4 tries\)\n$/,
    );
  });

  it("waits for the status it is told, a redirect included", async () => {
    server.on("GET /moved").reply({ status: 200 }).redirect("/elsewhere", 308);
    expect(await main(["wait", `${server.url}/moved`, "--until", "308", "--every", "5ms", "-q"], memoryIo())).toBe(0);
    expect(server.calls.map((call) => call.target)).toEqual(["/moved", "/moved"]);
  });

  it("ends with exit code 2 when the time is up, and says what was seen last", async () => {
    server.on("GET /down").fail(503, { retryAfter: 60 });
    const io = memoryIo();
    expect(await main(["wait", `${server.url}/down`, "--timeout", "40ms", "--every", "15ms", "-q"], io)).toBe(2);
    expect(io.stderrText()).toMatch(/^errand: http:.+ did not answer as wanted within \d+ ms \(\d tr(y|ies), the last: 503\)\n$/);
  });

  it("does not hang with a server that never answers", async () => {
    server.on("GET /hang").hang();
    const io = memoryIo();
    expect(await main(["wait", `${server.url}/hang`, "--timeout", "30ms"], io)).toBe(2);
    expect(io.stderrText()).toContain("the last: ERR_TIMEOUT");
  });

  it("gives up at once on a URL that no waiting mends", async () => {
    const io = memoryIo();
    expect(await main(["wait", "ftp://localhost/"], io)).toBe(64);
    expect(io.stderrText()).toContain("ERR_INVALID_URL");
  });

  it("gives the result as JSON on stdout", async () => {
    server.on("GET /up").reply();
    const io = memoryIo();
    await main(["wait", `${server.url}/up`, "--json"], io);
    expect(JSON.parse(io.stdoutText())).toEqual({
      url: `${server.url}/up`,
      arrived: true,
      asked: 1,
      elapsedMs: expect.any(Number),
      last: 200,
    });
    expect(io.stderrText()).toBe("");
  });

  it("ends when it is interrupted", async () => {
    server.on("GET /down").fail(503);
    const io = memoryIo();
    const running = main(["wait", `${server.url}/down`, "--every", "10s"], io);
    while (server.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    io.interrupt();
    expect(await running).toBe(130);
  });
});
