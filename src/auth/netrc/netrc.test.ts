import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { answeringServer, callWith, TestRequest } from "../../../test/signing-request.ts";
import { ConfigError } from "../../errors/index.ts";
import { redactText } from "../../secrets/index.ts";
import type { Auth, RefusedResponse } from "../auth.ts";
import { Netrc, netrc } from "./netrc.ts";

let home: string;
const folders: string[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "errand-netrc-"));
  folders.push(home);
});
const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning.message);
process.on("warning", onWarning);
afterEach(() => void warnings.splice(0));
afterAll(async () => {
  process.off("warning", onWarning);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function write(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(home, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const at = (path?: string, env: Record<string, string> = {}): Netrc => new Netrc(path, () => ({ env, home }));

/** User and password that are sent, or undefined. */
async function sent(auth: Auth, url = "http://a.test/"): Promise<string | undefined> {
  const request = new TestRequest(url);
  await auth.sign(request);
  const header = await request.header("authorization");
  return header === undefined ? undefined : Buffer.from(header.replace(/^Basic /, ""), "base64").toString();
}

const entry = (login: string, password = "netrc-password"): string => `machine a.test login ${login} password ${password}\n`;

describe("netrc", () => {
  it("takes the given file, else $NETRC, else ~/.netrc, else ~/_netrc", async () => {
    await write("_netrc", entry("windows"));
    expect(await sent(at())).toBe("windows:netrc-password");
    await write(".netrc", entry("unix"));
    expect(await sent(at())).toBe("unix:netrc-password");
    expect(await sent(at(undefined, { NETRC: "" }))).toBe("unix:netrc-password");
    const env = { NETRC: await write("by-env", entry("env")) };
    expect(await sent(at(undefined, env))).toBe("env:netrc-password");
    expect(await sent(at(undefined, { NETRC: "~/by-env" }))).toBe("env:netrc-password");
    expect(await sent(at(await write("given", entry("given")), env))).toBe("given:netrc-password");
    expect(await sent(at("~/given"))).toBe("given:netrc-password");
  });

  it("proves itself to a server, and sends nothing to a host without an entry", async () => {
    const server = await answeringServer(({ headers }) => ({
      status: headers.authorization === `Basic ${btoa("ann:netrc-password")}` ? 200 : 401,
    }));
    try {
      const auth = at(await write("given", "machine 127.0.0.1 login ann password netrc-password"));
      expect((await callWith(auth, server.url)).status).toBe(200);
      expect((await callWith(auth, server.url.replace("127.0.0.1", "localhost"))).status).toBe(401);
      expect(server.seen[1]?.headers.authorization).toBeUndefined();
    } finally {
      await server.close();
    }
  });

  it("reads the file at the first request, and signs at once from then on", async () => {
    const auth = at(await write("given", entry("ann")));
    expect(auth.sign(new TestRequest("http://a.test/"))).toBeInstanceOf(Promise);
    expect(await sent(auth)).toBe("ann:netrc-password");
    expect(auth.sign(new TestRequest("http://a.test/"))).toBeUndefined();
    let reads = 0;
    const many = new Netrc(await write("given", entry("ann")), () => {
      reads += 1;
      return { env: {}, home };
    });
    expect(await Promise.all(Array.from({ length: 5 }, () => sent(many)))).toEqual(Array.from({ length: 5 }, () => "ann:netrc-password"));
    expect(reads).toBe(1);
  });

  it("reads the file again after a 401, and says whether the host's credentials changed", async () => {
    const path = await write("given", entry("ann"));
    const auth = at(path);
    const refused: RefusedResponse = { status: 401, rawHeaders: [], header: () => undefined };
    const requests = [new TestRequest("http://a.test/"), new TestRequest("http://a.test/"), new TestRequest("http://other.test/")];
    for (const request of requests) await auth.sign(request);
    expect(await auth.challenge(refused, requests[0]!)).toBe(false);
    await write("given", entry("ann", "netrc-password-2"));
    const again = new TestRequest("http://a.test/");
    await auth.sign(again);
    expect(await auth.challenge(refused, again)).toBe(true);
    expect(await sent(auth)).toBe("ann:netrc-password-2");
    expect(await auth.challenge(refused, requests[1]!)).toBe(true);
    expect(await auth.challenge(refused, requests[2]!)).toBe(false);
    expect(await auth.challenge({ ...refused, status: 403 }, again)).toBe(false);
    expect(await auth.challenge(refused, new TestRequest("http://a.test/"))).toBe(false);
  });

  it.each([
    ["machine a.test login token-as-login", "token-as-login:"],
    ["machine a.test password only-a-password", ":only-a-password"],
    ["machine a.test account acme password netrc-password", "acme:netrc-password"],
    ['machine a.test login "" password ""', undefined],
    ["machine a.test", undefined],
    ["default", undefined],
    ['default login "" password ""', undefined],
  ])("sends what %j gives: %j", async (text, expected) => {
    expect(await sent(at(await write("given", text)))).toBe(expected);
  });

  it("never replaces the caller's own Authorization header", async () => {
    const request = new TestRequest("http://a.test/", { headers: { Authorization: "Bearer own" } });
    const auth = at(await write("given", entry("ann")));
    expect(auth.sign(request)).toBeUndefined();
    expect(request.sent.get("authorization")?.value).toBe("Bearer own");
  });

  it("names file and line of an entry that cannot be read, only where that entry is needed", async () => {
    const path = await write(
      "given",
      `${entry("ann")}machine b.test\n login bob\n password two words-of-password\nmachine c.test login a:b password 1\n`,
    );
    expect(await sent(at(path))).toBe("ann:netrc-password");
    const error = await at(path)
      .sign(new TestRequest("http://b.test/"))
      ?.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: "ERR_CONFIG",
      file: path,
      line: 4,
      message: `${path}:4: the entry "machine b.test" has a word that is no keyword; a value with blanks needs double quotes.`,
    });
    await expect(at(path).sign(new TestRequest("http://c.test/"))).rejects.toThrow(
      `${path}:5: the entry "machine c.test" has a login with a colon`,
    );
  });

  it("says which file is missing or cannot be read, and reads it when it is there", async () => {
    await expect(at().sign(new TestRequest("http://a.test/"))).rejects.toThrow(
      `netrc() finds no file: there is neither ${join(home, ".netrc")} nor ${join(home, "_netrc")}, and $NETRC is not set.`,
    );
    await expect(at(undefined, { NETRC: join(home, "gone") }).sign(new TestRequest("http://a.test/"))).rejects.toThrow(
      /gone cannot be used: the file named by \$NETRC does not exist/,
    );
    const auth = at(join(home, "later"));
    await expect(auth.sign(new TestRequest("http://a.test/"))).rejects.toMatchObject({ code: "ERR_CONFIG", file: join(home, "later") });
    await write("later", entry("ann"));
    expect(await sent(auth)).toBe("ann:netrc-password");
    await mkdir(join(home, "folder"));
    await expect(at(join(home, "folder")).sign(new TestRequest("http://a.test/"))).rejects.toThrow(
      /folder cannot be used: it is not a file/,
    );
    const large = await write("large", " ".repeat(1_000_001));
    await expect(at(large).sign(new TestRequest("http://a.test/"))).rejects.toThrow(/more than 1 MB/);
  });

  it.skipIf(process.platform === "win32")("warns once of a file that others may read", async () => {
    const path = await write("given", entry("ann"), 0o644);
    await sent(at(path));
    await sent(at(path));
    await sent(at(await write("private", entry("ann"))));
    await new Promise(setImmediate);
    expect(warnings).toEqual([`${path} can be read or written by other users (mode 644), and it has passwords. Run: chmod 600 ${path}`]);
  });

  it("hides the passwords it has sent, and shows the path", async () => {
    const path = await write("given", entry("ann", "shown-nowhere-netrc"));
    const auth: Auth = at(path);
    await sent(auth);
    const text = [
      inspect({ auth }, { depth: 10, showHidden: true }),
      inspect(auth, { customInspect: false, showHidden: true, depth: 10 }),
      JSON.stringify({ auth, copy: { ...auth } }),
      format("%s %o %O", auth, auth, auth),
    ].join();
    expect(text).not.toContain("shown-nowhere");
    expect([format("%s", auth), format("%s", netrc())]).toEqual([`[netrc ${path}]`, "[netrc file]"]);
    expect(redactText("x shown-nowhere-netrc x")).toBe("x [redacted] x");
  });

  it("refuses a path that is none", () => {
    for (const path of ["", 7, null, "a\0b"])
      expect(() => netrc(path as string)).toThrow(/The path given to netrc\(\) must be a file's path/);
  });
});
