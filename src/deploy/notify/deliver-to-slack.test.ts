import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSlack, type SlackOptions, type SlackStandIn } from "../../playground/index.ts";
import { Slack } from "../../services/slack/index.ts";
import { deliverToSlack } from "./deliver-to-slack.ts";
import type { Message } from "./message.ts";
import { tokenProblems } from "./token-problems.ts";

const signal = new AbortController().signal;
const startedAtMs = 1_900_000_000_000;
const alert: Message = {
  id: "critical",
  triggers: ["critical"],
  tone: "bad",
  subject: "shop/web on prod: health is critical",
  lines: [],
  next: undefined,
  context: [["run", "run-1"]],
  runId: "run-1",
  startedAtMs,
  entry: 0,
  isRepeat: false,
};
const repeat: Message = { ...alert, isRepeat: true };
const success: Message = { ...repeat, id: "end", tone: "good" };

let standIn: SlackStandIn;
const opened: Slack[] = [];

async function start(options: SlackOptions = {}): Promise<void> {
  await standIn?.close();
  standIn = await startSlack({ now: () => startedAtMs, ...options });
}

function slack(channel = "#deploys"): Slack {
  const client = new Slack({ token: standIn.botToken, url: standIn.apiUrl, channel, session: { retry: { backoff: 1 } } });
  opened.push(client);
  return client;
}

const texts = (): readonly string[] => standIn.inbox.map(({ text }) => text);

beforeEach(() => start());
afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
  await standIn.close();
});

describe("a message by a bot token", () => {
  it("that was interrupted after it was sent is found, by channel name or id, and not sent again", async () => {
    await deliverToSlack(slack(), alert, signal);
    for (const channel of ["#deploys", "deploys", "C02DEPLOYS"])
      expect(await deliverToSlack(slack(channel), repeat, signal)).toEqual({ note: "it was in the channel already" });
    expect(texts()).toEqual(["shop/web on prod: health is critical"]);
  });

  it("that was interrupted before it was sent is sent, without a mark: it is known to be the first", async () => {
    const report = await deliverToSlack(slack(), success, signal);
    expect(report?.note).toContain("it was not in the channel");
    expect(texts()).toEqual(["shop/web on prod: health is critical"]);
  });

  it("is not taken for another message of the run, another entry of the file, another run, or another channel's", async () => {
    await deliverToSlack(slack(), alert, signal);
    for (const other of [
      { ...repeat, id: "end" },
      { ...repeat, entry: 1 },
      { ...repeat, runId: "run-2" },
    ])
      expect((await deliverToSlack(slack(), other, signal))?.note).toContain("was not in the channel");
    expect((await deliverToSlack(slack("alerts"), repeat, signal))?.note).toContain("was not in the channel");
    expect(standIn.inbox).toHaveLength(5);
  });

  it("is found behind pages of other messages, in a workspace of many channels", async () => {
    const channels = Array.from({ length: 450 }, (_item, index) => ({ id: `C0000${1000 + index}`, name: `channel-${index}` }));
    await start({ channels });
    const client = slack("#channel-440");
    await deliverToSlack(client, alert, signal);
    for (let count = 0; count < 230; count += 1) await client.send({ text: `chatter ${count}` });
    expect(await deliverToSlack(client, repeat, signal)).toEqual({ note: "it was in the channel already" });
  });

  it("of long before the run is not gone through", async () => {
    await deliverToSlack(slack(), alert, signal);
    const later = { ...repeat, startedAtMs: startedAtMs + 3_600_000 };
    expect((await deliverToSlack(slack(), later, signal))?.note).toContain("was not in the channel");
  });

  it.each([
    ["the scope of the history", { scopes: ["chat:write", "channels:read"] }, "deploys", /channels:history/],
    ["the scope to find the channel's id", { scopes: ["chat:write", "channels:history"] }, "deploys", /channels:read/],
    [
      "membership of the channel",
      { scopes: ["chat:write", "chat:write.public", "channels:history", "channels:read"] },
      "leadership",
      /in no channel of that name/,
    ],
    [
      "membership of the channel, given by its id",
      { scopes: ["chat:write", "chat:write.public", "channels:history"] },
      "C05LEADERS",
      /not_in_channel/,
    ],
  ] as const)("without %s: an alert is sent again and marked, a success is not", async (_name, options, channel, why) => {
    await start(options);
    expect((await deliverToSlack(slack(channel), repeat, signal))?.note).toMatch(why);
    expect(texts()).toEqual(["shop/web on prod: health is critical (possible repeat)"]);
    expect((await deliverToSlack(slack(channel), success, signal))?.problem).toMatch(why);
    expect(standIn.inbox).toHaveLength(1);
  });

  it("in a private channel needs the scopes of those", async () => {
    const channels = [{ id: "G0SECRETS", name: "secrets", isPrivate: true }];
    await start({ channels, scopes: ["chat:write", "groups:history", "groups:read"] });
    await deliverToSlack(slack("#secrets"), alert, signal);
    expect(await deliverToSlack(slack("#secrets"), repeat, signal)).toEqual({ note: "it was in the channel already" });
  });

  it("whose answer was lost is looked for at once", async () => {
    standIn.failNext({ isDelivered: true, isReset: true });
    expect(await deliverToSlack(slack(), alert, signal)).toEqual({ note: "the answer was lost, and it was found in the channel" });
    standIn.failNext({ isReset: true });
    await expect(deliverToSlack(slack(), { ...alert, id: "end" }, signal)).rejects.toThrow("may have been posted");
    expect(standIn.inbox).toHaveLength(1);
  });
});

describe("what a token lacks", () => {
  async function problems(scopes: readonly string[], channel = "deploys"): Promise<readonly string[]> {
    await start({ scopes });
    const spec = { kind: "slack", webhook: undefined, token: { secret: "env:T" }, channel, on: ["critical"] } as const;
    const hook = { ...spec, webhook: { secret: "env:W" }, token: undefined, channel: undefined };
    const found = await tokenProblems([hook, spec], async () => slack(channel), signal);
    return found.map(({ path, message }) => `${path}: ${message.split(":").slice(0, 2).join(":")}`);
  }

  it.each([
    [["chat:write", "channels:history", "channels:read"], "deploys", []],
    [["chat:write", "groups:history", "groups:read"], "deploys", []],
    [["chat:write", "channels:history"], "C02DEPLOYS", []],
    [["channels:history", "channels:read"], "deploys", ["notify[1].slack.token: the token lacks the scope chat:write"]],
    [["chat:write"], "deploys", ["notify[1].slack.token: the token lacks the scope channels:history"]],
    [
      ["chat:write", "channels:history"],
      "#deploys",
      ["notify[1].slack.channel: the history takes the id of #deploys, and the token lacks the scope channels:read to find it"],
    ],
  ] as const)("%s for %s", async (scopes, channel, expected) => {
    expect(await problems(scopes, channel)).toEqual(expected);
  });

  it("is said too when the token is not valid, or Slack does not answer", async () => {
    const spec = { kind: "slack", webhook: undefined, token: { secret: "env:T" }, channel: "deploys", on: ["critical"] } as const;
    const wrong = new Slack({ token: "xoxb-wrong", url: standIn.apiUrl });
    opened.push(wrong);
    const [found] = await tokenProblems([spec], async () => wrong, signal);
    expect(found).toMatchObject({ path: "notify[0].slack.token", message: expect.stringContaining("invalid_auth") });
    const gone = slack();
    await standIn.close();
    expect(await tokenProblems([spec], async () => gone, signal)).toHaveLength(1);
    await start();
  });
});
