import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { failureOf, server, testSession } from "../../test/test-session.ts";
import { isPublicAddress } from "./addresses.ts";

describe("isPublicAddress", () => {
  it.each([
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.1.1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
  ])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('addresses: "public"', () => {
  it.each(["127.0.0.1", "0x7f000001", "0177.0.0.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1."])(
    "refuses http://%s before connecting, and does not try again",
    async (host) => {
      const api = await server();
      api.on("*").reply();
      const { session } = testSession({ addresses: "public" });
      const error = await failureOf(session.get(`http://${host}:${api.port}/`));
      expect(error).toMatchObject({ name: "ConnectionError", code: "ERR_ADDRESS_REFUSED", hint: 'addresses: "public" refuses it.' });
      expect((error as { attempts: unknown[] }).attempts).toHaveLength(1);
      expect(api.connections).toBe(0);
    },
  );

  it("refuses a name that resolves to a private address, and connects only to what it has checked", async () => {
    const api = await server();
    api.on("*").reply();
    const asked: string[] = [];
    const answers: LookupAddress[][] = [[{ address: "10.0.0.1", family: 4 }], [{ address: "127.0.0.1", family: 4 }]];
    const { session } = testSession(
      { addresses: "public", retry: false },
      {
        lookup: (host, _options, done) => {
          asked.push(host);
          done(null, answers[asked.length - 1] ?? []);
        },
      },
    );
    expect(await failureOf(session.get(`http://rebind.test:${api.port}/`))).toMatchObject({
      message: expect.stringContaining("rebind.test resolves to 10.0.0.1, which is not public"),
    });
    expect(await failureOf(session.get(`http://rebind.test:${api.port}/`))).toMatchObject({ code: "ERR_ADDRESS_REFUSED" });
    expect([asked, api.connections]).toEqual([["rebind.test", "rebind.test"], 0]);
  });

  it("holds for redirects: no public server leads to a private address", async () => {
    const api = await server();
    api.on("GET /start").redirect("/metadata");
    api.on("GET /metadata").reply({ text: "credentials" });
    const { session } = testSession({ addresses: "public", retry: false });
    const { session: unguarded } = testSession();
    // The first hop is answered by way of another session, as a public server would.
    session.use(async (request, next) => (request.hop === 0 ? unguarded.get(request.url, { redirect: false }) : next(request)));
    expect(await failureOf(session.get(`${api.url}/start`))).toMatchObject({ code: "ERR_ADDRESS_REFUSED" });
    expect(api.callsTo("GET /metadata")).toHaveLength(0);
  });

  it("is off unless asked for", async () => {
    const api = await server();
    api.on("*").reply({ text: "ok" });
    const { session } = testSession();
    expect((await session.get(`http://localhost:${api.port}/`)).text()).toBe("ok");
  });
});
