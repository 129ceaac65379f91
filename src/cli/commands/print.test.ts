import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { fakeServer, type FakeServer } from "../../playground/index.ts";
import { main } from "../program.ts";

const letters = ["H", "B", "h", "b", "m"] as const;
/** All 32 of them. */
const combinations = Array.from({ length: 2 ** letters.length }, (_, bits) =>
  letters.filter((_letter, index) => (bits >> index) & 1).join(""),
);

describe("--print", () => {
  let server: FakeServer;
  beforeAll(async () => {
    server = await fakeServer();
    server.on("POST /echo").reply({ status: 201, json: { b: 1, a: [] } });
  });
  afterAll(() => server.close());

  async function printed(what: string, terminal: readonly "stdout"[]): Promise<string> {
    const io = memoryIo({ terminal, env: { NO_COLOR: "1" } });
    expect(await main([`--print=${what}`, `${server.url}/echo`, "x:=1"], io)).toBe(0);
    expect(io.stderrText()).toBe("");
    return io.stdoutText();
  }

  /** What stands for each part; lines of a head are looked at by their beginnings. */
  function partsIn(text: string, isTerminal: boolean): string {
    const patterns: Record<(typeof letters)[number], RegExp> = {
      H: /^POST http:.*\n(?:[\w-]+: .*\n)+/m,
      B: isTerminal ? /^\{\n {2}"x": 1\n\}\n/m : /^\{"x":1\}/m,
      h: /^HTTP 201 Created\n(?:[\w-]+: .*\n)+/m,
      b: isTerminal ? /^\{\n {2}"b": 1,\n {2}"a": \[\]\n\}\n/m : /^\{"b":1,"a":\[\]\}/m,
      m: /^elapsed: .*\n/m,
    };
    const places = letters.map((letter) => [letter, text.search(patterns[letter])] as const).filter(([, at]) => at !== -1);
    return places
      .toSorted(([, a], [, b]) => a - b)
      .map(([letter]) => letter)
      .join("");
  }

  it.each(combinations)("%s prints these parts alone and in this order, on a terminal and in a pipe", async (what) => {
    for (const isTerminal of [true, false]) {
      const text = await printed(what, isTerminal ? ["stdout"] : []);
      expect(partsIn(text, isTerminal)).toBe(what);
      if (what === "") expect(text).toBe("");
      // A blank line between two parts, none before the first and none after the last.
      const gaps = text.match(/\n\n/g)?.length ?? 0;
      expect(gaps).toBe(Math.max(0, what.length - 1));
      expect(text).not.toMatch(/^\n|\n\n$|\r/);
    }
  });

  it("by default is head and body on a terminal, the body in a pipe, nothing of the head with -v", async () => {
    const run = async (argv: readonly string[], terminal: readonly "stdout"[]): Promise<string> => {
      const io = memoryIo({ terminal, env: { NO_COLOR: "1" } });
      await main([...argv, `${server.url}/echo`, "x:=1"], io);
      return io.stdoutText();
    };
    expect(partsIn(await run([], ["stdout"]), true)).toBe("hb");
    expect(partsIn(await run([], []), false)).toBe("b");
    expect(partsIn(await run(["-v"], ["stdout"]), true)).toBe("b");
    expect(partsIn(await run(["-h"], []), false)).toBe("h");
    expect(partsIn(await run(["-m"], ["stdout"]), true)).toBe("m");
    expect(partsIn(await run(["--offline"], []), false)).toBe("HB");
  });
});
