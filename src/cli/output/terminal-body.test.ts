import { describe, expect, it } from "vitest";
import { painter } from "./color.ts";
import { terminalBody } from "./terminal-body.ts";

async function show(chunks: readonly (string | Uint8Array)[], contentType?: string): Promise<string> {
  let text = "";
  const options = { contentType, contentLength: undefined, paint: painter(false) };
  for await (const part of terminalBody(stream(chunks), options)) text += part;
  return text;
}

async function* stream(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe("terminalBody", () => {
  it("lays out JSON that comes in pieces, characters split between them", async () => {
    const bytes = Buffer.from('{"name":"é"}');
    expect(await show([bytes.subarray(0, 10), bytes.subarray(10)], "application/problem+json")).toBe('{\n  "name": "é"\n}\n');
  });

  it("shows what is not JSON, whatever it is called, as it came", async () => {
    expect(await show(["<html>\u0007"], "application/json")).toBe("<html>\\u0007\n");
  });

  it("lays out JSON of any length while it arrives, whatever the pieces", async () => {
    const value = { list: Array.from({ length: 60_000 }, (_, id) => ({ id, text: `a"b\\${id}`, is: [true, null] })) };
    const bytes = Buffer.from(JSON.stringify(value));
    expect(bytes.length).toBeGreaterThan(2_000_000);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 997) }, (_, index) => bytes.subarray(index * 997, (index + 1) * 997));
    expect(await show(pieces, "application/json")).toBe(`${JSON.stringify(value, undefined, 2)}\n`);
  });

  it("shows long text that is called JSON as it came", async () => {
    const long = `<p>${"x y ".repeat(400_000)}</p>`;
    expect(await show([long.slice(0, 1_200_000), long.slice(1_200_000)], "application/json")).toBe(`${long}\n`);
  });

  it("passes text on as it arrives", async () => {
    const parts: string[] = [];
    const options = { contentType: "text/event-stream", contentLength: undefined, paint: painter(false) };
    for await (const part of terminalBody(stream(["data: 1\n\n", "data: 2\n\n"]), options)) parts.push(part);
    expect(parts).toEqual(["data: 1\n\n", "data: 2\n\n"]);
  });

  it("does not show a line end that falls between two pieces as a control character", async () => {
    expect(await show(["a\r", "\nb\r"], "text/plain")).toBe("a\nb\\u000d\n");
  });

  it("reads the charset of the content type, and takes an unknown one for UTF-8", async () => {
    expect(await show([Buffer.from([0xe9])], "text/plain; charset=iso-8859-1")).toBe("é\n");
    expect(await show(["é"], "text/plain; charset=nonsense")).toBe("é\n");
  });

  it("names binary data instead of showing it, by type or by a NUL", async () => {
    expect(await show(["x"], "image/png")).toBe("(binary data is not shown on a terminal: image/png; save it with -o FILE)\n");
    expect(await show([Buffer.from([65, 0])])).toContain("(binary data is not shown on a terminal: no declared type;");
    expect(await show(["<svg/>"], "image/svg+xml")).toBe("<svg/>\n");
  });

  it("shows nothing for an empty body", async () => expect(await show([], "application/json")).toBe(""));
});
