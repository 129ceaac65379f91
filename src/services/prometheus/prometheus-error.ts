import { RequestError, type RequestErrorInit } from "../../errors/index.ts";

/**
 * Prometheus' own words (`bad_data` 400, `execution` 422, `timeout` and `canceled` 503, ...), and two of errand's: `http`, an error status
 * without such a word, and `invalid_response`, a success that is not what the API gives. Relatives of Prometheus have further words.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export type PrometheusErrorType =
  | "bad_data"
  | "execution"
  | "timeout"
  | "canceled"
  | "internal"
  | "unavailable"
  | "not_found"
  | "http"
  | "invalid_response"
  | (string & {});

/** Where a query cannot be parsed; both from 1, the column in bytes as Prometheus counts. */
export interface QueryPosition {
  readonly line: number;
  readonly column: number;
}

export interface PrometheusErrorInit extends Omit<RequestErrorInit, "code"> {
  readonly errorType: PrometheusErrorType;
  readonly status: number;
  readonly query?: string;
  readonly position?: QueryPosition;
}

/** Prometheus refused or failed, or the answer is not one of Prometheus. */
export class PrometheusError extends RequestError {
  readonly errorType: PrometheusErrorType;
  /** 200 for `invalid_response`. */
  readonly status: number;
  /** Redacted. */
  readonly query: string | undefined;
  /** Of a parse error. */
  readonly position: QueryPosition | undefined;

  constructor(init: PrometheusErrorInit) {
    super({ ...init, code: "ERR_PROMETHEUS" });
    this.errorType = init.errorType;
    this.status = init.status;
    this.query = init.query;
    this.position = init.position;
  }

  override toJSON(): Record<string, unknown> {
    const { errorType, status, query, position } = this;
    return { ...super.toJSON(), errorType, status, query, position };
  }
}

/** True when Prometheus refused, failed, or did not answer as Prometheus does; not when there was no answer. */
export const isPrometheusError = (error: unknown): error is PrometheusError => error instanceof PrometheusError;
