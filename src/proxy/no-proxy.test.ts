import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NoProxyList } from "./no-proxy.ts";
import { proxyTarget } from "./proxy-target.ts";

const bypasses = (list: string | readonly string[], url: string): boolean => new NoProxyList(list).bypasses(proxyTarget(new URL(url)));

describe("a NO_PROXY list", () => {
  it.each([
    // names
    ["mit.edu", "http://courses.mit.edu", true],
    ["mit.edu", "http://mit.edu.info", false],
    ["localhost", "http://prelocalhost", false],
    ["example.com", "https://example.com", true],
    ["example.com", "https://notexample.com", false],
    [".d.o.t", "http://d.o.t", true],
    [".d.o.t", "http://www.d.o.t", true],
    [".d.o.t", "http://xd.o.t", false],
    ["*.example.com", "http://a.b.example.com", true],
    ["*.example.com", "http://example.com", true],
    ["EXAMPLE.com", "http://www.Example.COM", true],
    ["example.com.", "http://example.com", true],
    ["example.com", "http://www.example.com.", true],
    ["b\u00fccher.example", "http://xn--bcher-kva.example", true],
    ["my_host", "http://my_host/", true],
    ["com", "http://example.com", true],
    ["example.com", "http://user:pw@example.com:8080/path?q#f", true],
    ["www.example.com", "http://example.com", false],
    // everything
    ["*", "http://anything.example", true],
    ["a.example, *", "http://[2001:db8::1]", true],
    ["*:8080", "http://anything.example:8080", true],
    ["*:8080", "http://anything.example", false],
    // ports
    ["newdomain.com:1234", "http://newdomain.com:1234", true],
    ["newdomain.com:1234", "http://newdomain.com", false],
    ["newdomain.com:1234", "http://www.newdomain.com:1234", true],
    ["newdomain.com:443", "https://newdomain.com", true],
    ["newdomain.com:80", "https://newdomain.com", false],
    ["h:1,h:2", "http://h:2", true],
    ["h:1,h", "http://h:9", true],
    ["h,h:1", "http://h:9", true],
    ["10.0.0.1:8080", "http://10.0.0.1:8080", true],
    ["10.0.0.1:8080", "http://10.0.0.1", false],
    ["[::1]:8080", "http://[::1]:8080", true],
    ["[::1]:8080", "http://[::1]", false],
    // addresses, in every form
    ["127.0.0.1", "http://127.0.0.1", true],
    ["0x7f000001", "http://127.0.0.1", true],
    ["127.0.0.1", "http://0x7f000001", true],
    ["0177.0.0.1", "http://127.0.0.1", true],
    ["2130706433", "http://127.1", true],
    ["::ffff:127.0.0.1", "http://127.0.0.1", true],
    ["127.0.0.1", "http://[::ffff:127.0.0.1]", true],
    ["127.0.0.1", "http://127.0.0.1.", true],
    ["::1", "http://[::1]", true],
    ["[::1]", "http://[::1]", true],
    ["0:0:0:0:0:0:0:1", "http://[::1]", true],
    ["fe80::1%eth0", "http://[fe80::1]", true],
    ["2001:DB8::A", "http://[2001:db8::a]", true],
    ["0.0.1", "http://10.0.0.1", false],
    [".0.0.1", "http://10.0.0.1", false],
    ["10.0.0.1", "http://10.0.0.1.example.com", false],
    // networks
    ["10.0.0.0/8", "http://10.255.1.2", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.1.2.3/8", "http://10.200.0.1", true],
    ["192.168.1.128/25", "http://192.168.1.127", false],
    ["192.168.1.128/25", "http://192.168.1.128", true],
    ["0.0.0.0/0", "http://8.8.8.8", true],
    ["0.0.0.0/0", "http://[2001:db8::1]", false],
    ["::/0", "http://[2001:db8::1]", true],
    ["::/0", "http://8.8.8.8", false],
    ["fd00::/8", "http://[fd12:3456::1]", true],
    ["fd00::/8", "http://[fe80::1]", false],
    ["10.0.0.0/8", "http://[::ffff:10.1.2.3]", true],
    ["::ffff:10.0.0.0/104", "http://10.1.2.3", true],
    ["0x0a000000/8", "http://10.9.9.9", true],
    ["10.0.0.0/32", "http://10.0.0.0", true],
    ["10.0.0.0/8", "http://10.example.com", false],
    // separators
    [" a.example ,\tb.example\nc.example,,", "http://c.example", true],
    ["a.example b.example", "http://b.example", true],
    ["", "http://a.example", false],
  ])("%j for %s: bypassed %s", (list, url, expected) => {
    expect(bypasses(list, url)).toBe(expected);
  });

  it("takes a list of entries as well as a text", () => {
    expect(bypasses(["192.168.1.1", "requests.com, other.com"], "http://www.requests.com")).toBe(true);
    expect(bypasses([], "http://www.requests.com")).toBe(false);
  });

  it("names the entries that mean nothing", () => {
    const nothing = [
      "10.0.0.0/33",
      "10.0.0.0/",
      "/8",
      "example.com/24",
      "::/129",
      "::ffff:10.0.0.0/95",
      "http://h",
      "u@h",
      "a*b",
      "10.*",
      "h:0",
      "h:65536",
      "h:x",
      "..h",
      ".",
      "[h]",
      "[::1",
      "a:b:c",
      "1.2.3.4.5",
      "h%41",
      "<local>",
      "x:y]@evil",
    ];
    expect(new NoProxyList([...nothing, "good.example"]).invalid).toEqual(nothing);
  });

  it("never throws, and an entry that is a host bypasses at least that host", () => {
    const piece = fc.constantFrom(
      "a",
      "0x7f",
      "10",
      "1",
      ".",
      "..",
      "*",
      ":",
      "::",
      "[",
      "]",
      "/",
      "8",
      "%",
      "@",
      "\\",
      "#",
      "?",
      "-",
      "\u00e9",
      "\ud800",
    );
    const entry = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(entry, (text) => {
        const list = new NoProxyList(text);
        const own = URL.parse(`http://${text}/`);
        const isHost = own !== null && own.hostname !== "" && /^[\w.-]+$/.test(text) && !/^\.|\.\.$/.test(text) && text.length <= 253;
        if (isHost && list.invalid.length === 0) expect(list.bypasses(proxyTarget(own))).toBe(true);
        list.bypasses(proxyTarget(new URL("https://www.example.com:8443")));
      }),
    );
  });

  it("agrees with arithmetic on every IPv4 network", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(32), (base, target, bits) => {
        const expected = bits === 0 || Math.floor(base / 2 ** (32 - bits)) === Math.floor(target / 2 ** (32 - bits));
        expect(bypasses(`${dotted(base)}/${bits}`, `http://${dotted(target)}`)).toBe(expected);
        expect(bypasses(`${dotted(base)}/${bits}`, `http://[::ffff:${dotted(target)}]`)).toBe(expected);
      }),
    );
  });

  it("reads an IPv6 address as the URL parser does, however it is shortened", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(bypasses(address, `http://[${address}]`)).toBe(true);
        expect(bypasses(`${address}/128`, `http://[${address}]`)).toBe(true);
      }),
    );
  });

  it("takes linear time for a long list and for a long host", () => {
    const startedAt = performance.now();
    const list = new NoProxyList(
      Array.from({ length: 20_000 }, (_, index) => `host-${index}.example:${index + 1}`).join(",") +
        ",".repeat(50_000) +
        ".".repeat(50_000),
    );
    const target = proxyTarget(new URL(`http://${"a.".repeat(50_000)}example:7`));
    for (let round = 0; round < 100; round += 1) list.bypasses(target);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(
      bypasses(
        Array.from({ length: 65_535 }, (_, index) => `h:${index + 1}`),
        "http://h:60000",
      ),
    ).toBe(true);
  });
});

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
