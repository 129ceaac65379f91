import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findEntry } from "./find-entry.ts";
import { parseNetrc } from "./parse-netrc.ts";

/** Login and password for a host. */
function lookUp(text: string, url: string): readonly [login: string | undefined, password: string | undefined] | undefined {
  const entry = findEntry(parseNetrc(text), new URL(url));
  return entry === undefined ? undefined : [entry.login, entry.password];
}

describe("parseNetrc", () => {
  it("reads machines over one line or many, keywords in any case and order", () => {
    const text =
      "machine a.test login ann password 1\nMACHINE b.test\n\tPassword 2\r\n  LOGIN bob\n\nmachine c.test user cleo passwd 3 account acme";
    expect(["a", "b", "c", "d"].map((host) => lookUp(text, `http://${host}.test/`))).toEqual([
      ["ann", "1"],
      ["bob", "2"],
      ["cleo", "3"],
      undefined,
    ]);
    expect(parseNetrc(text)[2]?.account).toBe("acme");
  });

  it("takes default for machines that are not named, wherever it stands", () => {
    const text = "default login anon password guest machine a.test login ann password 1";
    expect(lookUp(text, "http://a.test/")).toEqual(["ann", "1"]);
    expect(lookUp(text, "http://b.test/")).toEqual(["anon", "guest"]);
  });

  it("takes the first of two entries for a machine, and the first of two logins", () => {
    expect(lookUp("machine a.test login one password 1 login two\nmachine a.test login three password 3", "http://a.test/")).toEqual([
      "one",
      "1",
    ]);
  });

  it("skips comments where a keyword could stand, and takes a value that begins with # for a value", () => {
    const text =
      "# machine a.test login wrong password wrong\nmachine a.test # the first\n login ann#1 password #hash # end\n#machine b.test";
    expect(lookUp(text, "http://a.test/")).toEqual(["ann#1", "#hash"]);
    expect(parseNetrc(text)).toHaveLength(1);
  });

  it("reads quoted values as curl does: blanks, escapes, hashes, keywords", () => {
    const text = String.raw`machine a.test login "ann b" password "a \"q\" \\ \t\n\x # machine"
machine b.test login back\slash password no"quote`;
    expect(lookUp(text, "http://a.test/")).toEqual(["ann b", 'a "q" \\ \t\nx # machine']);
    expect(lookUp(text, "http://b.test/")).toEqual(["back\\slash", 'no"quote']);
    expect(lookUp('machine a.test login "" password ""', "http://a.test/")).toEqual(["", ""]);
  });

  it("skips macros up to the empty line, keywords in them included", () => {
    const text =
      "machine a.test login ann password 1 macdef init\n cd /pub\nmachine b.test login evil password evil\n\nmachine c.test login cleo password 3\nmacdef last\nmachine d.test";
    expect(parseNetrc(text).map(({ machine }) => machine)).toEqual(["a.test", "c.test"]);
    expect(lookUp(text, "http://b.test/")).toBeUndefined();
  });

  it.each([
    ["machine a.test login ann password two words", 1, /word that is no keyword/],
    ['machine a.test\nlogin ann\npassword "never closed', 3, /quote that is not closed/],
    ["machine a.test\nlogin ann password", 2, /ends where a value should stand/],
    ['machine a.test login ann "password" x', 1, /word that is no keyword/],
  ])("notes at the entry what it cannot read, and reads the others: %j", (text, line, problem) => {
    const [first, second] = parseNetrc(`${text}\n`).concat(parseNetrc(`machine b.test login bob password 2\n${text}`)[0] ?? []);
    expect(first?.problem).toEqual({ line, text: expect.stringMatching(problem) });
    expect(first?.problem?.text).not.toMatch(/words|never/);
    expect(second?.problem).toBeUndefined();
  });

  it("does not blame an entry for what stands after or before it", () => {
    expect(parseNetrc("stray words\nmachine a.test login ann password 1\nmachine")).toEqual([
      { machine: "a.test", line: 2, login: "ann", password: "1" },
    ]);
    expect(parseNetrc("\uFEFFmachine a.test login ann")).toEqual([{ machine: "a.test", line: 1, login: "ann" }]);
    expect(parseNetrc("")).toEqual([]);
  });

  it("reads back whatever is written with quotes", () => {
    const value = fc.string({ unit: fc.constantFrom(...Array.from('ab \t\n\r"\\#é')), maxLength: 10 });
    const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}"`;
    const gap = fc.constantFrom(" ", "\n", "\t \r\n  ", " # note\n");
    const entry = fc.record({ login: value, password: value, account: fc.option(value, { nil: undefined }), gap });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const text = entries
          .map(({ login, password, account, gap: space }, index) =>
            [
              "machine",
              `h${index}.test${space}login`,
              `${quoted(login)}${space}password`,
              quoted(password),
              account === undefined ? "" : `account ${quoted(account)}`,
            ].join(" "),
          )
          .join("\n");
        expect(parseNetrc(text).map(({ login, password, account, problem }) => ({ login, password, account, problem }))).toEqual(
          entries.map(({ login, password, account }) => ({ login, password, account, problem: undefined })),
        );
      }),
    );
  });

  it("never throws, and names no value of the file in a problem", () => {
    const word = fc.constantFrom(
      "machine",
      "default",
      "login",
      "password",
      "account",
      "macdef",
      "port",
      "SECRET1",
      '"SECRET 2"',
      '"SECRET3',
      "#",
      "\n",
      "\n\n",
      " ",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        for (const { problem } of parseNetrc(words.join(" "))) expect(problem?.text ?? "").not.toContain("SECRET");
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => Array.isArray(parseNetrc(text))));
  });
});

describe("findEntry", () => {
  const text =
    "machine Example.COM login plain password 1\nmachine example.com:8080 login at8080 password 2\nmachine example.com login by-keyword port 9090 password 3\nmachine [::1]:8080 login six password 4\nmachine ::1 login six-any password 5\nmachine 10.0.0.1 login four password 6";

  it.each([
    ["http://example.com/", "plain"],
    ["https://EXAMPLE.com:443/x", "plain"],
    ["http://example.com:8080/", "at8080"],
    ["http://example.com:9090/", "by-keyword"],
    ["http://[::1]:8080/", "six"],
    ["http://[::1]/", "six-any"],
    ["http://10.0.0.1:81/", "four"],
    ["http://sub.example.com/", undefined],
    ["http://example.com./", undefined],
    ["http://notexample.com/", undefined],
    // CVE-2024-47081: what stands before the @ is no host.
    ["http://example.com:@other.test/", undefined],
    ["http://example.com@other.test:8080/", undefined],
    ["http://other.test/example.com", undefined],
  ])("finds for %s the entry of %s", (url, login) => {
    expect(findEntry(parseNetrc(text), new URL(url))?.login).toBe(login);
  });

  it("knows the ports that URLs leave out", () => {
    const ports = parseNetrc("machine a.test:443 login tls password 1 machine a.test:80 login plain password 2");
    expect(["https://a.test/", "http://a.test/", "http://a.test:81/"].map((url) => findEntry(ports, new URL(url))?.login)).toEqual([
      "tls",
      "plain",
      undefined,
    ]);
  });
});
