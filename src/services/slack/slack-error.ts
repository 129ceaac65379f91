import { RequestError, type ErrorCode, type RequestErrorInit } from "../../errors/index.ts";

export interface SlackErrorInit extends Omit<RequestErrorInit, "code"> {
  /** @default ERR_SLACK */
  readonly code?: ErrorCode;
  readonly slackError?: string;
  readonly status?: number;
  readonly needed?: string;
  readonly provided?: string;
  readonly retryAfterMs?: number;
  readonly mayHaveArrived: boolean;
}

/**
 * Slack refused (`code` ERR_SLACK), or gave no answer (`code` of the cause: ERR_TIMEOUT, ERR_CONNECTION_RESET, ...).
 *
 * After `mayHaveArrived` look into the channel before sending again: Slack knows no idempotency key.
 */
export class SlackError extends RequestError {
  /** Slack's word, such as `channel_not_found`; undefined when there was none. */
  readonly slackError: string | undefined;
  /** 200 for most errors of the Web API; undefined without an answer. */
  readonly status: number | undefined;
  /** The scope that is missing. */
  readonly needed: string | undefined;
  /** The scopes that the token has, joined by commas. */
  readonly provided: string | undefined;
  /** How long Slack asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The message may have been posted (or changed) all the same: the outcome is unknown. */
  readonly mayHaveArrived: boolean;

  constructor({ code = "ERR_SLACK", ...init }: SlackErrorInit) {
    super({ ...init, code });
    this.slackError = init.slackError;
    this.status = init.status;
    this.needed = init.needed;
    this.provided = init.provided;
    this.retryAfterMs = init.retryAfterMs;
    this.mayHaveArrived = init.mayHaveArrived;
  }

  override toJSON(): Record<string, unknown> {
    const { slackError, status, needed, provided, retryAfterMs, mayHaveArrived } = this;
    return { ...super.toJSON(), slackError, status, needed, provided, retryAfterMs, mayHaveArrived };
  }
}

/** True when Slack refused, or gave no answer. */
export const isSlackError = (error: unknown): error is SlackError => error instanceof SlackError;
