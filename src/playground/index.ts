export { fakeServer, type FakeServer, type FakeServerOptions } from "./fake-server.ts";
export type { FakeCall } from "./fake/fake-call.ts";
export type { FakeHandler, FakeReply, FakeStream } from "./fake/fake-reply.ts";
export type { DripOptions, FailOptions, FakeRoute, StepOptions } from "./fake/fake-route.ts";
export type { FlakyOptions } from "./flaky/index.ts";
export type { HealthAnswer, HealthOptions, HealthScript, HealthStandIn } from "./health/index.ts";
export type { JsonPlaceholderOptions } from "./jsonplaceholder/index.ts";
export type {
  AccessRule,
  Behaviour,
  Clock,
  Credentials,
  ExecOptions,
  Fault,
  FaultMatch,
  Faults,
  ImageRule,
  KubeconfigOptions,
  KubeObject,
  KubernetesOptions,
  KubernetesStandIn,
  PatchChange,
  RecordedRequest,
  StoreAccess,
  Timings,
  TokenOwner,
} from "./kubernetes/index.ts";
export {
  PLAYGROUND_SCENARIO,
  STAND_IN_NAMES,
  startPlayground,
  type Playground,
  type PlaygroundOptions,
  type StandInName,
  type StandIns,
} from "./playground.ts";
export type {
  PrometheusOptions,
  PrometheusScenario,
  PrometheusStandIn,
  QueryErrorType,
  ScriptedAlert,
  ScriptedRange,
  ScriptedResult,
  ScriptedSample,
  ScriptedValue,
} from "./prometheus/index.ts";
export type { SlackChannel, SlackFailure, SlackMessage, SlackMetadata, SlackOptions, SlackRateLimit, SlackStandIn } from "./slack/index.ts";
export type { StandIn } from "./stand-in.ts";
export { startFlaky, startHealth, startJsonPlaceholder, startKubernetes, startPrometheus, startSlack } from "./start.ts";
