import { expect } from "vitest";
import type { FakeCall } from "../../src/playground/index.ts";
import { escapeBytes, type Case, type Section } from "./case-file.ts";
import { sectionsOf, textOf, type Outcome } from "./run-case.ts";

/** Compares what a case left behind with what its sections say. */
export function expectOutcome(parsed: Case, outcome: Outcome): void {
  const stderr = outcome.io.stderrText();
  // The exit code comes last but one would look at it first: stderr says why it is another one.
  expect({ exit: outcome.exitCode, stderr: "" }, `stderr was:\n${stderr}\nstdout was:\n${outcome.io.stdoutText()}`).toEqual({
    exit: Number(textOf(parsed, "exit")?.trim() ?? 0),
    stderr: "",
  });
  expectOutput(parsed, "stdout", outcome);
  expectOutput(parsed, "stderr", outcome);
  expectRequests(parsed, outcome);
  expectFiles(parsed, outcome);
}

function expectOutput(parsed: Case, name: "stdout" | "stderr", { io, expand }: Outcome): void {
  const bytes = name === "stdout" ? io.stdoutBytes() : Buffer.from(io.stderrText());
  const shown = ({ isEscaped }: Section): string => (isEscaped ? escapeBytes(bytes) : bytes.toString("utf8"));
  for (const section of sectionsOf(parsed, name)) expect(withNewline(shown(section)), name).toBe(expand(section.text));
  for (const section of sectionsOf(parsed, `${name} contains`)) {
    for (const line of linesOf(expand(section.text))) expect(shown(section), name).toContain(line);
  }
  for (const section of sectionsOf(parsed, `${name} lacks`)) {
    for (const line of linesOf(expand(section.text))) expect(shown(section), name).not.toContain(line);
  }
}

/** A section always ends with a newline, a response body often does not. */
function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function expectRequests(parsed: Case, { server, expand }: Outcome): void {
  const [all] = sectionsOf(parsed, "requests");
  if (all !== undefined) {
    const expected = linesOf(expand(all.text)).filter((line) => line !== "none");
    expect(server.calls.map((call) => `${call.method} ${call.target}`)).toEqual(expected);
  }
  for (const section of sectionsOf(parsed, "request")) {
    const call = server.calls[Number(section.argument) - 1];
    if (call === undefined) throw new Error(`there is no request ${section.argument}: ${server.calls.length} arrived`);
    expectRequest(call, expand(section.text));
  }
}

function expectRequest(call: FakeCall, text: string): void {
  const blank = text.indexOf("\n\n");
  const head = blank === -1 ? text : text.slice(0, blank);
  for (const line of linesOf(head)) {
    const lineOfHeader = /^(!?)([\w-]+)(?::\s*(.*))?$/.exec(line);
    if (lineOfHeader === null) expect(`${call.method} ${call.target}`).toBe(line);
    else expectHeader(call, lineOfHeader);
  }
  if (blank !== -1) expect(withNewline(call.text())).toBe(text.slice(blank + 2));
}

function expectHeader(call: FakeCall, [, not, name = "", value]: RegExpExecArray): void {
  const values = call.rawHeaders.filter((_, index) => index % 2 === 1 && call.rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase());
  if (not === "!") expect(values, `${name} must not be sent`).toEqual([]);
  else expect(values, `${name} is sent`).toContain(value ?? "");
}

function expectFiles(parsed: Case, { filesBefore, filesAfter, server, expand }: Outcome): void {
  for (const { argument, text } of sectionsOf(parsed, "result")) {
    expect(withNewline(filesAfter.get(argument) ?? "(missing)"), argument).toBe(expand(text));
  }
  for (const { argument } of sectionsOf(parsed, "missing")) expect([...filesAfter.keys()]).not.toContain(argument);
  if (sectionsOf(parsed, "changes nothing").length === 0) return;
  expect(Object.fromEntries(filesAfter), "files").toEqual(Object.fromEntries(filesBefore));
  expect(
    server.calls.filter(couldChange).map((call) => `${call.method} ${call.target}`),
    "requests that change something",
  ).toEqual([]);
}

/** Access reviews are POSTs that ask; dryRun=All is a write that the API server does not keep. */
function couldChange(call: FakeCall): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(call.method)) return false;
  return !call.path.startsWith("/apis/authorization.k8s.io/") && call.query.get("dryRun") !== "All";
}
