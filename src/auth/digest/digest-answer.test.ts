import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldsOf } from "../../../test/digest-server.ts";
import { TestRequest } from "../../../test/signing-request.ts";
import { DigestAuth } from "./digest.ts";

interface Published {
  readonly user: string;
  readonly password: string;
  readonly challenge: string;
  readonly url: string;
  readonly cnonce?: string;
}

/** The Authorization header that answers one challenge. */
async function answer({ user, password, challenge, url, cnonce = "0a4f113b" }: Published): Promise<string> {
  const auth = new DigestAuth(user, password, () => cnonce);
  const request = new TestRequest(url);
  expect(auth.challenge({ status: 401, rawHeaders: [["WWW-Authenticate", challenge]], header: () => challenge }, request)).toBe(true);
  expect(auth.sign(request)).toBeUndefined();
  return (await request.header("authorization")) ?? "";
}

describe("digest's answers", () => {
  const mufasa = {
    user: "Mufasa",
    password: "Circle of Life",
    url: "http://www.example.org/dir/index.html",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  };
  const parts =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

  it.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("is RFC 7616 3.9.1's for %s, quoted where it must be and not where it must not", async (algorithm, response) => {
    expect(await answer({ ...mufasa, challenge: `Digest ${parts}, algorithm=${algorithm}` })).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", algorithm=${algorithm}, nc=00000001, cnonce="${mufasa.cnonce}", qop=auth, response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    );
  });

  it("is RFC 2617 3.5's", async () => {
    const challenge =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
    const header = await answer({ user: "Mufasa", password: "Circle Of Life", challenge, url: "http://h/dir/index.html" });
    expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
    expect(header).not.toContain("algorithm");
  });

  it("is RFC 2069's without a qop: no qop, nc or cnonce", async () => {
    const challenge =
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
    const header = await answer({ user: "Mufasa", password: "CircleOfLife", challenge, url: "http://h/dir/index.html" });
    // The RFC's own figure is wrong; this is the one of its erratum 749.
    expect(fieldsOf(header)?.["response"]).toBe("1949323746fe6a43ef61f9606e7febea");
    expect(Object.keys(fieldsOf(header) ?? {})).toEqual(["username", "realm", "uri", "nonce", "response", "opaque"]);
  });

  it("hashes the user name for a server that wants it (RFC 7616 3.9.2, erratum 4897)", async () => {
    const challenge =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true';
    const header = await answer({
      user: "Jäsøn Doe",
      password: "Secret, or not?",
      challenge,
      url: "http://api.example.org/doe.json",
      cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm",
    });
    expect(header).toContain('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
    expect(header).toMatch(/, userhash=true$/);
  });

  it("writes a user name beyond ASCII extended for a server that says UTF-8, as bytes for others", async () => {
    const challenge = 'Digest realm="r", nonce="n", qop="auth"';
    const init = { user: "Jäs(ø)n Doe", password: "password-1", url: "http://h/" };
    expect(await answer({ ...init, challenge: `${challenge}, charset=utf-8` })).toContain("username*=UTF-8''J%C3%A4s%28%C3%B8%29n%20Doe,");
    expect(await answer({ ...init, challenge })).toContain(`username="${Buffer.from(init.user).toString("latin1")}"`);
    expect(await answer({ ...init, user: 'quo"te\\', challenge })).toContain('username="quo\\"te\\\\"');
  });

  it("reads back as what was asked and who asks, for any realm, nonce and user name", async () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab ",\\=;:é')), minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (realm, nonce, user) => {
        const quoted = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;
        const header = await answer({
          user,
          password: "password-1",
          challenge: `Digest realm=${quoted(realm)}, nonce=${quoted(nonce)}, qop=auth`,
          url: "http://h/a?b=c",
        });
        expect(fieldsOf(header)).toMatchObject({
          realm,
          nonce,
          uri: "/a?b=c",
          username: Buffer.from(user).toString("latin1"),
          qop: "auth",
          nc: "00000001",
        });
      }),
    );
  });
});
