import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TestRequest } from "../../../test/signing-request.ts";
import { AWSSigV4 } from "./aws-sig-v4.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { signatureOf, SigningKey, stringToSign } from "./signature.ts";

/** A case of AWS's Signature Version 4 test suite: the request as it stands in the .req file, and what is signed. */
interface Vector {
  readonly name: string;
  /** Method and target, raw. */
  readonly line: string;
  readonly headers?: readonly (readonly [name: string, ...values: string[]])[];
  readonly body?: string;
  /** The path and query lines of the .creq file. */
  readonly canonical?: readonly [path: string, query: string];
  /** Of the .authz file. */
  readonly signature: string;
  readonly signed?: string;
}

const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const token =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const postVanilla = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";

const vectors: readonly Vector[] = [
  { name: "get-vanilla", line: "GET /", canonical: ["/", ""], signature: vanilla },
  { name: "get-vanilla-query", line: "GET /?", canonical: ["/", ""], signature: vanilla },
  {
    name: "get-vanilla-empty-query-key",
    line: "GET /?Param1=value1",
    canonical: ["/", "Param1=value1"],
    signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  {
    name: "get-vanilla-query-order-key",
    line: "GET /?Param1=value2&Param1=Value1",
    canonical: ["/", "Param1=Value1&Param1=value2"],
    signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
  },
  {
    name: "get-vanilla-query-order-key-case",
    line: "GET /?Param2=value2&Param1=value1",
    canonical: ["/", "Param1=value1&Param2=value2"],
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "get-vanilla-query-order-value",
    line: "GET /?Param1=value2&Param1=value1",
    canonical: ["/", "Param1=value1&Param1=value2"],
    signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
  },
  {
    name: "get-vanilla-query-order-encoded",
    line: "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
    canonical: ["/", "%E1%88%B4=Value1&Param=Value2&Param-3=Value3"],
    signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
  },
  {
    name: "get-vanilla-query-unreserved",
    line: `GET /?${unreserved}=${unreserved}`,
    canonical: ["/", `${unreserved}=${unreserved}`],
    signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  },
  {
    name: "get-vanilla-utf8-query",
    line: "GET /?ሴ=bar",
    canonical: ["/", "%E1%88%B4=bar"],
    signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  },
  {
    name: "get-unreserved",
    line: `GET /${unreserved}`,
    canonical: [`/${unreserved}`, ""],
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  {
    name: "get-utf8",
    line: "GET /ሴ",
    canonical: ["/%E1%88%B4", ""],
    signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
  },
  {
    name: "get-header-key-duplicate",
    line: "GET /",
    headers: [
      ["My-Header1", "value2"],
      ["My-Header1", "value2"],
      ["my-header1", "value1"],
    ],
    signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    signed: "host;my-header1;x-amz-date",
  },
  {
    name: "get-header-value-multiline",
    line: "GET /",
    headers: [["My-Header1", "value1\n  value2\n     value3"]],
    signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
    signed: "host;my-header1;x-amz-date",
  },
  {
    name: "get-header-value-order",
    line: "GET /",
    headers: [["My-Header1", "value4", "value1", "value3", "value2"]],
    signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    signed: "host;my-header1;x-amz-date",
  },
  {
    name: "get-header-value-trim",
    line: "GET /",
    headers: [
      ["My-Header1", " value1"],
      ["My-Header2", ' "a   b   c"'],
    ],
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    signed: "host;my-header1;my-header2;x-amz-date",
  },
  { name: "normalize-path/get-relative", line: "GET /example/..", canonical: ["/", ""], signature: vanilla },
  { name: "normalize-path/get-relative-relative", line: "GET /example1/example2/../..", canonical: ["/", ""], signature: vanilla },
  { name: "normalize-path/get-slash", line: "GET //", canonical: ["/", ""], signature: vanilla },
  { name: "normalize-path/get-slash-dot-slash", line: "GET /./", canonical: ["/", ""], signature: vanilla },
  {
    name: "normalize-path/get-slash-pointless-dot",
    line: "GET /./example",
    canonical: ["/example", ""],
    signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
  },
  {
    name: "normalize-path/get-slashes",
    line: "GET //example//",
    canonical: ["/example/", ""],
    signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  },
  {
    name: "normalize-path/get-space",
    line: "GET /example space/",
    canonical: ["/example%20space/", ""],
    signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
  },
  {
    name: "normalize-path/get-special-character",
    line: "GET /example/$delete",
    canonical: ["/example/%24delete", ""],
    signature: "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27",
  },
  { name: "post-vanilla", line: "POST /", signature: postVanilla },
  {
    name: "post-vanilla-query",
    line: "POST /?Param1=value1",
    canonical: ["/", "Param1=value1"],
    signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
  },
  { name: "post-header-key-case", line: "POST /", signature: postVanilla },
  {
    name: "post-header-key-sort",
    line: "POST /",
    headers: [["My-Header1", "value1"]],
    signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    signed: "host;my-header1;x-amz-date",
  },
  {
    name: "post-header-value-case",
    line: "POST /",
    headers: [["My-Header1", "VALUE1"]],
    signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    signed: "host;my-header1;x-amz-date",
  },
  {
    name: "post-x-www-form-urlencoded",
    line: "POST /",
    headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    body: "Param1=value1",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    signed: "content-type;host;x-amz-date",
  },
  {
    name: "post-x-www-form-urlencoded-parameters",
    line: "POST /",
    headers: [["Content-Type", "application/x-www-form-urlencoded; charset=utf8"]],
    body: "Param1=value1",
    signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    signed: "content-type;host;x-amz-date",
  },
  { name: "post-sts-token/post-sts-header-after", line: "POST /", signature: postVanilla },
  {
    name: "post-sts-token/post-sts-header-before",
    line: "POST /",
    headers: [["X-Amz-Security-Token", token]],
    signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    signed: "host;x-amz-date;x-amz-security-token",
  },
];

const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const scope = { timestamp: "20150830T123600Z", region: "us-east-1", service: "service" };
const at = (time: string): { now: () => number; monotonic: () => number; random: () => number } => ({
  now: () => Date.parse(time),
  monotonic: () => 0,
  random: () => 0,
});
const suiteClock = at("2015-08-30T12:36:00Z");

const authorization = (signed: string, signature: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signed}, Signature=${signature}`;

describe("AWS's Signature Version 4 test suite", () => {
  it.each(vectors)("$name", ({ line, headers = [], body = "", canonical, signature, signed = "host;x-amz-date" }) => {
    const [method = "", path = "", search = ""] = /^(\S+) ([^?]*)(.*)$/.exec(line)?.slice(1) ?? [];
    const lines = [
      ["Host", ["example.amazonaws.com"]] as const,
      ...headers.map(([name, ...values]) => [name, values] as const),
      ["X-Amz-Date", [scope.timestamp]] as const,
    ];
    const payloadHash = createHash("sha256").update(body).digest("hex");
    const request = canonicalRequest({ method, path, search, headers: lines, payloadHash, isS3: false });
    if (canonical !== undefined) expect(request.text.split("\n").slice(1, 3)).toEqual(canonical);
    expect(request.signedHeaders).toBe(signed);
    expect(signatureOf(new SigningKey().derive(secretAccessKey, scope), stringToSign(scope, request.text))).toBe(signature);
  });

  const url = ({ line }: Vector): string => `https://example.amazonaws.com${line.replace(/^\S+ /, "")}`;
  // A URL holds no raw blanks, letters beyond ASCII or dot segments, and one value a header is what the public surface takes.
  const sendable = vectors.filter(
    (vector) =>
      new URL(url(vector)).href === url(vector) &&
      (vector.headers ?? []).every(
        ([name, value, ...more], _, all) =>
          more.length === 0 &&
          value?.includes("\n") === false &&
          all.filter(([other]) => other.toLowerCase() === name.toLowerCase()).length === 1,
      ),
  );

  it.each(sendable)("$name, through awsSigV4()", async (vector) => {
    const auth = new AWSSigV4({ service: "service", region: "us-east-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey }, suiteClock);
    const request = new TestRequest(url(vector), {
      method: vector.line.split(" ")[0] ?? "",
      headers: Object.fromEntries(vector.headers ?? []),
      body: vector.body ?? "",
    });
    expect(auth.sign(request)).toBeUndefined();
    expect(await request.header("authorization")).toBe(authorization(vector.signed ?? "host;x-amz-date", vector.signature));
    expect(await request.header("x-amz-date")).toBe("20150830T123600Z");
  });

  it("covers most of the suite through awsSigV4()", () => {
    expect(sendable.length).toBeGreaterThan(20);
  });

  it("get-vanilla-with-session-token", async () => {
    const sessionToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    const auth = new AWSSigV4(
      { service: "service", region: "us-east-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey, sessionToken },
      suiteClock,
    );
    const request = new TestRequest("https://example.amazonaws.com/", {
      headers: { "x-amz-security-token": "the caller's, which is replaced" },
    });
    void auth.sign(request);
    expect(await request.header("x-amz-security-token")).toBe(sessionToken);
    expect(await request.header("authorization")).toBe(
      authorization("host;x-amz-date;x-amz-security-token", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    );
  });
});

describe("the examples of AWS's documentation", () => {
  it("signs IAM's ListUsers, with the documented signing key", async () => {
    const auth = new AWSSigV4({ service: "iam", region: "us-east-1", accessKeyId: "AKIDEXAMPLE", secretAccessKey }, suiteClock);
    const request = new TestRequest("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", {
      headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" },
    });
    void auth.sign(request);
    expect(await request.header("authorization")).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
    const key = new SigningKey().derive(secretAccessKey, { ...scope, service: "iam" });
    expect(key.toString("hex")).toBe("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  });

  it.each([
    ["GET object", "GET", "/test.txt", { Range: "bytes=0-9" }, "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"],
    [
      "PUT object",
      "PUT",
      "/test$file.text",
      { Date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      "Welcome to Amazon S3.",
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    ["GET bucket lifecycle", "GET", "/?lifecycle", {}, "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    [
      "GET bucket (list objects)",
      "GET",
      "/?max-keys=2&prefix=J",
      {},
      "",
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ])("signs S3's %s", async (_, method, target, headers, body, signature) => {
    const options = {
      service: "s3",
      region: "us-east-1",
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    };
    const auth = new AWSSigV4(options, at("2013-05-24T00:00:00Z"));
    const request = new TestRequest(`https://examplebucket.s3.amazonaws.com${target}`, { method, headers, body });
    void auth.sign(request);
    expect(await request.header("authorization")).toMatch(new RegExp(`Signature=${signature}$`));
  });
});
