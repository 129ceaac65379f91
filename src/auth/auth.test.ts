import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { isSecret, literalSecret, openSecret, redactText, secret, type Secret } from "../secrets/index.ts";
import { apiKey, type Auth, basic, bearer, isAuth, type SigningRequest } from "./index.ts";

class RecordingRequest implements SigningRequest {
  readonly method = "GET";
  readonly url = new URL("http://127.0.0.1/");
  readonly sent = new Map<string, string | Secret>();
  setHeader(name: string, value: string | Secret): void {
    this.sent.set(name.toLowerCase(), value);
  }
  hasHeader(name: string): boolean {
    return this.sent.has(name.toLowerCase());
  }
}

/** What `sign` sets, and what transport would send. */
function signed(auth: Auth): { readonly name: string; readonly value: string | Secret; readonly open: () => string | Promise<string> } {
  const request = new RecordingRequest();
  expect(auth.sign(request)).toBeUndefined();
  const [[name, value] = ["", ""]] = request.sent;
  return { name, value, open: () => (isSecret(value) ? openSecret(value) : value) };
}

function failureOf(action: () => unknown): InvalidRequestError {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("bearer", () => {
  it("sets an Authorization header that only transport can read, without opening it", () => {
    const { name, value, open } = signed(bearer("bearer-token-literal"));
    expect(name).toBe("authorization");
    expect(isSecret(value)).toBe(true);
    expect(String(value)).toBe("[secret Bearer token]");
    expect(open()).toBe("Bearer bearer-token-literal");
    expect(String(signed(bearer(secret("env:ERRAND_NOT_SET"))).value)).toBe("[secret Bearer env:ERRAND_NOT_SET]");
    expect(redactText("x bearer-token-literal x")).toBe("x [redacted] x");
  });

  it("takes the tokens the field uses", () => {
    for (const token of ["eyJh.eyJz.c2ln", "1|sanctumToken", "ya29.a0/_-~+==", "user:token", "abc==--def0"]) {
      expect(signed(bearer(token)).open()).toBe(`Bearer ${token}`);
    }
  });

  it.each([
    ["token-with-newline\n", /ends in a line break/],
    [" token-with-space", /begins or ends with whitespace/],
    ["Bearer doubled-word-token", /begins with the word "Bearer"/],
    ['"quoted-token-value"', /has quotes around it/],
    ["${UNFILLED_TOKEN}", /placeholder/],
    ["{{ unfilled_token }}", /placeholder/],
    ["token-日本-value", /outside printable ASCII/],
    ["token with spaces", /a character that no token has/],
    ["injected\r\nX-Evil: 1", /outside printable ASCII/],
  ])("refuses %j when it is opened, says why, and does not quote it", (token, reason) => {
    const error = failureOf(() => signed(bearer(literalSecret(token, "env:API_TOKEN"))).open());
    expect(error.code).toBe("ERR_INVALID_HEADER");
    expect(error.message).toMatch(reason);
    expect(error.message).toContain("env:API_TOKEN");
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(token.trim());
  });

  it("opens to a valid field value or throws without the token, for any token", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: "binary" }), (token) => {
        const { open } = signed(bearer(token));
        try {
          expect(open()).toMatch(/^Bearer [!-~]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          expect(inspect(error, { depth: 10 })).not.toContain(token);
        }
      }),
    );
  });

  it("refuses what is no token at once", () => {
    for (const token of ["", undefined, null, 7]) {
      const error = failureOf(() => bearer(token as unknown as string));
      expect(error.code).toBe("ERR_INVALID_OPTION");
      expect(error.message).toMatch(/bearer\(\) takes a token, a string or a Secret, not (an empty string|undefined|null|number)/);
    }
  });
});

describe("basic", () => {
  it("encodes user and password in UTF-8 (RFC 7617 2.1)", () => {
    expect(signed(basic("Aladdin", "open sesame")).open()).toBe("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    expect(signed(basic("test", "123£")).open()).toBe("Basic dGVzdDoxMjPCow==");
  });

  it("hides password and encoded credentials, short ones and a user name that stands alone included", () => {
    const short = signed(basic("deploy-user", "pw"));
    void short.open();
    const encoded = Buffer.from("deploy-user:pw").toString("base64");
    expect(redactText(`x ${encoded} x`)).toBe("x [redacted] x");
    const tokenAsUser = signed(basic("sk_live_token_as_user", ""));
    expect(tokenAsUser.open()).toBe(`Basic ${Buffer.from("sk_live_token_as_user:").toString("base64")}`);
    expect(String(tokenAsUser.value)).not.toContain("sk_live");
    expect(redactText(`curl -u sk_live_token_as_user: h`)).not.toContain("sk_live");
  });

  it("refuses a user name with a colon or control character, and does not quote it", () => {
    for (const user of ["us:er-name", "user-name\n", undefined]) {
      const error = failureOf(() => basic(user as string, "password-x"));
      expect(error.code).toBe("ERR_INVALID_OPTION");
      expect(error.message).toMatch(/contains a colon|control character|is undefined/);
      expect(error.message).not.toContain("er-name");
    }
  });

  it("refuses a password with a control character when it is opened", () => {
    const error = failureOf(() => signed(basic("user", "password-line\n")).open());
    expect(error.message).toMatch(/\(password\) contains a control character: it ends in a line break/);
    expect(inspect(error)).not.toContain("password-line");
  });
});

describe("apiKey", () => {
  it("sets its header to the secret itself", () => {
    const key = secret("env:ERRAND_NOT_SET");
    const { name, value } = signed(apiKey("X-Api-Key", key));
    expect(name).toBe("x-api-key");
    expect(value).toBe(key);
    expect(signed(apiKey("X-Api-Key", "literal-api-key")).open()).toBe("literal-api-key");
    expect(redactText("literal-api-key")).toBe("[redacted]");
  });

  it("refuses a header name that is none, and does not quote it: it may be the key", () => {
    for (const name of ["", "X Api Key", "a:b", "key-value\n", "größe"]) {
      const error = failureOf(() => apiKey(name, "api-key-value"));
      expect(error.code).toBe("ERR_INVALID_HEADER");
      if (name !== "") expect(inspect(error)).not.toContain(name);
    }
    expect(failureOf(() => apiKey("X-Api-Key", "")).message).toContain("apiKey() takes a key");
  });
});

describe("every Auth", () => {
  it("shows scheme and reference, never a credential", () => {
    const auths = [basic("some-user", "shown-nowhere-1"), bearer("shown-nowhere-2"), apiKey("X-Api-Key", "shown-nowhere-3")];
    for (const auth of auths) void signed(auth).open();
    const text = auths.map((auth) =>
      [
        inspect({ auth }, { depth: 10, showHidden: true }),
        inspect(auth, { customInspect: false, showHidden: true }),
        JSON.stringify({ auth, copy: { ...auth } }),
        format("%s", auth),
        format("%o %O", auth, auth),
      ].join(),
    );
    expect(text.join()).not.toMatch(/shown-nowhere|some-user/);
    expect(auths.map((auth) => format("%s", auth))).toEqual(["[basic Basic password]", "[bearer Bearer token]", "[apiKey key]"]);
    expect(auths.map((auth) => auth.scheme)).toEqual(["basic", "bearer", "apiKey"]);
  });

  it("reads its file again on refresh and says whether the credential changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-auth-"));
    try {
      const file = join(folder, "token");
      for (const make of [bearer, (token: Secret) => basic("user", token), (token: Secret) => apiKey("X-Api-Key", token)]) {
        await writeFile(file, "file-credential-1\n");
        const auth = make(secret(`file:${file}`));
        const before = await signed(auth).open();
        expect(await auth.refresh?.()).toBe(false);
        await writeFile(file, "file-credential-2\n");
        expect(await auth.refresh?.()).toBe(true);
        const after = await signed(auth).open();
        expect(after).not.toBe(before);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("has nothing new for a literal", async () => {
    expect(await bearer("constant-token").refresh?.()).toBe(false);
  });

  it("leaves a header that the caller has set", () => {
    const request = new RecordingRequest();
    request.setHeader("authorization", "Custom x");
    void bearer("unused-token").sign(request);
    expect(request.sent.get("authorization")).toBe("Custom x");
  });

  it("is told from other values by isAuth", () => {
    expect(isAuth(bearer("any-token"))).toBe(true);
    expect(isAuth({ scheme: "own", sign: () => undefined })).toBe(true);
    for (const other of [undefined, null, "Bearer x", {}, { scheme: "x" }, { sign: () => undefined }, ["user", "password"]])
      expect(isAuth(other)).toBe(false);
  });
});
