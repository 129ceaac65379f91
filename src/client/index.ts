export type { DownloadOptions, DownloadResult } from "./download/index.ts";
export type { EventsOptions, Reconnect } from "./event-stream.ts";
export type { CallRecord } from "./response-head.ts";
export type { Middleware, MiddlewareRequest, Next } from "./middleware.ts";
export type {
  DryRunOptions,
  FallbackReason,
  HeaderInput,
  HeadersInput,
  Params,
  RequestOptions,
  SessionOptions,
  SharedOptions,
} from "./options.ts";
export type { Cursor, Page, PageNumbering, Paginated, PaginateOptions } from "./pagination/index.ts";
export type { PollOptions } from "./poll.ts";
export { ErrandResponse } from "./response.ts";
export { ResponsePromise } from "./response-promise.ts";
export { heldBack, plainRequest, type FieldDifference, type PlannedRequest, type PlanScope } from "./plan-scope.ts";
export { currentRunScope, outsideRunScope, withinRunScope, type RequestTicket, type RunScope, type UnsafeRequest } from "./run-scope.ts";
export { Session } from "./session.ts";
export type { JSONOptions, StandardSchema } from "./standard-schema.ts";
export { StreamResponse } from "./stream-response.ts";
export { version } from "./version.ts";
