import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSlack, type SlackOptions, type SlackStandIn } from "./index.ts";

const run = promisify(execFile);
let slack: SlackStandIn;
let nowMs = 1_900_000_000_000;
const restart = async (options: SlackOptions = {}): Promise<void> => {
  await slack?.close();
  slack = await startSlack({ now: () => nowMs, ...options });
};
beforeEach(() => restart());
afterEach(() => slack.close());

type Body = Readonly<Record<string, unknown>>;
const webhook = async (payload: unknown, path = ""): Promise<[status: number, word: string]> => {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const answer = await fetch(path === "" ? slack.webhookUrl : slack.url + path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  return [answer.status, await answer.text()];
};
const request = (method: string, fields: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${slack.apiUrl}/${method}`, {
    method: "POST",
    body: typeof fields === "string" ? fields : JSON.stringify(fields),
    headers: { authorization: `Bearer ${slack.botToken}`, "content-type": "application/json; charset=utf-8", ...headers },
  });
const api = async (method: string, fields: unknown, headers?: Readonly<Record<string, string>>): Promise<Body> => {
  const answer = await request(method, fields, headers);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Body;
};

describe("the incoming webhook", () => {
  it("answers ok and keeps the message", async () => {
    expect(await webhook({ text: "deployed", channel: "#general" })).toEqual([200, "ok"]);
    expect(slack.inbox).toMatchObject([{ text: "deployed", channelName: "deploys", via: "webhook", ts: "1900000000.000001" }]);
  });

  it("takes the payload from a form, as curl sends it", async () => {
    const { stdout } = await run("curl", ["-s", "--data-urlencode", 'payload={"text":"a & b"}', slack.webhookUrl]);
    expect([stdout, slack.inbox[0]?.text]).toEqual(["ok", "a & b"]);
  });

  it.each([
    ["no JSON", "{", [400, "invalid_payload"]],
    ["a list", [], [400, "invalid_payload"]],
    ["no text", { username: "x" }, [400, "no_text"]],
    ["an empty text", { text: "" }, [400, "no_text"]],
    ["wrong blocks", { blocks: [{ type: "nothing" }] }, [400, "invalid_blocks"]],
    ["a text that is too long", { text: "x".repeat(40_001) }, [400, "msg_too_long"]],
  ])("refuses %s with a status and a plain word", async (_name, payload, refusal) => {
    expect(await webhook(payload)).toEqual(refusal);
    expect(slack.inbox).toEqual([]);
  });

  it("says which part of the path is wrong", async () => {
    expect(await webhook({ text: "x" }, "/services/T0ERRAND01/B0ERRAND01/guess")).toEqual([403, "invalid_token"]);
    expect(await webhook({ text: "x" }, "/services/T0ERRAND01/B1/playground")).toEqual([404, "no_service"]);
    expect(await webhook({ text: "x" }, "/services/T1/B0ERRAND01/playground")).toEqual([404, "no_team"]);
  });

  it("refuses an archived channel and an unknown one", async () => {
    await restart({ webhookChannel: "retired" });
    expect(await webhook({ text: "x" })).toEqual([410, "channel_is_archived"]);
    await restart({ webhookChannel: "nowhere" });
    expect(await webhook({ text: "x" })).toEqual([404, "channel_not_found"]);
  });

  it("posts twice when called twice, Idempotency-Key or not", async () => {
    for (let call = 0; call < 2; call += 1) {
      await fetch(slack.webhookUrl, { method: "POST", body: '{"text":"x"}', headers: { "idempotency-key": "k" } });
      await api("chat.postMessage", { channel: "general", text: "y" }, { "idempotency-key": "k" });
    }
    expect(slack.inbox).toHaveLength(4);
  });
});

describe("chat.postMessage", () => {
  it("answers channel, ts and the message", async () => {
    const body = await api("chat.postMessage", {
      channel: "#general",
      text: "hi",
      metadata: { event_type: "run", event_payload: { id: "7" } },
    });
    expect(body).toMatchObject({
      ok: true,
      channel: "C01GENERAL",
      ts: "1900000000.000001",
      message: { text: "hi", type: "message", metadata: { event_payload: { id: "7" } } },
    });
    expect(body).not.toHaveProperty("warning");
  });

  it("takes forms, with lists as JSON and the token as a field", async () => {
    const form = new URLSearchParams({ token: slack.botToken, channel: "C02DEPLOYS", blocks: JSON.stringify([{ type: "divider" }]) });
    const answer = await fetch(`${slack.apiUrl}/chat.postMessage`, { method: "POST", body: form });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(slack.inbox[0]).toMatchObject({ blocks: [{ type: "divider" }], text: "" });
  });

  it("warns when the charset is missing", async () => {
    const body = await api("chat.postMessage", { channel: "general", text: "x" }, { "content-type": "application/json" });
    expect(body).toMatchObject({ ok: true, warning: "missing_charset", response_metadata: { warnings: ["missing_charset"] } });
  });

  it.each([
    ["an unknown channel", { channel: "nowhere", text: "x" }, "channel_not_found"],
    ["no channel", { text: "x" }, "channel_not_found"],
    ["an archived channel", { channel: "retired", text: "x" }, "is_archived"],
    ["a channel without the bot", { channel: "leadership", text: "x" }, "not_in_channel"],
    ["no text", { channel: "general" }, "no_text"],
    ["a text that is too long", { channel: "general", text: "x".repeat(40_001) }, "msg_too_long"],
    ["blocks that are no list", { channel: "general", blocks: "{}" }, "invalid_blocks_format"],
    ["101 attachments", { channel: "general", attachments: Array.from({ length: 101 }, () => ({})) }, "too_many_attachments"],
    ["metadata without a payload", { channel: "general", text: "x", metadata: { event_type: "x" } }, "invalid_metadata_format"],
    ["a list of arguments", [], "json_not_object"],
    ["malformed JSON", "{", "invalid_json"],
  ])("refuses %s with HTTP 200 and ok false", async (_name, fields, error) => {
    expect(await api("chat.postMessage", fields)).toMatchObject({ ok: false, error });
    expect(slack.inbox).toEqual([]);
  });

  it("says where blocks are wrong", async () => {
    const body = await api("chat.postMessage", {
      channel: "general",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3001) } }],
    });
    const detail = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]";
    expect(body).toEqual({ ok: false, error: "invalid_blocks", errors: [detail], response_metadata: { messages: [`[ERROR] ${detail}`] } });
  });

  it("wants the token in the header, or in a form, not in JSON", async () => {
    const fields = { channel: "general", text: "x", token: slack.botToken };
    const answer = await fetch(`${slack.apiUrl}/chat.postMessage`, {
      method: "POST",
      body: JSON.stringify(fields),
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    expect(await answer.json()).toMatchObject({ ok: false, error: "not_authed" });
    expect(await api("chat.postMessage", fields, { authorization: "Bearer xoxb-other" })).toMatchObject({
      ok: false,
      error: "invalid_auth",
    });
  });

  it("names the missing scope", async () => {
    await restart({ scopes: ["channels:history"] });
    expect(await api("chat.postMessage", { channel: "general", text: "x" })).toEqual({
      ok: false,
      error: "missing_scope",
      needed: "chat:write",
      provided: "channels:history",
    });
  });

  it("refuses unknown methods and content types", async () => {
    expect(await api("chat.shout", {})).toEqual({ ok: false, error: "unknown_method", req_method: "chat.shout" });
    expect(await api("toString", {})).toMatchObject({ error: "unknown_method" });
    expect(await api("auth.test", "x", { "content-type": "text/xml" })).toMatchObject({ error: "invalid_post_type" });
  });
});

describe("chat.update", () => {
  it("replaces the text and keeps the metadata", async () => {
    const { ts } = await api("chat.postMessage", {
      channel: "general",
      text: "deploying",
      metadata: { event_type: "run", event_payload: {} },
    });
    expect(await api("chat.update", { channel: "C01GENERAL", ts, text: "done" })).toMatchObject({ ok: true, ts, text: "done" });
    expect(slack.inbox).toMatchObject([{ text: "done", editedTs: "1900000000.000002", metadata: { event_type: "run" } }]);
  });

  it("wants the channel's id and an existing message", async () => {
    const { ts } = await api("chat.postMessage", { channel: "general", text: "x" });
    expect(await api("chat.update", { channel: "general", ts, text: "y" })).toMatchObject({ error: "channel_not_found" });
    expect(await api("chat.update", { channel: "C02DEPLOYS", ts, text: "y" })).toMatchObject({ error: "message_not_found" });
  });
});

describe("conversations.history", () => {
  it("lists the newest first, replies only by their count", async () => {
    const { ts } = await api("chat.postMessage", { channel: "general", text: "first" });
    await api("chat.postMessage", { channel: "general", text: "reply", thread_ts: ts });
    await api("chat.postMessage", { channel: "general", text: "second" });
    await api("chat.postMessage", { channel: "deploys", text: "elsewhere" });
    const body = await api("conversations.history", { channel: "C01GENERAL" });
    expect(body).toMatchObject({
      ok: true,
      has_more: false,
      messages: [{ text: "second" }, { text: "first", thread_ts: ts, reply_count: 1 }],
    });
  });

  it("shows the payload of metadata only when asked", async () => {
    const metadata = { event_type: "run", event_payload: { id: "7" } };
    await api("chat.postMessage", { channel: "general", text: "x", metadata });
    expect(await api("conversations.history", { channel: "C01GENERAL" })).toMatchObject({
      messages: [{ metadata: { event_type: "run" } }],
    });
    expect(JSON.stringify(await api("conversations.history", { channel: "C01GENERAL" }))).not.toContain("event_payload");
    expect(await api("conversations.history", { channel: "C01GENERAL", include_all_metadata: true })).toMatchObject({
      messages: [{ metadata }],
    });
  });

  it("pages by cursor without loss or repetition", async () => {
    for (let number = 1; number <= 5; number += 1) {
      await api("chat.postMessage", { channel: "general", text: String(number) });
      nowMs += 700;
    }
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ channel: "C01GENERAL", limit: "2", ...(cursor === undefined ? {} : { cursor }) });
      const answer = await fetch(`${slack.apiUrl}/conversations.history?${query}`, {
        headers: { authorization: `Bearer ${slack.botToken}` },
      });
      const body = (await answer.json()) as { messages: { text: string }[]; response_metadata?: { next_cursor: string } };
      seen.push(...body.messages.map((message) => message.text));
      cursor = body.response_metadata?.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(["5", "4", "3", "2", "1"]);
  });

  it("bounds by oldest and latest, exclusive unless inclusive", async () => {
    const sent: unknown[] = [];
    for (const text of ["a", "b", "c"]) sent.push((await api("chat.postMessage", { channel: "general", text }))["ts"]);
    const [oldest, , latest] = sent;
    expect(await api("conversations.history", { channel: "C01GENERAL", oldest, latest })).toMatchObject({ messages: [{ text: "b" }] });
    expect((await api("conversations.history", { channel: "C01GENERAL", oldest, latest, inclusive: true }))["messages"]).toHaveLength(3);
  });

  it.each([
    [{ channel: "general" }, "channel_not_found"],
    [{ channel: "C05LEADERS" }, "not_in_channel"],
    [{ channel: "C01GENERAL", limit: 1000 }, "invalid_limit"],
    [{ channel: "C01GENERAL", cursor: "x" }, "invalid_cursor"],
    [{ channel: "C01GENERAL", oldest: "yesterday" }, "invalid_ts_oldest"],
    [{ channel: "C01GENERAL", latest: "now" }, "invalid_ts_latest"],
  ])("refuses %j", async (fields, error) => {
    expect(await api("conversations.history", fields)).toMatchObject({ ok: false, error });
  });
});

describe("limits and failures", () => {
  it("answers 429 with Retry-After in both body forms, and recovers", async () => {
    await restart({ rateLimit: { burst: 1 } });
    expect(await webhook({ text: "x" })).toEqual([200, "ok"]);
    const limited = await fetch(slack.webhookUrl, { method: "POST", body: '{"text":"y"}' });
    expect([limited.status, limited.headers.get("retry-after"), await limited.json()]).toEqual([
      429,
      "1",
      { retry_after: 1, ok: false, error: "rate_limited" },
    ]);
    const answer = await request("chat.postMessage", { channel: "deploys", text: "y" });
    expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toMatchObject([
      429,
      "1",
      { ok: false, error: "ratelimited" },
    ]);
    nowMs += 1000;
    expect(await webhook({ text: "x" })).toEqual([200, "ok"]);
    expect(slack.inbox).toHaveLength(2);
  });

  it("has no limit unless asked", async () => {
    for (let call = 0; call < 20; call += 1) expect(await webhook({ text: "x" })).toEqual([200, "ok"]);
  });

  it("fails the next calls as told", async () => {
    slack.failNext({ times: 2 });
    slack.failNext({ status: 429, retryAfter: 3 });
    slack.failNext({ status: 403, error: "action_prohibited" });
    expect(await webhook({ text: "x" })).toEqual([500, "rollup_error"]);
    expect(await webhook({ text: "x" })).toEqual([500, "rollup_error"]);
    expect(await webhook({ text: "x" })).toEqual([429, '{"retry_after":3,"ok":false,"error":"rate_limited"}']);
    expect(await webhook({ text: "x" })).toEqual([403, "action_prohibited"]);
    expect(slack.inbox).toEqual([]);
    slack.failNext({ status: 200, error: "fatal_error" });
    expect(await api("chat.postMessage", { channel: "general", text: "x" })).toEqual({ ok: false, error: "fatal_error" });
    expect(await webhook({ text: "x" })).toEqual([200, "ok"]);
  });

  it("can deliver a message and lose the answer", async () => {
    slack.failNext({ isDelivered: true, isReset: true });
    await expect(webhook({ text: "x" })).rejects.toThrow("fetch failed");
    expect(slack.inbox).toHaveLength(1);
  });
});

describe("the inbox", () => {
  it("is a page, newest first, with everything escaped", async () => {
    await webhook({ text: "<script>alert(1)</script>" });
    await webhook({ text: "second", attachments: [{ text: "</pre><b>" }] });
    const answer = await fetch(`${slack.url}/inbox`);
    const page = await answer.text();
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<b>/);
    expect(page.indexOf("second")).toBeLessThan(page.indexOf("alert(1)"));
  });

  it("is JSON by Accept", async () => {
    await webhook({ text: "x" });
    const answer = await fetch(`${slack.url}/inbox`, { headers: { accept: "application/json" } });
    expect(await answer.json()).toMatchObject([{ text: "x", channelName: "deploys" }]);
  });

  it("tells the way to who is lost", async () => {
    const answer = await fetch(`${slack.url}/hook`);
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("/inbox")]);
  });
});

describe("users.conversations", () => {
  const channels = [
    { id: "C01", name: "one" },
    { id: "C02", name: "old", isArchived: true },
    { id: "C03", name: "two" },
    { id: "C04", name: "elsewhere", isMember: false },
    { id: "G05", name: "inner", isPrivate: true },
  ];
  const names = ({ channels: list }: Body): unknown => (list as readonly { name: string }[]).map(({ name }) => name);

  it("lists the bot's channels by pages, of the kinds that are asked for", async () => {
    await restart({ channels, scopes: ["channels:read", "groups:read"] });
    expect(names(await api("users.conversations", {}))).toEqual(["one", "old", "two"]);
    expect(names(await api("users.conversations", { types: "public_channel,private_channel", exclude_archived: true }))).toEqual([
      "one",
      "two",
      "inner",
    ]);
    const first = await api("users.conversations", { limit: 2 });
    const { next_cursor: cursor } = first["response_metadata"] as { next_cursor: string };
    expect(names(first)).toEqual(["one", "old"]);
    expect(await api("users.conversations", { limit: 2, cursor })).toMatchObject({
      channels: [{ name: "two" }],
      response_metadata: { next_cursor: "" },
    });
    expect(await api("users.conversations", { types: "secret_channel" })).toMatchObject({ error: "invalid_types" });
  });

  it("needs a scope for each kind, and every answer names those of the token", async () => {
    await restart({ channels, scopes: ["channels:read", "chat:write"] });
    const fields = { types: "public_channel,private_channel" };
    expect(await api("users.conversations", fields)).toMatchObject({ error: "missing_scope", needed: "groups:read" });
    for (const method of ["users.conversations", "auth.test"])
      expect((await request(method, fields)).headers.get("x-oauth-scopes")).toBe("channels:read,chat:write");
  });

  it("hides private channels, and their history needs scopes of its own", async () => {
    const inner = { id: "G05", name: "inner", isPrivate: true };
    await restart({ channels: [inner], scopes: ["channels:history", "chat:write"] });
    expect(await api("conversations.history", { channel: "G05" })).toMatchObject({ needed: "groups:history" });
    await restart({ channels: [{ ...inner, isMember: false }], scopes: ["groups:history", "chat:write", "chat:write.public"] });
    expect(await api("conversations.history", { channel: "G05" })).toMatchObject({ error: "channel_not_found" });
    expect(await api("chat.postMessage", { channel: "G05", text: "x" })).toMatchObject({ error: "channel_not_found" });
  });
});

describe("auth.test", () => {
  it("tells team, user and URL", async () => {
    expect(await api("auth.test", "", { "content-type": "application/x-www-form-urlencoded; charset=utf-8" })).toMatchObject({
      ok: true,
      url: `${slack.url}/`,
      team: "Playground",
    });
  });
});
