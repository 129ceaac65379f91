import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressProblem } from "./web-address.ts";

describe("addressProblem", () => {
  it.each([
    "https://hooks.slack.com/services/T0/B0/secret",
    "https://hooks.slack-gov.com/services/T0/B0/secret",
    "https://chat.example.com/hooks/abc?x=1",
    "http://127.0.0.1:40123/services/T0/B0/secret",
    "http://127.9.9.9/x",
    "http://localhost:40123/x",
    "http://slack.localhost/x",
    "http://[::1]:40123/x",
  ])("takes %s", (address) => {
    expect(addressProblem(address)).toBeUndefined();
  });

  it.each([
    ["http://hooks.slack.com/services/T0/B0/secret", "is http, which sends the credential in the open"],
    ["http://127.0.0.1.example.com/x", "is http"],
    ["http://localhost.example.com/x", "is http"],
    ["http://10.0.0.1/x", "is http"],
    ["hooks.slack.com/services/T0/B0/secret", "is not a URL"],
    ["ftp://hooks.slack.com/x", "is not an https URL"],
    ["https://user@hooks.slack.com/x", "has a user name in it"],
    ["https://hooks.slack.com/x#y", "has a fragment"],
    ["https://hooks.slack.com/x\n", "begins or ends with a blank or a line break"],
    ["https://hooks.slack.com/x y", "contains a blank"],
    ["https:\\\\hooks.slack.com\\x", "contains a blank, a control character or a backslash"],
    ['"https://hooks.slack.com/x"', "has quotes around it"],
    ["env:SLACK_WEBHOOK", "is a reference"],
    ["$SLACK_WEBHOOK", "placeholder"],
    ["${{ secrets.SLACK_WEBHOOK }}", "placeholder"],
    ["xoxb-123-456", "is a token, not a URL"],
    ["", "is empty"],
  ])("says what is wrong with %j", (address, problem) => {
    expect(addressProblem(address)?.problem).toContain(problem);
  });

  it("never repeats any of the address, and never fails", () => {
    const address = fc.oneof(fc.string({ minLength: 12 }), fc.webUrl(), fc.webUrl({ withFragments: true, validSchemes: ["http", "ftp"] }));
    fc.assert(
      fc.property(address, (text) => {
        const found = addressProblem(text);
        const words = `${found?.problem} ${found?.remedy}`;
        const windows = Array.from({ length: Math.max(0, text.length - 11) }, (_, at) => text.slice(at, at + 12));
        expect(windows.filter((window) => words.includes(window))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
