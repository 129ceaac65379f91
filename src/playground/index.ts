export { fakeServer, type FakeServer, type FakeServerOptions } from "./fake-server.ts";
export type { FakeCall } from "./fake/fake-call.ts";
export type { FakeHandler, FakeReply, FakeStream } from "./fake/fake-reply.ts";
export type { DripOptions, FailOptions, FakeRoute, StepOptions } from "./fake/fake-route.ts";
export { startFlaky, type FlakyOptions } from "./flaky/index.ts";
export { startHealth, type HealthAnswer, type HealthOptions, type HealthScript, type HealthStandIn } from "./health/index.ts";
export { startJsonPlaceholder, type JsonPlaceholderOptions } from "./jsonplaceholder/index.ts";
export {
  PLAYGROUND_SCENARIO,
  STAND_IN_NAMES,
  startPlayground,
  type Playground,
  type PlaygroundOptions,
  type StandInName,
  type StandIns,
} from "./playground.ts";
export {
  startPrometheus,
  type PrometheusOptions,
  type PrometheusScenario,
  type PrometheusStandIn,
  type QueryErrorType,
  type ScriptedAlert,
  type ScriptedRange,
  type ScriptedResult,
  type ScriptedSample,
  type ScriptedValue,
} from "./prometheus/index.ts";
export {
  startSlack,
  type SlackChannel,
  type SlackFailure,
  type SlackMessage,
  type SlackMetadata,
  type SlackOptions,
  type SlackRateLimit,
  type SlackStandIn,
} from "./slack/index.ts";
export type { StandIn } from "./stand-in.ts";
