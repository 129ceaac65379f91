import type { ErrandResponse } from "../../client/index.ts";
import { redactText } from "../../secrets/index.ts";
import type { JSONObject } from "./answer-shape.ts";
import { apiHint, foreignHint } from "./hints.ts";
import { PrometheusError, type PrometheusErrorInit, type QueryPosition } from "./prometheus-error.ts";

/** What was asked, for messages. */
export interface Asked {
  /** The base URL, without credentials. */
  readonly base: string;
  readonly query: string | undefined;
}

const LONGEST = 300;
const LONGEST_QUERY = 200;

/** `invalid parameter "query": 1:14: parse error: unexpected ...`; older versions leave the first clause out. */
const PARSE_ERROR = /^(?:invalid parameter "?'?query"?'?: )?(?<line>\d+):(?<column>\d+): (?:parse error: )?(?<reason>[\s\S]*)$/;

const VERBS: Readonly<Record<string, string>> = {
  bad_data: "refused",
  execution: "could not evaluate",
  timeout: "gave up on",
  canceled: "gave up on",
};

/** Prometheus' own error: an envelope with a type and a text. */
export function apiFailure(response: ErrandResponse, asked: Asked, body: JSONObject): PrometheusError {
  const errorType = typeof body["errorType"] === "string" ? body["errorType"] : "http";
  const text = typeof body["error"] === "string" ? body["error"] : "";
  const position = positionOf(text);
  const reason = position === undefined ? text : `${position.reason}, at ${placeOf(position, asked.query)}`;
  const subject = asked.query === undefined ? response.request.url : `the query ${oneLine(asked.query, LONGEST_QUERY)}`;
  return failure(response, asked, {
    errorType,
    ...(position === undefined ? {} : { position: { line: position.line, column: position.column } }),
    message: `Prometheus ${VERBS[errorType] ?? "failed at"} ${subject}: ${oneLine(reason, LONGEST)} (${response.status} ${errorType})`,
    hint: apiHint(errorType, text),
  });
}

/** An error status without Prometheus' envelope: a wrong path, a proxy, a login. */
export function foreignFailure(response: ErrandResponse, asked: Asked): PrometheusError {
  const said = foreignText(response);
  return failure(response, asked, {
    errorType: "http",
    message: `Prometheus at ${asked.base} answered ${response.status}${said === "" ? "" : `: ${said}`}`,
    hint: foreignHint(response.status, asked.base),
  });
}

/** A success that is not what the API gives. */
export function invalidResponse(
  response: ErrandResponse,
  asked: Asked,
  { problem, cause }: { problem?: string; cause?: unknown },
): PrometheusError {
  const isPage = /^\s*</.test(response.text().slice(0, 200));
  const text = problem ?? (isPage ? "an HTML page instead of JSON" : "something that is not JSON");
  return failure(response, asked, {
    errorType: "invalid_response",
    message: `Prometheus at ${asked.base} answered 200 with ${problem === undefined ? text : `an answer that cannot be used: ${text}`}`,
    hint: problem === undefined ? "A login page, or another service? Check the address, its prefix (/prometheus) and auth." : undefined,
    cause,
  });
}

type Told = Pick<PrometheusErrorInit, "errorType" | "message" | "hint" | "position" | "cause">;

function failure(response: ErrandResponse, { query }: Asked, told: Told): PrometheusError {
  const { request, attempts, timings, status } = response;
  const story = attempts.length > 1 ? ` (${response.explain()})` : "";
  return new PrometheusError({
    ...told,
    message: redactText(told.message + story),
    query: query === undefined ? undefined : redactText(query),
    status,
    request,
    attempts,
    timings,
  });
}

function positionOf(text: string): (QueryPosition & { readonly reason: string }) | undefined {
  const { line, column, reason } = PARSE_ERROR.exec(text)?.groups ?? {};
  return reason === undefined ? undefined : { line: Number(line), column: Number(column), reason };
}

function placeOf({ line, column }: QueryPosition, query = ""): string {
  const place = `line ${line}, column ${column}`;
  // An excerpt could hold the piece of a secret, which redaction does not know by its half.
  if (redactText(query) !== query) return place;
  const bytes = Buffer.from(query.split("\n")[line - 1] ?? "");
  // Columns count bytes; one within a character would show half of it.
  const rest = bytes
    .subarray(column - 1)
    .toString("utf8")
    .replace(/^\uFFFD+/, "");
  return `${place} (${rest === "" ? "the end of the line" : `near ${JSON.stringify(rest.slice(0, 20))}`})`;
}

/** Plain text as it is, an HTML page by its title. */
function foreignText(response: ErrandResponse): string {
  const text = response.text().slice(0, 20_000);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  return oneLine(/^\s*</.test(text) ? (title ?? "an HTML page") : text, LONGEST);
}

/** Redacted before it is cut: the piece of a secret would no longer be found. */
function oneLine(text: string, longest: number): string {
  const line = redactText(text).replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}
