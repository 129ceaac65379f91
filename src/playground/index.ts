export { fakeServer, type FakeServer, type FakeServerOptions } from "./fake-server.ts";
export type { FakeCall } from "./fake/fake-call.ts";
export type { FakeHandler, FakeReply, FakeStream } from "./fake/fake-reply.ts";
export type { DripOptions, FailOptions, FakeRoute, StepOptions } from "./fake/fake-route.ts";
