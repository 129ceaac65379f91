import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/program.ts";
import { fakeServer, type FakeServer } from "../../src/playground/index.ts";
import { splitCommand } from "../cases/case-file.ts";
import { memoryIo } from "../cases/memory-io.ts";

const page = "docs/guide/command.md";
const text = await readFile(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");

interface Shown {
  readonly command: string;
  /** stdout, then stderr, then the exit code where it is not 0. */
  readonly output: string;
  readonly isTerminal: boolean;
}

/** The commands of the page's console blocks, in their order: later ones see the files of earlier ones. */
const shown: readonly Shown[] = [...text.matchAll(/^```console(?<terminal> terminal)?\n(?<lines>[\s\S]*?)^```$/gm)].flatMap(({ groups }) =>
  (groups?.["lines"] ?? "")
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return { command: part.slice(0, end), output: part.slice(end + 1), isTerminal: groups?.["terminal"] !== undefined };
    }),
);

describe(`the commands of ${page}`, () => {
  let server: FakeServer;
  let directory: string;

  beforeAll(async () => {
    server = await fakeServer();
    serve(server);
    directory = await realpath(await mkdtemp(join(tmpdir(), "errand-guide-")));
    await writeFile(join(directory, "bio.txt"), "First of her trade.\n");
    process.env["API_TOKEN"] = "token-of-the-guide";
  });
  afterAll(async () => {
    delete process.env["API_TOKEN"];
    await server.close();
    await rm(directory, { recursive: true });
  });

  it("are there", () => expect(shown.length).toBeGreaterThan(15));

  it.each(shown)("$command", async ({ command, output, isTerminal }) => {
    const io = memoryIo({ cwd: directory, env: { HOME: directory, NO_COLOR: "1" }, terminal: isTerminal ? ["stdout"] : [] });
    const [program, ...argv] = splitCommand(command.replaceAll("api.example.com", server.url));
    expect(program).toBe("errand");
    const code = await main(argv, io);
    const printed = [io.stdoutText(), io.stderrText()].map((part) => (part === "" || part.endsWith("\n") ? part : `${part}\n`)).join("");
    const exit = code === 0 ? "" : `(exit code ${code})\n`;
    const asOnThePage = printed.replaceAll(server.url, "https://api.example.com").replaceAll(`${directory}/`, "");
    expect(asOnThePage + exit).toBe(output);
  });
});

function serve(server: FakeServer): void {
  const close = { date: "Fri, 27 Nov 2026 12:00:00 GMT", connection: "close" };
  server.on("GET /users").reply({ json: [{ id: 3, name: "Ada" }] });
  server.on("GET /users/7").reply({ status: 404, json: { error: "no such user" } });
  server.on("POST /old").reply({ status: 307, headers: { location: "/new", ...close } });
  server.on("POST /new").reply({ status: 201, body: Buffer.from('{"id":1}'), headers: close });
  server.on("GET /private").reply(({ headers }) => ({ text: headers.authorization === "Bearer token-of-the-guide" ? "welcome" : "who?" }));
  server.on("GET /report").reply({ text: "a,b", headers: { "content-disposition": 'attachment; filename="report.csv"' } });
  server.on("GET /list").reply({ json: [{ id: 1 }, { id: 2 }], headers: { link: '</list?page=2>; rel="next"' } });
  server.on("GET /list?page=2").reply({ json: { items: [{ id: 3 }] } });
  server.on("POST /login").reply({ text: "hello ada", headers: { "set-cookie": "sid=42; Path=/" } });
  server.on("GET /cart").reply(({ headers }) => ({ text: `cart of session ${/sid=(\d+)/.exec(headers.cookie ?? "")?.[1]}` }));
}
