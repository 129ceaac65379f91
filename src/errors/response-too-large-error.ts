import { RequestError, type RequestErrorInit } from "./request-error.ts";

export interface ResponseTooLargeErrorInit extends RequestErrorInit {
  readonly limitBytes: number;
}

/** The decoded body passed `maxResponseSize`. */
export class ResponseTooLargeError extends RequestError {
  readonly limitBytes: number;

  constructor(init: ResponseTooLargeErrorInit) {
    super(init);
    this.limitBytes = init.limitBytes;
  }
}
