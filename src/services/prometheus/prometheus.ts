import type { Auth } from "../../auth/index.ts";
import type { ErrandResponse, HeadersInput, Params, Session, SessionOptions } from "../../client/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import type { Duration } from "../../retry/index.ts";
import { redactUrl } from "../../secrets/index.ts";
import { readAlerts, type Alert } from "./alerts.ts";
import { objectAt, textAt, type Answer } from "./answer-shape.ts";
import { foreignFailure, type Asked } from "./failures.ts";
import { ageMs, newestTimestampQuery } from "./freshness.ts";
import { checkExpression, durationField, momentField, type Moment } from "./query-fields.ts";
import { readQueryResult, type QueryResult } from "./query-result.ts";
import { readAnswer } from "./read-answer.ts";
import { ReadSession } from "./read-session.ts";
import { readRuleGroups, type RuleGroup } from "./rules.ts";

/** Where Prometheus is, and the session's options. */
export interface PrometheusOptions {
  /** Where Prometheus is, with its prefix: `https://monitoring.example.com/prometheus`. */
  readonly url: string;
  /** How to prove who asks. @default none */
  readonly auth?: Auth;
  /** For example `X-Scope-OrgID`. */
  readonly headers?: HeadersInput;
  /** A session whose connections are used, or options for one of its own. */
  readonly session?: SessionOptions | Session;
}

/** Options of one call. */
export interface CallOptions {
  /** Cancels the call. @default none */
  readonly signal?: AbortSignal;
}

/** Options of an instant query. */
export interface QueryOptions extends CallOptions {
  /** The moment to evaluate at; a number is milliseconds since the epoch. @default the server's now */
  readonly time?: Moment;
  /** Bounds the server's evaluation and each attempt. @default the server's (2 min), the session's (30 s) */
  readonly timeout?: Duration;
}

/** Start, end and step of a range query. */
export interface RangeOptions extends CallOptions {
  /** The first point; a number is milliseconds since the epoch. */
  readonly start: Moment;
  /** The last point; a number is milliseconds since the epoch. */
  readonly end: Moment;
  /** The distance of two points; at most 11,000 points per series. */
  readonly step: Duration;
  /** Bounds the server's evaluation and each attempt. @default the server's (2 min), the session's (30 s) */
  readonly timeout?: Duration;
}

/** Which alerts are wanted. */
export interface AlertOptions extends CallOptions {
  /** @default both */
  readonly state?: Alert["state"];
}

/** Options of a question for the age of the newest sample. */
export interface FreshnessOptions extends CallOptions {
  /** Bounds the server's evaluation and each attempt. @default the server's (2 min), the session's (30 s) */
  readonly timeout?: Duration;
}

/** `/api/v1/status/buildinfo`. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
}

/** Above this a query goes by POST: proxies cut long addresses. */
const LONGEST_QUERY_STRING = 2000;

/**
 * Reads a Prometheus server, or what speaks its API (Thanos, Mimir, VictoriaMetrics).
 *
 * Every call is a read and is repeated after 429, 502, 503, 504 and network failures.
 * @example
 * const prometheus = new Prometheus({ url: "https://prometheus.example.com" });
 * const errors = singleValue(await prometheus.query('sum(rate(http_requests_total{code=~"5.."}[5m]))'));
 * if (errors.kind === "value" && errors.value > 0.5) throw new Error("too many errors");
 * await prometheus.close();
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export class Prometheus {
  readonly #read: ReadSession;
  readonly #base: string;

  /** @throws InvalidRequestError for an address or an option that cannot be used */
  constructor({ url, auth, headers, session }: PrometheusOptions) {
    if (typeof url !== "string" || url === "") {
      throw new InvalidRequestError({
        code: "ERR_INVALID_OPTION",
        message: "prometheus: url is missing",
        hint: 'For example { url: "https://prometheus.example.com" }.',
      });
    }
    this.#base = redactUrl(url);
    this.#read = new ReadSession(session, { baseUrl: url, auth, headers });
  }

  /**
   * Evaluates an expression at one moment.
   *
   * @throws PrometheusError when the query is refused or fails; TimeoutError, ConnectionError, ... without an answer
   */
  async query(expression: string, { time, timeout, signal }: QueryOptions = {}): Promise<QueryResult> {
    const fields = {
      query: checkExpression(expression),
      time: time === undefined ? undefined : momentField(time, "time"),
      timeout: timeout === undefined ? undefined : durationField(timeout, "timeout"),
    };
    return this.#query("/api/v1/query", fields, { timeout, signal });
  }

  /** Evaluates an expression at every `step` from `start` to `end`: a matrix. @throws PrometheusError */
  async queryRange(expression: string, { start, end, step, timeout, signal }: RangeOptions): Promise<QueryResult> {
    const fields = {
      query: checkExpression(expression),
      start: momentField(start, "start"),
      end: momentField(end, "end"),
      step: durationField(step, "step"),
      timeout: timeout === undefined ? undefined : durationField(timeout, "timeout"),
    };
    return this.#query("/api/v1/query_range", fields, { timeout, signal });
  }

  /**
   * How old the newest sample of a selector is, in milliseconds by the server's clock; undefined when it has none in the last 5 minutes.
   *
   * @param selector e.g. `up{job="web"}`, without functions
   * @throws PrometheusError
   */
  async freshness(selector: string, { timeout, signal }: FreshnessOptions = {}): Promise<number | undefined> {
    const result = await this.query(newestTimestampQuery(selector), { timeout, signal });
    const [newest] = result.samples;
    if (newest === undefined) return undefined;
    // The evaluation's time is the server's clock too, where a proxy has taken the Date header away.
    return ageMs(newest.value * 1000, result.serverTimeMs ?? newest.timestampMs);
  }

  /** The alerts that are pending or firing now. An empty list is no proof of health: the rules may not be loaded. @throws PrometheusError */
  async alerts({ state, signal }: AlertOptions = {}): Promise<readonly Alert[]> {
    const alerts = await this.#get("/api/v1/alerts", { signal }, ({ data }) => readAlerts(data));
    return state === undefined ? alerts : alerts.filter((alert) => alert.state === state);
  }

  /** The rules, by group, as they were last evaluated. @throws PrometheusError */
  async rules({ type, signal }: CallOptions & { readonly type?: "alert" | "record" } = {}): Promise<readonly RuleGroup[]> {
    return this.#get("/api/v1/rules", { signal, params: { type } }, ({ data }) => readRuleGroups(data));
  }

  /** @throws PrometheusError */
  async buildInfo({ signal }: CallOptions = {}): Promise<BuildInfo> {
    return this.#get("/api/v1/status/buildinfo", { signal }, ({ data }) => {
      const { version, revision } = objectAt(data, "data");
      return { version: textAt(version, "data.version"), revision: textAt(revision, "data.revision") };
    });
  }

  /** Whether it is ready to answer: false for a 503, asked once. @throws PrometheusError for any other error status */
  async ready({ signal }: CallOptions = {}): Promise<boolean> {
    const response = await this.#read.session.get("/-/ready", { signal, retry: false });
    if (response.status === 200) return true;
    if (response.status === 503) return false;
    throw foreignFailure(response, this.#asked());
  }

  /** Closes the connections; those of a session that was given stay open. */
  async close(): Promise<void> {
    await this.#read.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #query(path: string, fields: Fields, options: Pick<QueryOptions, "timeout" | "signal">): Promise<QueryResult> {
    const { session } = this.#read;
    const isLong = queryStringLength(fields) > LONGEST_QUERY_STRING;
    // A redirected POST would arrive as a GET without the query (RFC 9110 15.4.2).
    const response: ErrandResponse = await (isLong
      ? session.post(path, { ...options, form: fields, redirect: false, safe: true })
      : session.get(path, { ...options, params: fields }));
    return readAnswer(response, this.#asked(fields.query), readQueryResult);
  }

  async #get<T>(path: string, options: CallOptions & { readonly params?: Params }, read: (answer: Answer) => T): Promise<T> {
    return readAnswer(await this.#read.session.get(path, options), this.#asked(), read);
  }

  #asked(query?: string): Asked {
    return { base: this.#base, query };
  }
}

type Fields = Readonly<Record<string, string | undefined>> & { readonly query: string };

function queryStringLength(fields: Fields): number {
  return Object.entries(fields).reduce(
    (length, [name, value]) => (value === undefined ? length : length + name.length + 2 + encodeURIComponent(value).length),
    0,
  );
}
