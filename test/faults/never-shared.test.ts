import { describe, expect, it } from "vitest";
import { daysFromNow, TestAuthority } from "../certificates.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

describe("a connection", () => {
  it("that one session trusts is never another's: each checks the certificate by its own settings", async () => {
    const authority = await TestAuthority.create("Fault Root");
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", "trusted")), {
      tls: await authority.issue({ name: "localhost", notAfter: daysFromNow(5) }),
    });
    const trusting = testSession({ tls: { ca: authority.cert } }).session;
    const strict = testSession().session;
    expect((await trusting.get(wire.url)).text()).toBe("trusted");
    expect(await failureOf(strict.get(wire.url))).toMatchObject({ name: "TLSError" });
    expect((await trusting.get(wire.url)).text()).toBe("trusted");
    expect(wire.heads).toHaveLength(2);
  });

  it("to one origin carries nothing for another of the same address", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", "ok")));
    const { session } = testSession();
    await session.get(wire.url);
    await session.get(`http://localhost:${wire.port}/`);
    await session.get(wire.url);
    expect([wire.accepted, wire.exchanges.map(({ indexOnConnection }) => indexOnConnection)]).toEqual([2, [0, 0, 1]]);
  });
});
