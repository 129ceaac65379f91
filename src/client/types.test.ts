import { describe, expect, expectTypeOf, it } from "vitest";
import type { Session } from "./session.ts";
import type { ErrandResponse } from "./response.ts";
import type { ResponsePromise } from "./response-promise.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { StreamResponse } from "./stream-response.ts";

interface User {
  readonly id: number;
}

/** As zod types its schemas: the Standard Schema with more around it. */
interface ZodLike<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "zod";
    readonly validate: (
      value: unknown,
      options?: unknown,
    ) =>
      | { value: Output; issues?: undefined }
      | { issues: readonly { message: string; path?: PropertyKey[] }[] }
      | Promise<{ value: Output }>;
    readonly types?: { readonly input: unknown; readonly output: Output };
  };
  parse(value: unknown): Output;
}

describe("types", () => {
  it("of calls, shortcuts and schemas are what users expect", () => {
    expect(types).toBeTypeOf("function");
  });
});

/** Never called: only its types count. */
function types(api: Session, schema: ZodLike<User[]>, plain: StandardSchema<User>): void {
  expectTypeOf(api.get("/users")).toEqualTypeOf<ResponsePromise>();
  expectTypeOf(api.get("/users").json<User[]>()).toEqualTypeOf<Promise<User[]>>();
  expectTypeOf(api.get("/users").json()).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(api.get("/users").json({ bigint: true })).toEqualTypeOf<Promise<unknown>>();
  expectTypeOf(api.get("/users").json(schema)).toEqualTypeOf<Promise<User[]>>();
  expectTypeOf(api.get("/users").json(plain)).toEqualTypeOf<Promise<User>>();
  expectTypeOf(api.get("/users").text()).toEqualTypeOf<Promise<string>>();
  expectTypeOf(api.get("/users").bytes()).toEqualTypeOf<Promise<Uint8Array>>();
  expectTypeOf(api.get("/users", { stream: true })).toEqualTypeOf<Promise<StreamResponse>>();
  expectTypeOf(api.post("/users", { json: {}, stream: true })).toEqualTypeOf<Promise<StreamResponse>>();
  expectTypeOf(api.request("PURGE", "/users", { stream: true })).toEqualTypeOf<Promise<StreamResponse>>();
  expectTypeOf(api.get("/users", { timeout: "10s", stream: false })).toEqualTypeOf<ResponsePromise>();
  expectTypeOf(api.poll("/users")).toEqualTypeOf<Promise<ErrandResponse>>();
  expectTypeOf<Awaited<ReturnType<typeof api.head>>>().toEqualTypeOf<ErrandResponse>();
  expectTypeOf<ErrandResponse["json"]>().toBeCallableWith({ bigint: true });
  const response = {} as ErrandResponse;
  expectTypeOf(response.json<User>()).toEqualTypeOf<User>();
  expectTypeOf(response.json(schema)).toEqualTypeOf<User[]>();
  expectTypeOf(response.raiseForStatus()).toEqualTypeOf<ErrandResponse>();
  const stream = {} as StreamResponse;
  expectTypeOf(stream.ndjson<User>()).toEqualTypeOf<AsyncIterable<User>>();
  expectTypeOf(stream.json(schema)).toEqualTypeOf<Promise<User[]>>();
  // @ts-expect-error HEAD has no body to stream
  void api.head("/", { stream: true });
  // @ts-expect-error a misspelt option
  void api.get("/", { timeOut: "1s" });
  // @ts-expect-error a header cannot be an object
  void api.get("/", { headers: { a: {} } });
  // @ts-expect-error nor a parameter
  void api.get("/", { params: { since: new Date() } });
}
