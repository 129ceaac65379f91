import { describe, expect, it } from "vitest";
import { failureOf, server, testSession } from "../../test/test-session.ts";
import { ErrandResponse } from "./response.ts";
import { ResponsePromise } from "./response-promise.ts";

describe("the promise of a response", () => {
  it("is a promise in every way that counts: all(), race(), finally(), async functions, thenables", async () => {
    const api = await server();
    api.on("*").reply({ text: "ok" });
    const { session } = testSession();
    const promise = session.get(api.url);
    expect([promise instanceof Promise, promise instanceof ResponsePromise, Promise.resolve(promise) === promise]).toEqual([
      true,
      true,
      true,
    ]);
    const [one, two] = await Promise.all([promise, session.get(api.url).text()]);
    expect([one instanceof ErrandResponse, two]).toEqual([true, "ok"]);
    expect(await Promise.race([session.get(api.url), new Promise(() => undefined)])).toBeInstanceOf(ErrandResponse);
    let isFinal = false;
    const last = await session.get(api.url).finally(() => (isFinal = true));
    expect([last.status, isFinal]).toEqual([200, true]);
    const viaAsync = async (): Promise<ErrandResponse> => session.get(api.url);
    expect((await viaAsync()).status).toBe(200);
  });

  it("has its shortcuts once: what then() gives is a plain promise", async () => {
    const api = await server();
    api.on("*").reply({ json: [1] });
    const { session } = testSession();
    const promise = session.get(api.url);
    const next = promise.then((response) => response.status);
    expect(["json" in promise, "json" in next]).toEqual([true, false]);
    expect([await next, await promise.json(), await promise.text(), (await promise.bytes()).length]).toEqual([200, [1], "[1]", 3]);
  });

  it("rejects, and never throws, for what is wrong from the start", async () => {
    const { session } = testSession();
    const promise = session.get("nowhere");
    expect(await failureOf(promise.json())).toMatchObject({ code: "ERR_INVALID_URL" });
    expect(await failureOf(promise)).toMatchObject({ code: "ERR_INVALID_URL" });
  });
});
