import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { journalPath } from "../../../test/flow/journal-folder.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

const users = Array.from({ length: 10 }, (_, index) => ({ id: index + 1, name: `User ${index + 1}` }));

describe("errand posts", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await fakeServer();
    server.on("GET /users").reply({ json: users });
  });
  afterEach(() => server.close());

  it("counts each user's posts, with an embedded API when none is given", async () => {
    const io = memoryIo();
    expect(await main(["posts"], io)).toBe(0);
    const lines = io.stdoutText().trimEnd().split("\n");
    expect(lines[0]).toBe("ID  NAME".padEnd(lines[0]?.indexOf("POSTS") ?? 0) + "POSTS");
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe("10 users, 100 posts");
    expect(io.stderrText()).toBe("");
  });

  it("survives a user whose posts cannot be had: the row, the total and the exit code say so", async () => {
    server.on("GET /posts").reply((call) => ({ json: Array.from({ length: Number(call.query.get("userId")) }) }));
    server.on("GET /posts?userId=3").fail(404);
    server.on("GET /posts?userId=4").reply({ text: "<html>" });
    server.on("GET /posts?userId=5").reply({ json: { posts: [] } });
    const io = memoryIo();
    expect(await main(["posts", "--base", server.url], io)).toBe(1);
    expect(io.stdoutText()).toContain(
      " 3  User 3       -  ERR_HTTP_STATUS\n 4  User 4       -  ERR_DECODE\n 5  User 5       -  ERR_VALIDATION\n 6  User 6       6\n",
    );
    expect(io.stdoutText()).toContain("10 users, 43 posts; for 3 of them the posts could not be read");
  });

  it("tries again where the network fails, and says so", async () => {
    server.on("GET /posts").reply({ json: [] });
    server
      .on("GET /posts?userId=2")
      .fail(500)
      .reply({ json: [{}] });
    const io = memoryIo();
    expect(await main(["posts", "--base", server.url, "--json"], io)).toBe(0);
    expect(JSON.parse(io.stdoutText())).toEqual({
      users: users.map((user) => ({ ...user, posts: user.id === 2 ? 1 : 0 })),
      totals: { users: 10, posts: 1, failed: 0 },
    });
    expect(io.stderrText()).toMatch(/^http:.*userId=2: attempt 1 of 3: 500, waiting/);
  });

  it("asks for at most four users at a time", async () => {
    let [running, most] = [0, 0];
    server.on("GET /posts").reply(async () => {
      running += 1;
      most = Math.max(most, running);
      await delay(10);
      running -= 1;
      return { json: [] };
    });
    await main(["posts", "--base", server.url], memoryIo());
    expect(most).toBe(4);
  });

  it("fails as a request does when there are no users to be had", async () => {
    server.on("GET /denied/users").fail(403);
    const io = memoryIo();
    expect(await main(["posts", "--base", `${server.url}/denied`], io)).toBe(1);
    expect(io.stderrText()).toContain("answered 403");
    server.on("GET /odd/users").reply({ json: {} });
    const other = memoryIo();
    expect(await main(["posts", "--base", `${server.url}/odd`], other)).toBe(1);
    expect(other.stderrText()).toContain("/users did not give a list");
  });

  it("is recorded under an id: the same id gives the same without asking", async () => {
    const journal = await journalPath();
    server.on("GET /posts").reply({ json: [{}] });
    const first = memoryIo();
    const args = ["posts", "--base", server.url, "--id", "today", "--journal", journal];
    expect(await main(args, first)).toBe(0);
    const calls = server.calls.length;
    const second = memoryIo();
    expect(await main(args, second)).toBe(0);
    expect(second.stdoutText()).toBe(first.stdoutText());
    expect(server.calls.length).toBe(calls);
  });

  it("asks under the same id again for what it could not have, and for nothing else", async () => {
    const journal = await journalPath();
    server.on("GET /posts").reply({ json: [{}] });
    server
      .on("GET /posts?userId=3")
      .fail(404)
      .reply({ json: [{}] });
    const args = ["posts", "--base", server.url, "--id", "today", "--journal", journal];
    const first = memoryIo();
    expect(await main(args, first)).toBe(1);
    expect(first.stdoutText()).toContain("for 1 of them the posts could not be read");
    const calls = server.calls.length;
    const second = memoryIo();
    expect(await main(args, second)).toBe(0);
    expect(second.stdoutText()).toContain("10 users, 10 posts\n");
    expect(server.calls.slice(calls).map(({ target }) => target)).toEqual(["/posts?userId=3"]);
  });

  it("records names and numbers, and nothing else of people", async () => {
    const journal = await journalPath();
    server.on("GET /v2/users").reply({ json: [{ id: 1, name: "Ann", email: "ann@example.com" }] });
    server.on("GET /v2/posts").reply({ json: [] });
    expect(await main(["posts", "--base", `${server.url}/v2`, "--id", "a", "--journal", journal], memoryIo())).toBe(0);
    const io = memoryIo();
    await main(["runs", "show", "a", "--json", "--journal", journal], io);
    expect(io.stdoutText()).toContain('"name": "Ann"');
    expect(io.stdoutText()).not.toContain("ann@example.com");
  });
});
