import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "./message.ts";
import { slackMessage } from "./slack-message.ts";

const message: Message = {
  id: "end",
  triggers: ["critical"],
  tone: "bad",
  subject: "shop/web on prod: health is critical",
  lines: ["error rate < 1 & rising <!channel>"],
  next: "Look at <http://x|it>",
  context: [["cluster", "prod"]],
  runId: "run-1",
  startedAtMs: 1_900_000_000_000,
  entry: 0,
  isRepeat: false,
};

describe("a Slack message", () => {
  it("escapes the three characters that Slack reads, so that nothing pings a channel", () => {
    const sent = JSON.stringify(slackMessage(message));
    expect(sent).not.toContain("<!channel>");
    expect(sent).toContain("error rate &lt; 1 &amp; rising &lt;!channel&gt;");
    expect(slackMessage(message).text).toContain("Look at &lt;http://x|it&gt;");
  });

  it("carries the run's id in its metadata and says when it may be a repeat", () => {
    expect(slackMessage(message).metadata).toEqual({
      event_type: "errand_deploy",
      event_payload: { run: "run-1", message: "end", entry: 0 },
    });
    expect(slackMessage(message).text).not.toContain("possible repeat");
    expect(slackMessage({ ...message, isRepeat: true }).text).toContain("(possible repeat)");
  });

  it("stays below Slack's limit for a section, whatever its content, and never cuts an escape in two", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("&", "<", "a", "é", "😀"), maxLength: 4000 }), (text) => {
        for (const block of slackMessage({ ...message, lines: [text] }).blocks ?? []) {
          const content = (block as { text?: { text: string } }).text?.text ?? "";
          expect(content.length).toBeLessThanOrEqual(3000);
          expect(content.replace(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
          expect(content).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
        }
      }),
    );
  });
});
