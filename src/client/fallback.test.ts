import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, testSession } from "../../test/test-session.ts";
import type { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
});
afterEach(() => api.close());

describe("fallback", () => {
  it("replaces an exhausted retryable status: shortcuts give the value, the response says what it is", async () => {
    api.on("GET /").fail(503);
    const { session } = testSession();
    const value = [{ id: 0 }];
    expect(await session.get(api.url, { fallback: value }).json()).toBe(value);
    const response = await session.get(api.url, { fallback: value });
    expect([response.isFallback, response.status, response.ok, response.json(), response.text()]).toEqual([
      true,
      503,
      false,
      value,
      '[{"id":0}]',
    ]);
    expect([response.attempts.length, response.raiseForStatus()]).toEqual([3, response]);
  });

  it("replaces an exhausted transport error, with status 0", async () => {
    const { session } = testSession();
    const response = await session.get("http://127.0.0.1:1/", { fallback: "spare" });
    expect([response.isFallback, response.status, response.text(), response.attempts.length]).toEqual([true, 0, "spare", 3]);
    expect(await session.get("http://127.0.0.1:1/", { fallback: "spare" }).text()).toBe("spare");
    api.on("GET /").hang();
    expect(await session.get(api.url, { fallback: null, deadline: "30ms" }).json()).toBeNull();
  });

  it("may be a function of the error, at once or later", async () => {
    api.on("GET /").fail(503);
    const { session } = testSession();
    const codes: string[] = [];
    const fallback = async (error: RequestError): Promise<string> => {
      codes.push(`${error.code} ${error.attempts.length}`);
      return "later";
    };
    expect(await session.get(api.url, { fallback }).json()).toBe("later");
    expect(await session.get("http://127.0.0.1:1/", { fallback: (error: RequestError) => error.code }).json()).toBe(
      "ERR_CONNECTION_REFUSED",
    );
    expect(codes).toEqual(["ERR_HTTP_STATUS 3"]);
  });

  it("may throw on what it was given, whose story is told once", async () => {
    const { session } = testSession();
    const fallback = (error: RequestError): never => {
      throw error;
    };
    const thrown = (await failureOf(session.get("http://127.0.0.1:1/", { fallback }))) as RequestError;
    expect(thrown.message.match(/3 attempts in/g)).toHaveLength(1);
    api.on("GET /").fail(503);
    const raised = (await failureOf(session.get(api.url, { fallback }))) as RequestError;
    expect([raised.code, raised.message.match(/3 attempts in/g)?.length]).toEqual(["ERR_HTTP_STATUS", 1]);
  });

  it("never replaces another 4xx, a wrong option, an abort or a certificate that does not hold", async () => {
    api.on("GET /404").fail(404);
    const { session } = testSession();
    expect(await failureOf(session.get(`${api.url}/404`, { fallback: [] }).json())).toMatchObject({ status: 404 });
    expect((await session.get(`${api.url}/404`, { fallback: [] })).isFallback).toBe(false);
    expect(await failureOf(session.get("nowhere", { fallback: [] }))).toMatchObject({ code: "ERR_INVALID_URL" });
    expect(await failureOf(session.get(api.url, { fallback: [], signal: AbortSignal.abort() }))).toMatchObject({ code: "ERR_ABORTED" });
  });

  it("stays out of the way of a success", async () => {
    api.on("GET /").reply({ json: [1] });
    const { session } = testSession();
    expect(await session.get(api.url, { fallback: () => expect.unreachable() }).json()).toEqual([1]);
  });
});
