import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import { closedPort, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { breaks, garbage } from "./wire-faults.ts";

const faults = [...breaks, ...garbage];

describe("a connection that breaks", () => {
  it.each(faults)("$name: a GET is made three times, and its error says what happened", async ({ codes, act }) => {
    const wire = await raw(act);
    const { session, waits } = testSession();
    const error = (await failureOf(session.get(wire.url))) as RequestError;
    expect(error.name).toBe("ConnectionError");
    expect(codes).toContain(error.code);
    expect([error.attempts.length, error.attempts.at(-1)?.stopped, waits.length]).toEqual([3, "attempts", 2]);
    expect(wire.exchanges).toHaveLength(3);
    expect("response" in error).toBe(false);
  });

  it.each(faults)("$name: the next attempt is answered, over a new connection", async ({ codes, act }) => {
    const wire = await raw((exchange) => {
      if (exchange.index === 0) act(exchange);
      else exchange.socket.write(reply("200 OK", "whole"));
    });
    const { session } = testSession();
    const response = await session.get(wire.url);
    expect([response.text(), response.attempts.length, wire.accepted]).toEqual(["whole", 2, 2]);
    expect(codes).toContain(response.attempts[0]?.error?.code);
  });

  it("that nobody accepts, or that is reset as soon as it is accepted, is tried three times", async () => {
    const { session } = testSession();
    const refused = (await failureOf(session.get(`http://127.0.0.1:${await closedPort()}/`))) as RequestError;
    expect([refused.code, refused.attempts.length]).toEqual(["ERR_CONNECTION_REFUSED", 3]);
    const resetting = await raw(() => undefined, { onConnection: (socket) => void socket.resetAndDestroy() });
    const reset = (await failureOf(session.get(resetting.url))) as RequestError;
    expect(["ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED"]).toContain(reset.code);
    expect([reset.attempts.length, resetting.accepted]).toEqual([3, 3]);
  });

  it("gives its place back: with one connection allowed, a hundred broken calls leave it free", async () => {
    let isWell = false;
    const wire = await raw((exchange) => {
      if (isWell) exchange.socket.write(reply("200 OK", "well"));
      else faults[exchange.index % faults.length]?.act(exchange);
    });
    const { session } = testSession({ maxConnections: 1, retry: false });
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => session.get(wire.url)));
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    isWell = true;
    expect((await session.get(wire.url)).text()).toBe("well");
  });
});
