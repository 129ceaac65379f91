import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, DNSError, type Attempt } from "../../errors/index.ts";
import { UsageError } from "../usage-error.ts";
import { renderAttempts, renderRetry } from "./attempt.ts";
import { painter, statusColor } from "./color.ts";
import { escapeControls, escapeLine } from "./control-characters.ts";
import { renderFailure } from "./failure.ts";
import { renderHead, renderRedactedHead } from "./head.ts";
import { showSize } from "./size.ts";
import { renderTable } from "./table.ts";
import { renderWaterfall } from "./waterfall.ts";

const plain = painter(false);

function attempt(parts: Partial<Attempt>): Attempt {
  return { number: 1, method: "GET", url: "http://h/", startedAt: 0, timings: { totalMs: 12 }, isReusedConnection: false, ...parts };
}

describe("painter", () => {
  it("gives text back where there is no colour", () => expect(plain("red", "x")).toBe("x"));
  it("ends what it begins", () => expect(painter(true)("red", "x")).toBe("\u001b[31mx\u001b[39m"));
  it("leaves nothing in front of empty text", () => expect(painter(true)("red", "")).toBe(""));
  it("tells the classes of statuses apart", () =>
    expect([200, 301, 404, 503].map(statusColor)).toEqual(["green", "cyan", "yellow", "red"]));
});

describe("escapeControls", () => {
  it("shows escape sequences, bells, lone carriage returns and marks that reorder text", () => {
    expect(escapeControls("\u001b[2J\u0007a\rb\u202e\u009b")).toBe("\\u001b[2J\\u0007a\\u000db\\u202e\\u009b");
  });

  it("keeps line ends and tabs; on one line it shows them too", () => {
    expect(escapeControls("a\r\n\tb")).toBe("a\n\tb");
    expect(escapeLine("a\n\tb")).toBe("a\\n\\tb");
  });

  it("leaves no character that a terminal obeys, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeControls(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe("renderTable", () => {
  it("aligns columns, numbers to the right, without space at the end of a line", () => {
    const table = renderTable(
      [{ title: "NAME" }, { title: "N", align: "right" }, { title: "" }],
      [
        ["web", "10", "late"],
        ["ab", "9", ""],
      ],
    );
    expect(table).toBe("NAME   N\nweb   10  late\nab     9");
  });

  it("counts wide characters as two columns and combining ones as none", () => {
    expect(
      renderTable(
        [{ title: "A" }, { title: "B" }],
        [
          ["日本", "x"],
          ["e\u0301", "y"],
        ],
      ),
    ).toBe("A     B\n日本  x\ne\u0301     y");
  });

  it("shows control characters of a cell instead of obeying them", () => {
    expect(renderTable([{ title: "A" }], [["a\u001b[31m\nb"]])).toBe("A\na\\u001b[31m\\nb");
  });
});

describe("showSize", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [12_345, "12.3 kB"],
    [999_960, "1 MB"],
    [5e12, "5 TB"],
  ])("%d is %s", (bytes, text) => expect(showSize(bytes)).toBe(text));
});

describe("renderHead", () => {
  const head = {
    status: 404,
    statusText: "Nope",
    rawHeaders: [
      ["X-A", "1"],
      ["x-a", "2"],
      ["Set-Cookie", "sid=s3cret"],
    ] as const,
  };

  it("keeps the reason phrase, and order, case and number of the headers", () => {
    expect(renderHead(head, plain)).toBe("HTTP 404 Nope\nX-A: 1\nx-a: 2\nSet-Cookie: sid=s3cret");
  });

  it("hides credentials for logs", () => {
    expect(renderRedactedHead(head, plain)).toBe("HTTP 404 Nope\nX-A: 1\nx-a: 2\nSet-Cookie: [redacted]");
  });

  it("shows octets that are UTF-8 as such beside latin-1, and never obeys control characters", () => {
    const rawHeaders = [
      ["X", Buffer.from("café", "utf8").toString("latin1")],
      ["Y", "caf\u00e9"],
      ["Z", "\u001b[31m"],
    ] as const;
    expect(renderHead({ status: 200, statusText: "", rawHeaders }, plain)).toBe(
      "HTTP 200\nX: cafÃ© (UTF-8: café)\nY: caf\u00e9\nZ: \\u001b[31m".replace("Ã©", "Ã\u00a9"),
    );
  });
});

describe("attempts", () => {
  it("says what is waited for, and why so long", () => {
    expect(renderRetry(attempt({ status: 503, waitMs: 2_000, waitReason: "retryAfter" }), 3)).toBe(
      "attempt 1 of 3: 503, waiting 2 s (Retry-After)",
    );
    expect(renderRetry(attempt({ error: { code: "ERR_TIMEOUT", message: "" }, waitMs: 150, waitReason: "backoff" }), 3)).toBe(
      "attempt 1 of 3: ERR_TIMEOUT, waiting 150 ms",
    );
    expect(renderRetry(attempt({ status: 401, waitMs: 0 }), 3)).toBe("attempt 1 of 3: 401, trying again");
  });

  it("lists attempts with their waits", () => {
    const list = [
      attempt({ status: 429, waitMs: 1_000, waitReason: "rateLimit" }),
      attempt({ number: 2, status: 200, isReusedConnection: true }),
    ];
    expect(renderAttempts(list, plain)).toBe(
      "attempt 1: 429 after 12 ms, then waited 1 s (rate limit)\nattempt 2: 200 after 12 ms, reused connection",
    );
  });
});

describe("renderFailure", () => {
  it("gives message, code, hint and where to read more", () => {
    const error = new ConfigError({ code: "ERR_SECRET", message: "the secret is \u001b[31m missing", hint: "Set it." });
    expect(renderFailure(error, plain)).toBe(
      "errand: the secret is \\u001b[31m missing (ERR_SECRET)\n  Set it.\n  Try: errand explain ERR_SECRET",
    );
  });

  it("gives the command that looks at the way its own line", () => {
    const hint = "Check the spelling. Try: errand doctor https://api.example.com";
    expect(renderFailure(new DNSError({ code: "ERR_DNS", message: "no such name", hint }), plain)).toBe(
      "errand: no such name (ERR_DNS)\n  Check the spelling.\n  Try: errand doctor https://api.example.com\n  Try: errand explain ERR_DNS",
    );
  });

  it("leaves code and page out where the command line itself is wrong", () => {
    expect(renderFailure(new UsageError("no such thing", { hint: "Try it." }), plain)).toBe("errand: no such thing\n  Try it.");
  });
});

describe("renderWaterfall", () => {
  it("puts each phase where it lay in the whole, and leaves out those that did not happen", () => {
    const text = renderWaterfall({ connectMs: 50, waitMs: 100, receiveMs: 50, totalMs: 200 }, plain, 8);
    expect(text).toBe("connect ██        50 ms\nwait      ████    100 ms\nreceive       ██  50 ms\ntotal             200 ms");
  });

  it("shows a phase that took no time to speak of", () => {
    expect(renderWaterfall({ dnsMs: 0.04, totalMs: 1000 }, plain, 8)).toBe("dns     █         0.0 ms\ntotal             1 s");
  });
});
