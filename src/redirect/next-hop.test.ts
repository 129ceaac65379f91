import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RedirectRefusedError, TooManyRedirectsError, type RequestSummary } from "../errors/index.ts";
import { nextHop, visitKey, type Hop, type HopInput } from "./next-hop.ts";
import { resolveRedirect, type RedirectOptions } from "./redirect-policy.ts";

interface Given extends Partial<Omit<HopInput, "url" | "policy">> {
  readonly from?: string;
  readonly redirect?: RedirectOptions | false;
}

function hop({ from = "https://api.test/start?token=s3cret", redirect, ...given }: Given): Hop {
  const url = new URL(from);
  const method = given.method ?? "GET";
  return nextHop({
    method,
    url,
    status: 302,
    location: "/next",
    hasBody: false,
    canReplayBody: true,
    trail: [{ method, url: "https://api.test/start?token=***" }],
    visited: new Set([visitKey(method, url)]),
    policy: resolveRedirect(redirect),
    ...given,
  });
}

function thrownBy(given: Given): unknown {
  try {
    hop(given);
  } catch (error) {
    return error;
  }
  throw new Error("was followed");
}

const requests = (count: number): RequestSummary[] =>
  Array.from({ length: count }, (_, index) => ({ method: "GET", url: `https://api.test/${index}` }));

describe("which answers are followed", () => {
  it.each([301, 302, 303, 307, 308])("follows a %d", (status) => {
    expect(hop({ status })).toMatchObject({ follow: true, method: "GET", url: new URL("https://api.test/next"), isSameOrigin: true });
  });

  it.each([200, 201, 202, 300, 304, 305, 306, 309, 399, 401, 503])("returns a %d, though it has a Location", (status) => {
    expect(hop({ status })).toEqual({ follow: false });
  });

  it.each([[undefined], [""], [" \t "]])("returns a redirect whose Location is %j", (location) => {
    expect(hop({ location })).toEqual({ follow: false });
  });

  it("returns every redirect when redirects are off, even one it would refuse", () => {
    expect(hop({ redirect: false })).toEqual({ follow: false });
    expect(hop({ redirect: false, location: "file:///etc/passwd" })).toEqual({ follow: false });
  });

  it("ignores blanks around the Location", () => {
    expect(hop({ location: "\t /next " })).toMatchObject({ url: new URL("https://api.test/next") });
  });
});

describe("method and body", () => {
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
  const after = (status: number): Record<string, [string, boolean]> =>
    Object.fromEntries(
      methods.map((method) => {
        const next = hop({ method, status, hasBody: true });
        return [method, next.follow ? [next.method, next.keepsBody] : ["", false]];
      }),
    );
  const kept = Object.fromEntries(methods.map((method) => [method, [method, true]]));

  it.each([301, 302])("turns POST into GET without its body on a %d and keeps the others", (status) => {
    expect(after(status)).toEqual({ ...kept, POST: ["GET", false] });
  });

  it("turns everything but HEAD into GET on a 303, and keeps no body", () => {
    expect(after(303)).toEqual(Object.fromEntries(methods.map((method) => [method, [method === "HEAD" ? "HEAD" : "GET", false]])));
  });

  it.each([307, 308])("keeps method and body on a %d", (status) => {
    expect(after(status)).toEqual(kept);
  });

  it("keeps no body where there is none", () => {
    expect(hop({ method: "DELETE", status: 307 })).toMatchObject({ method: "DELETE", keepsBody: false });
  });

  it("refuses to send a one-shot stream twice", () => {
    for (const status of [307, 308]) {
      const error = thrownBy({ method: "POST", status, hasBody: true, canReplayBody: false });
      expect(error).toBeInstanceOf(RedirectRefusedError);
      expect(error).toMatchObject({ message: expect.stringContaining("cannot be sent again") });
    }
    expect(thrownBy({ method: "PUT", status: 302, hasBody: true, canReplayBody: false })).toBeInstanceOf(RedirectRefusedError);
    expect(hop({ method: "POST", status: 303, hasBody: true, canReplayBody: false })).toMatchObject({ method: "GET", keepsBody: false });
  });

  it("refuses to send a body to another origin unless that is allowed", () => {
    const given = { method: "POST", status: 307, hasBody: true, location: "https://other.test/x?sig=abc" };
    expect(thrownBy(given)).toBeInstanceOf(RedirectRefusedError);
    expect(thrownBy(given)).toMatchObject({ hint: expect.stringContaining("crossOriginBody: true") });
    expect(hop({ ...given, redirect: { crossOriginBody: true } })).toMatchObject({ keepsBody: true, isSameOrigin: false });
    expect(hop({ ...given, hasBody: false })).toMatchObject({ method: "POST", isSameOrigin: false });
    expect(hop({ ...given, status: 303 })).toMatchObject({ method: "GET", keepsBody: false });
  });

  it("sends a body along when http becomes https on the same host", () => {
    const given = { from: "http://api.test/x", location: "https://api.test/x", method: "POST", status: 308, hasBody: true };
    expect(hop(given)).toMatchObject({ keepsBody: true, isSameOrigin: true });
  });
});

describe("the target", () => {
  it.each([
    ["file:///etc/passwd", "file"],
    ["data:text/plain,x", "data"],
    ["ftp://other.test/x", "ftp"],
    ["javascript:alert(1)", "javascript"],
    ["unix:/run/docker.sock", "unix"],
    ["market://details", "market"],
  ])("is refused when it is %s", (location, scheme) => {
    const error = thrownBy({ location });
    expect(error).toBeInstanceOf(RedirectRefusedError);
    expect(error).toMatchObject({ code: "ERR_REDIRECT_REFUSED", message: expect.stringContaining(`the scheme "${scheme}"`) });
  });

  it("is an ordinary host where other clients see a socket", () => {
    expect(hop({ location: "https://unix:/run/docker.sock:/x" })).toMatchObject({
      url: { hostname: "unix", pathname: "/run/docker.sock:/x" },
    });
  });

  it("is refused when it is http after https, unless that is allowed", () => {
    const given = { location: "http://api.test/next" };
    expect(thrownBy(given)).toMatchObject({ code: "ERR_REDIRECT_REFUSED", hint: expect.stringContaining("allowDowngrade: true") });
    expect(hop({ ...given, redirect: { allowDowngrade: true } })).toMatchObject({ follow: true, isSameOrigin: false });
    expect(hop({ ...given, from: "http://api.test/start" })).toMatchObject({ follow: true, isSameOrigin: true });
  });

  it("is refused when it is no URL, and the error shows the value escaped and without secrets", () => {
    const error = thrownBy({ location: "https://eve:pw@[bad\u00e9/x?token=s3cret" });
    expect(error).toBeInstanceOf(RedirectRefusedError);
    expect(error).toMatchObject({
      message: 'GET https://api.test/start?token=***: the 302 was not followed: its Location is not a URL: "https://***@[bad\\u00e9/x?..."',
      request: { method: "GET", url: "https://api.test/start?token=***" },
    });
  });

  it("is same-origin only on the same scheme, host and port", () => {
    expect(hop({ location: "https://api.test:8443/" })).toMatchObject({ isSameOrigin: false });
    expect(hop({ location: "//other.test/" })).toMatchObject({ isSameOrigin: false });
  });

  it("leaves the URL of the request as it was", () => {
    const url = new URL("https://u:p@api.test/start#here");
    const next = nextHop({ ...inputOf(url), location: "/next" });
    expect(next).toMatchObject({ url: new URL("https://api.test/next#here") });
    expect(url.href).toBe("https://u:p@api.test/start#here");
  });
});

function inputOf(url: URL): HopInput {
  const shared = { method: "GET", status: 302, location: "/", hasBody: false, canReplayBody: true, trail: requests(1) };
  return { ...shared, url, visited: new Set(), policy: resolveRedirect(undefined) };
}

describe("too many redirects", () => {
  it("follows 20 hops and throws on the 21st, with the trail", () => {
    expect(hop({ trail: requests(20) })).toMatchObject({ follow: true });
    const error = thrownBy({ trail: requests(21) });
    expect(error).toBeInstanceOf(TooManyRedirectsError);
    expect(error).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS", trail: requests(21), request: { url: "https://api.test/20" } });
    expect(error).toMatchObject({ message: expect.stringContaining("redirect.max (20)") });
  });

  it("counts as redirect.max says, 0 included", () => {
    expect(hop({ redirect: { max: 1 } })).toMatchObject({ follow: true });
    expect(thrownBy({ redirect: { max: 1 }, trail: requests(2) })).toBeInstanceOf(TooManyRedirectsError);
    expect(thrownBy({ redirect: { max: 0 } })).toBeInstanceOf(TooManyRedirectsError);
  });

  it("throws as soon as a request of the chain would be made again", () => {
    const first = new URL("https://api.test/a");
    const visited = new Set([visitKey("GET", first), visitKey("GET", new URL("https://api.test/b"))]);
    const error = thrownBy({ from: "https://api.test/b", location: "/a", visited, trail: requests(2) });
    expect(error).toBeInstanceOf(TooManyRedirectsError);
    expect(error).toMatchObject({ trail: requests(2), message: expect.stringContaining("leads back to a request that was already made") });
    expect(hop({ from: "https://api.test/b", location: "/a?again=1", visited })).toMatchObject({ follow: true });
  });

  it("takes a redirect to itself for a loop, with another fragment too", () => {
    expect(thrownBy({ from: "https://api.test/a", location: "/a", visited: new Set() })).toBeInstanceOf(TooManyRedirectsError);
    expect(thrownBy({ from: "https://api.test/a", location: "/a#x" })).toBeInstanceOf(TooManyRedirectsError);
    expect(thrownBy({ from: "https://u:p@api.test/a", location: "/a" })).toBeInstanceOf(TooManyRedirectsError);
  });

  it("does not take POST /login followed by GET /login for a loop", () => {
    expect(hop({ method: "POST", from: "https://api.test/login", location: "/login", status: 303 })).toMatchObject({ method: "GET" });
  });

  it("keeps its own copy of the trail", () => {
    const trail = requests(21);
    const error = thrownBy({ trail });
    trail.pop();
    expect(error).toHaveProperty("trail.length", 21);
  });
});

it("shows of a target no more than its origin, in every error", () => {
  const targets = fc.constantFrom(
    "https://other.test/S3CRET?S3CRET",
    "http://api.test/S3CRET?k=S3CRET",
    "ftp://h/S3CRET",
    "/start?token=s3cret",
  );
  fc.assert(
    fc.property(targets, fc.constantFrom("POST", "PUT"), (location, method) => {
      const error = thrownBy({ location, method, status: 307, hasBody: true });
      expect(JSON.stringify(error) + String(error)).not.toMatch(/s3cret/i);
    }),
  );
});

it("either follows to http or https or throws one of its two errors, whatever the Location", () => {
  const part = fc.constantFrom(
    "http:",
    "https:",
    "ftp:",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "h.test",
    "[::1]",
    "#",
    "?",
    "%",
    "..",
    "\u00e9",
    "\t",
    " ",
  );
  const anyLocation = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(anyLocation, fc.constantFrom(301, 303, 307), (location, status) => {
      try {
        const next = hop({ location, status });
        if (next.follow) expect(["http:", "https:"]).toContain(next.url.protocol);
      } catch (error) {
        expect(error instanceof RedirectRefusedError || error instanceof TooManyRedirectsError).toBe(true);
      }
    }),
  );
});
