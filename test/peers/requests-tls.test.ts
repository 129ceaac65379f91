// The behaviours that psf/requests tests (tests/test_requests.py, TLS), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { TestAuthority } from "../certificates.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

describe("test_requests.py: TLS", () => {
  it("test_different_connection_pool_for_mtls_settings (requests): sessions with other TLS settings share no connection", async () => {
    const authority = await TestAuthority.create("Others Root");
    const server = await raw(({ socket }) => void socket.write(reply("200 OK", "x")), {
      tls: await authority.issue({ name: "localhost" }),
    });
    expect(
      await testSession({ tls: { ca: authority.cert } })
        .session.get(server.url)
        .text(),
    ).toBe("x");
    expect(await failureOf(testSession().session.get(server.url))).toMatchObject({ name: "TLSError" });
  });
});
