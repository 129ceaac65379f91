import { describe, expect, it } from "vitest";
import { digestServer } from "../../test/digest-server.ts";
import { reply } from "../../test/raw-server.ts";
import { closeAfterTest, raw, server, testSession } from "../../test/test-session.ts";
import { digest } from "../auth/index.ts";

describe("a question mark without a query behind it", () => {
  it("is sent as it was written, with and without a fragment", async () => {
    const api = await server();
    api.on("*").reply();
    const { session } = testSession();
    for (const path of ["/path?", "/path?#part", "?", "/path", "/path#part?"]) await session.get(api.url + path);
    const { session: based } = testSession({ baseUrl: `${api.url}/v1` });
    await based.get("/users?");
    expect(api.calls.map(({ target }) => target)).toEqual(["/path?", "/path?", "/?", "/path", "/path", "/v1/users?"]);
  });

  it("is kept where a redirect adds it, which is no loop", async () => {
    const wire = await raw(
      ({ socket, index }) => void socket.write(index === 0 ? reply("301 Moved Permanently", "", { location: "/path?" }) : reply("200 OK")),
    );
    const response = await testSession().session.get(`${wire.url}/path`);
    expect([response.status, response.url, wire.heads.map((head) => head.split(" ")[1])]).toEqual([
      200,
      `${wire.url}/path?`,
      ["/path", "/path?"],
    ]);
  });

  it("goes to a proxy as well", async () => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    await testSession({ proxy: proxy.url }).session.get("http://h.example/path?#part");
    expect(proxy.heads[0]).toMatch(/^GET http:\/\/h\.example\/path\? HTTP/);
  });

  it("is part of what a digest answer signs", async () => {
    const guarded = closeAfterTest(await digestServer({ user: "user", password: "pass-word-1", qop: "auth" }));
    const { session } = testSession({ auth: digest("user", "pass-word-1") });
    expect((await session.get(`${guarded.url}/path?`)).status).toBe(200);
  });
});
