export type { HTTPAttributes } from "./http-attributes.ts";
export { Observation } from "./observation.ts";
export { hasRequestSubscribers, type RequestFailure, type RequestMessage } from "./request-channels.ts";
export type { TracerSource, TracingOptions } from "./tracing-options.ts";
export { resolveTracing, type Tracing } from "./tracing.ts";
