import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Session, type SessionOptions } from "../../client/index.ts";
import { ConfigError, type Attempt } from "../../errors/index.ts";
import { fakeServer, type FakeServer } from "../../playground/fake-server.ts";
import { startSlack, type SlackOptions as StandInOptions, type SlackStandIn } from "../../playground/slack/index.ts";
import { literalSecret, secret } from "../../secrets/index.ts";
import { Slack, SlackError, type SlackOptions } from "./index.ts";

const path = "/services/T0ERRAND01/B0ERRAND01/hush-hush-9f8e7d6c5b4a";
let slack: SlackStandIn;
let server: FakeServer;
const opened: Slack[] = [];
const quick: SessionOptions = { retry: { backoff: 1 } };
const open = (options: SlackOptions): Slack => {
  const client = new Slack({ session: quick, ...options });
  opened.push(client);
  return client;
};
const webhook = (session: SessionOptions = quick): Slack => open({ webhook: slack.webhookUrl, session });
const bot = (more: { channel?: string; session?: SessionOptions; token?: string } = {}): Slack =>
  open({ token: slack.botToken, url: slack.apiUrl, ...more });
const failure = async (call: Promise<unknown>): Promise<SlackError> => {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SlackError);
  return error as SlackError;
};
const restart = async (options: StandInOptions): Promise<void> => {
  await slack.close();
  slack = await startSlack({ webhookPath: path, ...options });
};

beforeAll(async () => {
  server = await fakeServer();
});
beforeEach(async () => {
  slack = await startSlack({ webhookPath: path });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
  await slack.close();
});
afterAll(() => server.close());

describe("a webhook", () => {
  it("posts text and blocks, and knows neither channel nor ts", async () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*bad*" } }];
    expect(await webhook().send({ text: "Deployed ünïcode & 1 < 2", blocks })).toEqual({ channel: undefined, ts: undefined });
    expect(slack.inbox).toMatchObject([{ text: "Deployed ünïcode & 1 < 2", blocks, via: "webhook", channelName: "deploys" }]);
  });

  it("takes its URL from a secret, opened when it sends", async () => {
    process.env["ERRAND_TEST_SLACK_WEBHOOK"] = slack.webhookUrl;
    try {
      await open({ webhook: secret("env:ERRAND_TEST_SLACK_WEBHOOK") }).send({ text: "x" });
      expect(slack.inbox).toHaveLength(1);
      slack.failNext({ status: 403, error: "action_prohibited" });
      const error = await failure(open({ webhook: secret("env:ERRAND_TEST_SLACK_WEBHOOK") }).send({ text: "x" }));
      expect(error.message).toBe("Slack webhook env:ERRAND_TEST_SLACK_WEBHOOK answered 403 action_prohibited");
    } finally {
      delete process.env["ERRAND_TEST_SLACK_WEBHOOK"];
    }
  });

  it("sends JSON with its charset, and no credentials of the session", async () => {
    server.on("POST /services/a/b/c0ffee").reply({ text: "ok" });
    const session = new Session({
      headers: { "x-team": "infra" },
      auth: { scheme: "test", sign: (request) => request.setHeader("authorization", "Bearer other") },
    });
    await open({ webhook: `${server.url}/services/a/b/c0ffee`, session }).send({ text: "x" });
    await session.close();
    const [call] = server.callsTo("POST /services/a/b/c0ffee");
    expect(call?.headers).toMatchObject({ "content-type": "application/json; charset=utf-8", "x-team": "infra" });
    expect(call?.headers.authorization).toBeUndefined();
    expect(call?.json()).toEqual({ text: "x" });
  });

  it.each([
    [400, "invalid_payload", "could not read the message"],
    [403, "action_prohibited", "administrator"],
    [403, "invalid_token", "make a new one"],
    [404, "no_service", "make a new one"],
    [404, "channel_not_found", "invite the app"],
    [410, "channel_is_archived", "archived"],
  ])("says what to do about %i %s, and does not try again", async (status, word, hint) => {
    slack.failNext({ status, error: word });
    const error = await failure(webhook().send({ text: "x" }));
    expect(error).toMatchObject({
      code: "ERR_SLACK",
      slackError: word,
      status,
      mayHaveArrived: false,
      message: `Slack webhook answered ${status} ${word}`,
    });
    expect(error.hint).toContain(hint);
    expect(error.attempts).toHaveLength(1);
  });

  it("replies in a thread when told its ts", async () => {
    await webhook().send({ text: "x", threadTs: "1900000000.000001" });
    expect(slack.inbox[0]?.threadTs).toBe("1900000000.000001");
  });

  it("refuses a channel, which Slack would ignore, and what only a token can do", async () => {
    const hook = webhook();
    await expect(hook.send({ text: "x", channel: "#general" })).rejects.toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: expect.stringContaining("its own channel"),
    });
    await expect(hook.update({ ts: "1.1", channel: "C1", text: "x" })).rejects.toThrow("update() needs a token");
    await expect(hook.history({ channel: "C1" })).rejects.toThrow("history() needs a token");
    await expect(hook.authTest()).rejects.toThrow("authTest() needs a token");
    expect(slack.inbox).toEqual([]);
  });

  it("does not follow a redirect: another host would get the message", async () => {
    server.on("POST /services/a/b/moved").redirect(slack.webhookUrl, 307);
    const error = await failure(open({ webhook: `${server.url}/services/a/b/moved` }).send({ text: "x" }));
    expect(error).toMatchObject({ status: 307, mayHaveArrived: false, hint: expect.stringContaining("redirects") });
    expect(slack.inbox).toEqual([]);
  });

  it("does not take another server's 200 for Slack's ok", async () => {
    server.on("POST /services/a/b/portal").reply({ text: "<html>Sign in</html>" });
    expect(await failure(open({ webhook: `${server.url}/services/a/b/portal` }).send({ text: "x" }))).toMatchObject({
      slackError: undefined,
      status: 200,
      mayHaveArrived: true,
      message: "Slack webhook answered 200 without an error word of Slack's; the message may have been posted all the same",
    });
  });
});

describe("the webhook's URL stays secret", () => {
  const shownBy = (error: unknown, attempts: readonly Attempt[]): string =>
    [
      String(error),
      JSON.stringify(error),
      inspect(error, { depth: 20, showHidden: true }),
      error instanceof Error ? error.stack : "",
      JSON.stringify(attempts),
    ].join("\n");

  it.each([
    ["an error word", { status: 404, error: "no_service" }],
    ["a 5xx", { status: 500 }],
    ["a reset", { isReset: true }],
    ["rate limits", { status: 429, times: 3 }],
  ])("in errors after %s, in attempts and in inspection", async (_name, told) => {
    slack.failNext(told);
    const attempts: Attempt[] = [];
    const hook = webhook({ retry: { backoff: 1 }, onAttempt: (attempt) => attempts.push(attempt) });
    const error = await failure(hook.send({ text: "x" }));
    expect(attempts.length).toBeGreaterThan(0);
    for (const part of [path, "hush-hush", "T0ERRAND01", slack.webhookUrl]) {
      expect(shownBy(error, attempts)).not.toContain(part);
      expect(inspect(hook, { depth: 20, showHidden: true }) + JSON.stringify(hook)).not.toContain(part);
    }
  });

  it("in errors when nobody listens", async () => {
    const { webhookUrl } = slack;
    await slack.close();
    const error = await failure(open({ webhook: webhookUrl }).send({ text: "x" }));
    expect(error).toMatchObject({
      code: "ERR_CONNECTION_REFUSED",
      mayHaveArrived: false,
      status: undefined,
      request: { method: "POST", url: "[redacted]" },
    });
    expect(shownBy(error, error.attempts)).not.toMatch(/hush-hush|T0ERRAND01/);
  });

  it.each([
    ["http://hooks.slack.com/services/T0ERRAND01/B0/hush-hush", "is http, which sends the credential in the open"],
    ["hooks.slack.com/services/T0ERRAND01/B0/hush-hush", "is not a URL"],
    ["https://T0ERRAND01:hush-hush@hooks.slack.com/x", "has a user name in it"],
    ["https://hush-hush.slack.com", "has no path"],
    ["https://hooks.slack.com/services/T0ERRAND01/B0/hush-hush\n", "begins or ends with a blank or a line break"],
    ["xoxb-hush-hush-T0ERRAND01", "is a token, not a URL"],
    ["", "is empty"],
  ])("when it cannot be one: %j", async (url, problem) => {
    const thrown = (make: () => unknown): unknown => {
      try {
        return make();
      } catch (error) {
        return error;
      }
    };
    const error = thrown(() => new Slack({ webhook: url }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "ERR_CONFIG", message: expect.stringContaining(`The URL of the Slack webhook ${problem}`) });
    expect(shownBy(error, [])).not.toMatch(/hush-hush|T0ERRAND01/);
    if (url === "") return;
    // The same from a secret, whose value is seen only when it is sent.
    const late = await open({ webhook: literalSecret(url, "file:/run/webhook") })
      .send({ text: "x" })
      .catch((caught: unknown) => caught);
    expect(late).toBeInstanceOf(ConfigError);
    expect(late).toMatchObject({ message: expect.stringContaining(`(file:/run/webhook) ${problem}`) });
    expect(shownBy(late, [])).not.toMatch(/hush-hush|T0ERRAND01/);
  });
});

describe("what is sent again", () => {
  it("is a message after a 429 of the webhook", async () => {
    slack.failNext({ status: 429, retryAfter: 0 });
    await webhook().send({ text: "x" });
    expect(slack.inbox).toHaveLength(1);
  });

  it("is a message after a 429 of the Web API, after the wait that Retry-After asks for", async () => {
    slack.failNext({ status: 429, retryAfter: 0, times: 2 });
    const attempts: Attempt[] = [];
    await bot({ session: { retry: { backoff: 1 }, onAttempt: (attempt) => attempts.push(attempt) } }).send({
      text: "x",
      channel: "#deploys",
    });
    expect(attempts.map(({ status, waitReason }) => [status, waitReason])).toEqual([
      [429, "retryAfter"],
      [429, "retryAfter"],
      [200, undefined],
    ]);
    expect(slack.inbox).toHaveLength(1);
  });

  it("is nothing when the wait is too long; both forms of the answer tell how long it was", async () => {
    for (const client of [webhook(), bot({ channel: "deploys" })]) {
      slack.failNext({ status: 429, retryAfter: 120 });
      const error = await failure(client.send({ text: "x" }));
      expect(error).toMatchObject({
        status: 429,
        retryAfterMs: 120_000,
        mayHaveArrived: false,
        hint: expect.stringContaining("one message per second"),
      });
      expect(error.slackError).toMatch(/^rate_?limited$/);
      expect(error.attempts).toHaveLength(1);
    }
  });

  it("finds the wait in a webhook's body where the header is missing", async () => {
    server.on("POST /services/a/b/limited").reply({ status: 429, json: { retry_after: 7, ok: false, error: "rate_limited" } });
    const error = await failure(open({ webhook: `${server.url}/services/a/b/limited`, session: { retry: false } }).send({ text: "x" }));
    expect(error).toMatchObject({ slackError: "rate_limited", retryAfterMs: 7000 });
  });

  it.each([
    ["a reset", { isDelivered: true, isReset: true }, "ERR_CONNECTION_RESET"],
    ["a 500", { isDelivered: true, status: 500 }, "ERR_SLACK"],
    ["a 503", { isDelivered: true, status: 503 }, "ERR_SLACK"],
  ])("is nothing after %s, when the message may be there already", async (_name, told, code) => {
    for (const client of [webhook(), bot({ channel: "deploys" })]) {
      const before = slack.inbox.length;
      slack.failNext(told);
      const error = await failure(client.send({ text: "x" }));
      expect(error).toMatchObject({ code, mayHaveArrived: true, hint: expect.stringContaining("a repeat posts twice") });
      expect(error.message).toMatch(/; the message may have been posted all the same$/);
      expect(slack.inbox.length - before).toBe(1);
    }
  });

  it("is nothing after a timeout, nor on a session that repeats POST elsewhere", async () => {
    server.on("POST /services/a/b/slow").hang();
    server.on("POST /services/a/b/down").fail(503);
    const session: SessionOptions = { timeout: 40, honoursIdempotencyKey: true, retry: { methods: ["POST"], statuses: [503], backoff: 1 } };
    const error = await failure(open({ webhook: `${server.url}/services/a/b/slow`, session }).send({ text: "x" }));
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", mayHaveArrived: true, cause: { name: "TimeoutError" } });
    await failure(open({ webhook: `${server.url}/services/a/b/down`, session }).send({ text: "x" }));
    expect([server.callsTo("POST /services/a/b/slow").length, server.callsTo("POST /services/a/b/down").length]).toEqual([1, 1]);
  });

  it("is a message that cannot have left: nobody listened", async () => {
    const { webhookUrl } = slack;
    await slack.close();
    const error = await failure(open({ webhook: webhookUrl }).send({ text: "x" }));
    expect(error.attempts).toHaveLength(3);
    expect(error.message).not.toContain("may have been posted");
  });

  it("is nothing when the session's retries are off", async () => {
    slack.failNext({ status: 429, retryAfter: 0 });
    expect((await failure(webhook({ retry: false }).send({ text: "x" }))).attempts).toHaveLength(1);
  });

  it("is a read after a 5xx", async () => {
    slack.failNext({ status: 503 });
    expect(await bot().authTest()).toMatchObject({ team: "Playground" });
  });

  it("is nothing after the caller's abort, which stays an AbortError", async () => {
    server.on("POST /services/a/b/hang").hang();
    const controller = new AbortController();
    const sent = open({ webhook: `${server.url}/services/a/b/hang` }).send({ text: "x" }, { signal: controller.signal });
    controller.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError", code: "ERR_ABORTED" });
  });
});

describe("a bot token", () => {
  it("posts, tells channel and ts, replies and updates", async () => {
    const client = bot({ channel: "#deploys" });
    const posted = await client.send({ text: "begun", metadata: { event_type: "errand_run", event_payload: { id: "r1" } } });
    expect(posted).toEqual({ channel: "C02DEPLOYS", ts: slack.inbox[0]?.ts });
    await client.send({ text: "reply", threadTs: posted.ts });
    expect(await client.update({ text: "done", ts: posted.ts ?? "", channel: posted.channel })).toEqual(posted);
    expect(slack.inbox).toMatchObject([
      { text: "done", metadata: { event_type: "errand_run" } },
      { text: "reply", threadTs: posted.ts },
    ]);
    expect(await client.history({ channel: posted.channel })).toEqual([
      {
        ts: posted.ts,
        text: "done",
        user: "U0ERRAND01",
        botId: "B0ERRAND01",
        threadTs: posted.ts,
        metadata: { event_type: "errand_run", event_payload: { id: "r1" } },
      },
    ]);
  });

  it("sends JSON with its charset and the token in the header", async () => {
    server.on("POST /api/chat.postMessage").reply({ json: { ok: true, channel: "C1", ts: "1.000001" } });
    await open({ token: "xoxb-header-token", url: `${server.url}/api`, channel: "C1" }).send({ text: "x" });
    expect(server.callsTo("POST /api/chat.postMessage")[0]?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      authorization: "Bearer xoxb-header-token",
    });
  });

  it.each([
    ["#nowhere", "channel_not_found", "invite the app"],
    ["leadership", "not_in_channel", "Invite the app"],
    ["retired", "is_archived", "unarchive it"],
  ])("takes ok:false in HTTP 200 for what it is: %s, %s", async (channel, word, hint) => {
    const error = await failure(bot().send({ text: "x", channel }));
    expect(error).toMatchObject({
      code: "ERR_SLACK",
      slackError: word,
      status: 200,
      mayHaveArrived: false,
      message: `Slack chat.postMessage to ${channel} answered 200 ${word}`,
    });
    expect(error.hint).toContain(hint);
  });

  it("names the scope that is missing and those there are", async () => {
    await restart({ scopes: ["channels:history"] });
    expect(await failure(bot({ channel: "deploys" }).send({ text: "x" }))).toMatchObject({
      slackError: "missing_scope",
      needed: "chat:write",
      provided: "channels:history",
      hint: "Add the scope chat:write to the app (it has channels:history), and install it again: tokens keep their old scopes.",
    });
  });

  it("says that the token is wrong, and never shows it", async () => {
    const error = await failure(bot({ token: "xoxb-wrong-token", channel: "deploys" }).send({ text: "x" }));
    expect(error).toMatchObject({ slackError: "invalid_auth", hint: expect.stringContaining("OAuth & Permissions") });
    expect(inspect(error, { depth: 20 })).not.toContain("xoxb-wrong");
  });

  it("says in which block the fault is", async () => {
    const error = await failure(bot({ channel: "deploys" }).send({ text: "x", blocks: [{ type: "nothing" }] }));
    expect(error.message).toBe(
      "Slack chat.postMessage to deploys answered 200 invalid_blocks: unsupported type: nothing [json-pointer:/blocks/0/type]",
    );
  });

  it("does not know the outcome after fatal_error", async () => {
    slack.failNext({ status: 200, error: "fatal_error" });
    expect(await failure(bot({ channel: "deploys" }).send({ text: "x" }))).toMatchObject({
      slackError: "fatal_error",
      mayHaveArrived: true,
    });
    slack.failNext({ status: 200, error: "fatal_error" });
    expect(await failure(bot().authTest())).toMatchObject({ slackError: "fatal_error", mayHaveArrived: false });
  });

  it("refuses a proxy's page", async () => {
    server.on("POST /page/chat.postMessage").reply({ status: 502, text: "<html><title>Bad gateway</title>" });
    expect(await failure(open({ token: "xoxb-some-token", url: `${server.url}/page`, channel: "C1" }).send({ text: "x" }))).toMatchObject({
      slackError: undefined,
      status: 502,
      mayHaveArrived: true,
    });
  });

  it("reads a history of several pages, newest first, up to the limit", async () => {
    const client = bot({ channel: "C02DEPLOYS" });
    for (let count = 0; count < 205; count += 1) await client.send({ text: `m${count}` });
    const messages = await client.history({ limit: 203 });
    expect(messages.map(({ text }) => text)).toEqual(Array.from({ length: 203 }, (_, index) => `m${204 - index}`));
    expect(await client.history({ oldest: messages[2]?.ts })).toHaveLength(2);
    expect(await client.history({ oldest: new Date(Date.now() + 60_000) })).toEqual([]);
  });

  it("does not read in a circle when a cursor comes again", async () => {
    server
      .on("GET /circle/conversations.history")
      .reply({ json: { ok: true, messages: [{ ts: "1.1", text: "x" }, 7], response_metadata: { next_cursor: "same" } } });
    const messages = await open({ token: "xoxb-some-token", url: `${server.url}/circle`, channel: "C1" }).history();
    expect(messages.map(({ ts }) => ts)).toEqual(["1.1", "1.1"]);
  });

  it("finds a channel's id by its name, takes an id for what it is, and knows no channel that the app is not in", async () => {
    expect(await bot({ channel: "#deploys" }).channelId()).toBe("C02DEPLOYS");
    expect(await bot().channelId("general")).toBe("C01GENERAL");
    expect(await bot().channelId("C0ANOTHER1")).toBe("C0ANOTHER1");
    expect(await bot().channelId("leadership")).toBeUndefined();
    await restart({ scopes: ["chat:write"] });
    expect(await failure(bot().channelId("general"))).toMatchObject({ slackError: "missing_scope", needed: "channels:read" });
  });

  it("tells whose token it is", async () => {
    expect(await bot().authTest()).toEqual({
      team: "Playground",
      user: "errand",
      url: `${slack.url}/`,
      botId: "B0ERRAND01",
      scopes: ["chat:write", "channels:history", "channels:read"],
    });
  });

  it("cannot be read: a ConfigError, as for a webhook", async () => {
    const client = open({ token: secret("env:ERRAND_TEST_NO_SUCH_TOKEN"), url: slack.apiUrl, channel: "deploys" });
    await expect(client.send({ text: "x" })).rejects.toBeInstanceOf(ConfigError);
    await expect(open({ webhook: secret("env:ERRAND_TEST_NO_SUCH_HOOK") }).send({ text: "x" })).rejects.toBeInstanceOf(ConfigError);
  });
});

describe("messages are checked before they are sent", () => {
  it("cuts text at 40,000 characters and says how long it was", async () => {
    await webhook().send({ text: `${"x".repeat(39_990)}😀${"y".repeat(5000)}` });
    const { text = "" } = slack.inbox[0] ?? {};
    expect(text.length).toBeLessThanOrEqual(40_000);
    expect(text).toMatch(/^x+… \(cut: 44992 characters\)$/);
  });

  it("cuts sections at 3,000, their fields at 2,000 and headers at 150 characters, in copies", async () => {
    const long = "x".repeat(5000);
    const blocks = [
      { type: "section", text: { type: "mrkdwn", text: long }, fields: [{ type: "mrkdwn", text: long }] },
      { type: "section", fields: [{ type: "plain_text", text: "short" }] },
      { type: "header", text: { type: "plain_text", text: long } },
      { type: "divider" },
    ];
    await webhook().send({ text: "x", blocks });
    const sent = JSON.stringify(slack.inbox[0]?.blocks);
    expect([...sent.matchAll(/"text":"(x+…)"/g)].map(([, text = ""]) => text.length)).toEqual([3000, 2000, 150]);
    expect(JSON.stringify(blocks)).not.toContain("…");
  });

  it.each([
    ["no text", { text: " " }, "text is missing"],
    ["51 blocks", { text: "x", blocks: Array.from({ length: 51 }, () => ({ type: "divider" })) }, "blocks has 51 blocks, Slack takes 50"],
    ["a block without type", { text: "x", blocks: [{ type: "divider" }, {}] }, "blocks[1].type is missing"],
    [
      "11 fields",
      { text: "x", blocks: [{ type: "section", fields: Array.from({ length: 11 }, () => ({ type: "mrkdwn", text: "x" })) }] },
      "blocks[0].fields has 11 fields",
    ],
    ["a ts that lost digits", { text: "x", threadTs: "1900000000" }, "threadTs is no message's ts"],
    [
      "metadata of another shape",
      { text: "x", metadata: { event_type: "", event_payload: {} } },
      "metadata takes { event_type, event_payload }",
    ],
    ["no channel", { text: "x" }, "channel is missing"],
  ])("refuses %s", async (_name, message, problem) => {
    await expect(bot().send(message)).rejects.toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: expect.stringContaining(`slack: ${problem}`),
    });
    expect(slack.inbox).toEqual([]);
  });
});

describe("options that cannot be used", () => {
  it.each<[string, unknown, string]>([
    ["neither", {}, "Slack needs a webhook or a token."],
    ["both", { webhook: "https://hooks.slack.com/services/x", token: "xoxb-some-token" }, "Slack takes a webhook or a token, not both."],
    ["a webhook with a channel", { webhook: "https://hooks.slack.com/services/x", channel: "#x" }, "posts to its own channel"],
    ["a URL as token", { token: "https://hooks.slack.com/services/T0/B0/hush" }, "The Slack token is a URL."],
    [
      "a token sent in the open",
      { token: "xoxb-some-token", url: "http://slack.example.com/api" },
      "is http, which sends the credential in the open",
    ],
    ["a webhook of another type", { webhook: 7 }, "is not a string or a Secret"],
  ])("%s", (_name, options, problem) => {
    const make = (): Slack => new Slack(options as SlackOptions);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(problem);
    expect(make).not.toThrow(/hush/);
  });

  it("leaves a given session open", async () => {
    const session = new Session();
    const client = new Slack({ webhook: slack.webhookUrl, session });
    await client.close();
    await client.send({ text: "x" });
    expect(slack.inbox).toHaveLength(1);
    await session.close();
  });
});
