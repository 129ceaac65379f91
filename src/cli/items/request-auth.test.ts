import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { Auth } from "../../auth/index.ts";
import { isSecret, openSecret } from "../../secrets/index.ts";
import { requestAuth } from "./request-auth.ts";

async function headerOf(auth: Auth): Promise<string> {
  let header: unknown;
  await auth.sign({
    method: "GET",
    url: new URL("http://localhost/"),
    hasHeader: () => false,
    setHeader: (_name, value) => (header = value),
  });
  return isSecret(header) ? await openSecret(header) : String(header);
}

const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

describe("requestAuth", () => {
  it.each([
    ["ann:pa:ss=word-long", basicOf("ann:pa:ss=word-long")],
    ["ann:", basicOf("ann:")],
    ["basic=ann:", basicOf("ann:")],
    ["bearer=tok-1234567890", "Bearer tok-1234567890"],
  ])("reads %s", async (text, header) => {
    expect(await headerOf(requestAuth(text, () => {}))).toBe(header);
  });

  it("makes a digest of a user and a reference", () => {
    const auth = requestAuth("digest=ann:env:CAMERA_PASSWORD", () => expect.unreachable());
    expect([auth.scheme, inspect(auth)]).toEqual(["digest", "[digest env:CAMERA_PASSWORD]"]);
    expect(() => requestAuth("digest=ann", () => {})).toThrow("-a has no user and password");
  });

  it("warns about a credential on the command line, without repeating it", () => {
    const warnings: string[] = [];
    requestAuth("ann:correct-horse", (message) => warnings.push(message));
    requestAuth("bearer=tok-1234567890", (message) => warnings.push(message));
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toMatch(/correct-horse|tok-123/);
    expect(warnings[1]).toContain("-a bearer=env:API_TOKEN");
  });

  it("does not warn about references and empty passwords", () => {
    const warn = (message: string): never => {
      throw new Error(message);
    };
    for (const text of ["bearer=env:TOKEN", "basic=ann:file:/run/secrets/p", "ann:"]) requestAuth(text, warn);
  });

  it.each(["ann", ":password", "basic=ann", "bearer=", "ann:env:PASSWORD", "bearer=evn:TOKEN"])("refuses %s", (text) => {
    expect(() => requestAuth(text, () => {})).toThrow(expect.objectContaining({ hint: expect.stringMatching(/./) }));
  });
});
