import { describe, expect, it } from "vitest";
import { headerIn, reply, type RawExchange, type RawServer } from "../raw-server.ts";
import { raw, testSession } from "../test-session.ts";
import { breaks, garbage, stalls } from "./wire-faults.ts";

type Act = (exchange: RawExchange) => void;
interface Told {
  readonly attempts: readonly { readonly stopped?: string }[];
}

const statuses = [408, 425, 429, 500, 502, 503, 504].map((status) => ({
  name: `a ${status}`,
  act: ({ socket }: RawExchange): void => void socket.write(reply(`${status} No`, "", { "retry-after": "0" })),
}));
const faults = [...breaks, ...garbage, ...statuses].map(({ name, act }) => ({ name, act }));
const order = { order: 7, note: "x".repeat(1000) };
/** Of servers that fall silent, which are tried side by side. */
const silence = { timeout: "150ms" } as const;

/** The call's end, be it a response or an error. */
const told = (call: PromiseLike<Told>): PromiseLike<Told> => call.then(undefined, (error: Told) => error);
/** What the client has written by now is known a moment later. */
const afterTheBody =
  (act: Act): Act =>
  (exchange) =>
    void setTimeout(() => act(exchange), 3);

async function postOnce(act: Act, options: { timeout?: string } = {}): Promise<void> {
  const wire = await raw(act);
  const { session, waits } = testSession(options);
  const { attempts } = await told(session.post(wire.url, { json: order }));
  expect([wire.heads.length, attempts.map(({ stopped }) => stopped), waits]).toEqual([1, ["method"], []]);
}

async function postWithKey(act: Act, options: { timeout?: string } = {}): Promise<void> {
  const wire = await raw(
    afterTheBody((exchange) => (exchange.index < 2 ? act(exchange) : exchange.socket.write(reply("201 Created", "made")))),
  );
  const { session } = testSession(options);
  const response = await session.post(wire.url, { json: order, idempotencyKey: true });
  expect([response.text(), bodiesOf(wire)]).toEqual(["made", Array.from({ length: 3 }, () => JSON.stringify(order))]);
  expect(new Set(wire.heads).size).toBe(1);
  expect(headerIn(wire.heads[0] ?? "", "idempotency-key")).toMatch(/^[0-9a-f-]{36}$/);
}

async function putOfStream(act: Act, options: { timeout?: string } = {}): Promise<void> {
  const wire = await raw(afterTheBody(act));
  async function* source(): AsyncGenerator<string> {
    yield "all of ";
    yield "it";
  }
  const { session } = testSession(options);
  const { attempts } = await told(session.put(wire.url, { body: source() }));
  expect([bodiesOf(wire), attempts.at(-1)?.stopped]).toEqual([["7\r\nall of \r\n2\r\nit\r\n0\r\n\r\n"], "body"]);
}

const bodiesOf = ({ exchanges }: RawServer): string[] => exchanges.map((exchange) => exchange.body());

describe("a POST without a key", () => {
  it.each(faults)("reaches the server once: $name", ({ act }) => postOnce(act));
  it("reaches the server once, wherever that falls silent", () => Promise.all(stalls.map(({ act }) => postOnce(act, silence))));
});

describe("a POST that was answered by 303", () => {
  it("is not sent again when the page behind it fails: that alone is asked again", async () => {
    const wire = await raw((exchange) => {
      const { head, index, socket } = exchange;
      if (head.startsWith("POST")) socket.write(reply("303 See Other", "", { location: "/made" }));
      else if (index < 3) socket.destroy();
      else socket.write(reply("200 OK", "made"));
    });
    const { session } = testSession();
    const response = await session.post(wire.url, { json: order });
    expect([response.text(), wire.heads.filter((head) => head.startsWith("POST")).length]).toEqual(["made", 1]);
    expect(response.history.map(({ status }) => status)).toEqual([303]);
  });
});

describe("a POST with a key", () => {
  it.each(faults)("is sent whole each time, under the same key: $name", ({ act }) => postWithKey(act));
  it("is sent whole each time, wherever the server falls silent", () => Promise.all(stalls.map(({ act }) => postWithKey(act, silence))));
});

describe("a body that can be read once", () => {
  it.each(faults)("is sent once, and never empty or in part: $name", ({ act }) => putOfStream(act));
  it("is sent once, wherever the server falls silent", () => Promise.all(stalls.map(({ act }) => putOfStream(act, silence))));
});
