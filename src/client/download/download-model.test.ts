import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { server, testSession } from "../../../test/test-session.ts";
import { RequestError } from "../../errors/index.ts";
import type { FakeCall, FakeReply } from "../../playground/index.ts";
import { resolveRetry, RetryBudget } from "../../retry/index.ts";
import { download } from "./download.ts";

/** What the server does with one request. */
type Deed = "whole" | "cut" | "ignore" | "shift" | "stale" | "short" | "surplus" | "refuse" | "fail" | "replace";

const versions = ["a", "b", "c"].map((letter) => Buffer.from(Array.from({ length: 300 }, (_, index) => `${letter}${index};`).join("")));

/** A server whose file changes, and that keeps to the rules only sometimes. Its ETags alone are always right. */
function misbehaving(deeds: readonly { readonly deed: Deed; readonly atByte: number }[]): (call: FakeCall) => FakeReply {
  let version = 0;
  let count = 0;
  return (call) => {
    const { deed, atByte } = deeds[count % deeds.length] ?? { deed: "whole", atByte: 0 };
    count += 1;
    // In the end it behaves.
    const kind = count > 25 ? "whole" : deed;
    if (kind === "replace") version = (version + 1) % versions.length;
    const body = versions[version] ?? Buffer.alloc(0);
    const headers = { etag: `"${version}"` };
    const from = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1] ?? Number.NaN);
    const isPartial = call.headers["if-range"] === headers.etag && from < body.length;
    if (kind === "fail") return { status: 404 };
    if (kind === "refuse" && !Number.isNaN(from)) return { status: 416 };
    const cut = kind === "cut" ? { cutAfterBytes: atByte } : {};
    if (!isPartial || kind === "ignore") return { body, headers, ...cut };
    const range = (first: number, last: number): Record<string, string> => ({
      ...headers,
      "content-range": `bytes ${first}-${last}/${body.length}`,
    });
    const rest = body.subarray(from);
    if (kind === "shift")
      return { status: 206, body: body.subarray(Math.max(0, from - 1)), headers: range(Math.max(0, from - 1), body.length - 1) };
    if (kind === "stale")
      return {
        status: 206,
        body: versions[2 - version]?.subarray(from) ?? rest,
        headers: { ...range(from, body.length - 1), etag: '"other"' },
      };
    if (kind === "short")
      return {
        status: 206,
        body: rest.subarray(0, Math.ceil(rest.length / 2)),
        headers: range(from, from + Math.ceil(rest.length / 2) - 1),
      };
    if (kind === "surplus") return { status: 206, stream: [rest, "surplus"], headers: range(from, body.length - 1) };
    return { status: 206, body: rest, headers: range(from, body.length - 1), ...cut };
  };
}

it("a download is one whole version of the file or not there at all, whatever the server does", { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "errand-model-"));
  const api = await server();
  const { session } = testSession({ retry: false });
  const deed = fc.constantFrom<Deed>(
    "whole",
    "cut",
    "cut",
    "cut",
    "ignore",
    "shift",
    "stale",
    "short",
    "surplus",
    "refuse",
    "fail",
    "replace",
  );
  const script = fc.array(fc.record({ deed, atByte: fc.integer({ min: 1, max: 1000 }) }), { minLength: 1, maxLength: 12 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (deeds, resume) => {
      run += 1;
      const url = new URL(`/file/${run}`, api.url);
      api.on(`GET /file/${run}`).reply(misbehaving(deeds));
      const target = join(directory, "f");
      const source = {
        url,
        open: (options: object) => session.get(url, { ...options, stream: true as const }),
        retry: resolveRetry({ attempts: 2 }),
        budget: new RetryBudget(),
        sleep: async () => undefined,
        now: () => 0,
        random: () => 0,
      };
      let isDone = false;
      for (let calls = 0; !isDone && calls < 40; calls += 1) {
        try {
          await download(source, target, { resume });
          isDone = true;
        } catch (error) {
          expect(error).toBeInstanceOf(RequestError);
          expect((await readdir(directory)).filter((name) => name === "f" || name.endsWith(".lock"))).toEqual([]);
        }
      }
      const content = await readFile(target);
      expect(versions.some((version) => version.equals(content))).toBe(true);
      expect(await readdir(directory)).toEqual(["f"]);
      await rm(target);
    }),
    { numRuns: 60 },
  );
  await rm(directory, { recursive: true });
});
