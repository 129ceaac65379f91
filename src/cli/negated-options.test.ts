import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addRequestFlags } from "./commands/request/flags.ts";
import { addNegations } from "./negated-options.ts";

/** What the action of a request is given for these words. */
function flagsOf(words: readonly string[]): Record<string, unknown> {
  let flags: Record<string, unknown> = {};
  const command = addRequestFlags(new Command().exitOverride().configureOutput({ writeErr: () => {} })).action(
    (given: Record<string, unknown>) => {
      flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    },
  );
  addNegations(command);
  command.parse(words, { from: "user" });
  return flags;
}

const samples: Readonly<Record<string, string>> = {
  timeout: "1",
  deadline: "1",
  attempts: "1",
  maxRedirects: "1",
  maxItems: "1",
  print: "h",
  pretty: "all",
  responseCharset: "utf-8",
  responseMime: "a/b",
};

describe("addNegations", () => {
  const options = addRequestFlags(new Command()).options;

  it.each(options.map((option) => option.long ?? ""))("takes %s back", (long) => {
    const option = options.find((each) => each.long === long);
    const value = option?.required === true ? [samples[option.attributeName()] ?? "x"] : [];
    const opposite = long.startsWith("--no-") ? long.replace("--no-", "--") : long.replace("--", "--no-");
    const [before, given, back] = [flagsOf([]), flagsOf([long, ...value]), flagsOf([long, ...value, opposite])];
    // What is the default already (--follow) can be said, and denied.
    const isDefault = ["--follow", "--no-follow", "--check", "--no-check"].includes(long);
    if (!isDefault) expect(given).not.toEqual(before);
    if (!isDefault) expect(back).toEqual(before);
    expect(flagsOf([opposite, long, ...value])).toEqual(given);
  });

  it("leaves the help alone", () => {
    const command = addRequestFlags(new Command());
    const help = command.helpInformation();
    addNegations(command);
    expect(command.helpInformation()).toBe(help);
  });
});
