import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { resolveProxy, type ProxyChoice } from "../../proxy/index.ts";
import { ProxyFailure } from "./failure.ts";
import { openSocks5 } from "./socks5.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

interface Scripted {
  readonly port: number;
  /** What errand sent, one entry for each of the server's steps, in hexadecimal. */
  readonly heard: string[];
}

/** Answers the n-th arrival with the n-th entry; undefined: is silent. */
async function scripted(answers: readonly (string | undefined)[], onEnd: (socket: Socket) => void = () => undefined): Promise<Scripted> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let step = 0;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      heard.push(chunk.toString("hex"));
      const answer = answers[step];
      step += 1;
      if (answer !== undefined) socket.write(Buffer.from(answer.replaceAll(" ", ""), "hex"));
      if (step >= answers.length) onEnd(socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, heard };
}

const choice = (port: number): ProxyChoice => {
  const found = resolveProxy(`socks5://127.0.0.1:${port}`, {}).choose(new URL("https://h.example"));
  if (found === undefined) throw new Error("no proxy");
  return found;
};
const basicOf = (userPass: string): string => `Basic ${Buffer.from(userPass).toString("base64")}`;

async function open(port: number, { host = "h.example", authorization }: { host?: string; authorization?: string } = {}) {
  const socket = connect(port, "127.0.0.1");
  sockets.add(socket);
  await new Promise((resolve) => socket.once("connect", resolve));
  return { ...openSocks5({ socket, proxy: choice(port), target: { host, port: 443 }, authorization }), socket };
}

async function failure(port: number, options?: Parameters<typeof open>[1]): Promise<ProxyFailure> {
  const { done, socket } = await open(port, options);
  const error: unknown = await done.then(
    () => "no failure",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProxyFailure);
  expect(socket.destroyed).toBe(true);
  return error as ProxyFailure;
}

const granted = "05 00 00 01 00000000 0000";
const hex = (text: string): string => Buffer.from(text).toString("hex");

describe("SOCKS5", () => {
  it("sends a name as it is, and offers no authentication without credentials", async () => {
    const { port, heard } = await scripted(["05 00", granted]);
    await (
      await open(port)
    ).done;
    expect(heard).toEqual(["050100", `0501000309${hex("h.example")}01bb`]);
  });

  it.each([
    ["192.0.2.1", "01c0000201"],
    ["2001:db8::1", "0420010db8000000000000000000000001"],
    ["::1", "0400000000000000000000000000000001"],
    ["::ffff:192.0.2.1", "01c0000201"],
  ])("sends the address %s as an address", async (host, expected) => {
    const { port, heard } = await scripted(["05 00", granted]);
    await (
      await open(port, { host })
    ).done;
    expect(heard[1]).toBe(`050100${expected}01bb`);
  });

  it("gives user and password when the proxy chooses so; the password may have colons and any UTF-8", async () => {
    const { port, heard } = await scripted(["05 02", "01 00", granted]);
    await (
      await open(port, { authorization: basicOf("us\u00e9r:pass:w\u00f6rd") })
    ).done;
    expect(heard.slice(0, 2)).toEqual(["05020002", `0105${hex("us\u00e9r")}0a${hex("pass:w\u00f6rd")}`]);
  });

  it("keeps them when the proxy asks for none", async () => {
    const { port, heard } = await scripted(["05 00", granted]);
    await (
      await open(port, { authorization: basicOf("user:password") })
    ).done;
    expect(heard).toHaveLength(2);
    expect(heard.join()).not.toContain(hex("password"));
  });

  it("sends an empty password, and takes the status for an answer whatever its version", async () => {
    const { port, heard } = await scripted(["05 02", "05 00", granted]);
    await (
      await open(port, { authorization: basicOf("token:") })
    ).done;
    expect(heard[1]).toBe(`0105${hex("token")}00`);
  });

  it.each([
    ["IPv4", "05 00 00 01 0a000001 1f90"],
    ["IPv6", "05 00 00 04 20010db8000000000000000000000001 1f90"],
    ["a name", `05 00 00 03 09 ${hex("h.example")} 1f90`],
    ["an empty name", "05 00 00 03 00 1f90"],
  ])("skips the bound address, %s, and hands on every byte after it", async (_name, reply) => {
    const { port } = await scripted(["05 00", reply + hex("target speaks first")]);
    const socket = await (await open(port)).done;
    expect(await new Promise((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())))).toBe("target speaks first");
  });

  it("understands answers that come byte by byte", async () => {
    const { port } = await scripted([undefined], (socket) => {
      socket.removeAllListeners("data");
      void (async () => {
        for (const byte of Buffer.from("0500", "hex")) await slowly(socket, byte);
        await new Promise((resolve) => socket.once("data", resolve));
        for (const byte of Buffer.from(granted.replaceAll(" ", "") + hex("!"), "hex")) await slowly(socket, byte);
      })();
    });
    const socket = await (await open(port)).done;
    expect(await new Promise((resolve) => socket.once("data", (chunk) => resolve(chunk.toString())))).toBe("!");
  });
});

const slowly = async (socket: Socket, byte: number): Promise<void> => {
  socket.setNoDelay(true);
  socket.write(Buffer.from([byte]));
  await new Promise((resolve) => setImmediate(resolve));
};

describe("a SOCKS5 proxy that does not connect", () => {
  it.each([
    ["01", "failed", "general failure"],
    ["02", "refused", "not allowed by its rules"],
    ["03", "failed", "network unreachable"],
    ["04", "failed", "host unreachable"],
    ["05", "failed", "connection refused"],
    ["06", "failed", "TTL expired"],
    ["07", "refused", "it does not know CONNECT"],
    ["08", "refused", "it does not know this type of address"],
    ["5b", "failed", "unknown reason"],
  ])("replies %s: %s, %s", async (code, kind, words) => {
    // Some send two bytes and close, some the whole reply.
    const { port } = await scripted(["05 00", `05 ${code}`]);
    const error = await failure(port);
    expect(error).toMatchObject({
      kind,
      message: `the proxy socks5://127.0.0.1:${port} did not connect to h.example:443: ${words} (SOCKS reply ${Number.parseInt(code, 16)})`,
    });
  });

  it("wants credentials, or others", async () => {
    expect(await failure((await scripted(["05 ff"])).port)).toMatchObject({
      kind: "credentials",
      message: expect.stringContaining("wants credentials"),
    });
    const authorization = basicOf("user:passw0rd-long");
    expect(await failure((await scripted(["05 ff"])).port, { authorization })).toMatchObject({
      kind: "credentials",
      message: expect.stringContaining("accepts neither"),
    });
    const refused = await failure((await scripted(["05 02", "01 01"])).port, { authorization });
    expect(refused).toMatchObject({ kind: "credentials", message: expect.stringContaining("refused the user and password") });
    expect(refused.stack).not.toContain("passw0rd-long");
  });

  it("is not told credentials that it did not ask for and nobody gave", async () => {
    const { port, heard } = await scripted(["05 02", undefined]);
    expect(await failure(port)).toMatchObject({ kind: "malformed" });
    expect(heard).toHaveLength(1);
  });

  it("cannot be given more than 255 bytes of a user, a password or a name", async () => {
    const { port, heard } = await scripted(["05 00", granted]);
    expect(await failure(port, { authorization: basicOf(`user:${"x".repeat(256)}`) })).toMatchObject({ kind: "credentials" });
    expect(await failure(port, { authorization: basicOf(`${"x".repeat(256)}:p`) })).toMatchObject({ kind: "credentials" });
    expect(await failure(port, { host: `${"x".repeat(250)}.example` })).toMatchObject({ kind: "refused" });
    expect(heard.filter((bytes) => bytes.includes(hex("xxxx")))).toEqual([]);
    await (
      await open(port, { authorization: basicOf(`${"x".repeat(255)}:${"y".repeat(255)}`), host: `${"x".repeat(247)}.example` })
    ).done;
  });
});

describe("something else than a SOCKS5 proxy", () => {
  it.each([
    ["HTTP", hex("HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol", /speaks HTTP/],
    ["SOCKS4", "00 5b", "protocol", /speaks SOCKS4/],
    ["a TLS alert", "15 03 03 00 02 02 46", "protocol", /speaks TLS/],
    ["garbage", "ff", "malformed", /answered the SOCKS5 greeting/],
    ["a method nobody offered", "05 01", "malformed", /answered the SOCKS5 greeting/],
  ])("answers the greeting with %s", async (_name, answer, kind, message) => {
    expect(await failure((await scripted([answer])).port)).toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  it.each(["04 00", "05 00 00 02", "05 00 00 00"])("answers the request with %s", async (answer) => {
    expect(await failure((await scripted(["05 00", answer])).port)).toMatchObject({ kind: "malformed" });
  });

  it.each<[string, (string | undefined)[]]>([
    ["the greeting", [undefined]],
    ["half the greeting", ["05"]],
    ["the request", ["05 00", undefined]],
    ["half the bound address", ["05 00", "05 00 00 01 0000"]],
  ])("closes at %s", async (_name, answers) => {
    expect(await failure((await scripted(answers, (socket) => void socket.end())).port)).toMatchObject({ kind: "closed" });
    expect(await failure((await scripted(answers, (socket) => void socket.resetAndDestroy())).port)).toMatchObject({ kind: "closed" });
  });

  it("hangs: a cancellation ends it with its reason, and closes the socket", async () => {
    const { port, heard } = await scripted(["05 00", undefined]);
    const opening = await open(port);
    while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("enough");
    opening.cancel(reason);
    await expect(opening.done).rejects.toBe(reason);
    expect(opening.socket.destroyed).toBe(true);
  });

  it("never makes a connection out of random bytes, nor waits after its end", async () => {
    const notGranted = fc
      .uint8Array({ maxLength: 40 })
      .filter((bytes) => !(bytes[0] === 5 && bytes[1] === 0 && bytes[2] === 5 && bytes[3] === 0));
    await fc.assert(
      fc.asyncProperty(notGranted, async (bytes) => {
        const { port } = await scripted([Buffer.from(bytes).toString("hex")], (socket) => void socket.end());
        expect(["malformed", "protocol", "closed", "credentials", "refused", "failed"]).toContain((await failure(port)).kind);
      }),
      { numRuns: 40 },
    );
  });
});
