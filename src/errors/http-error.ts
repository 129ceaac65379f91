import { RequestError, type RequestErrorInit } from "./request-error.ts";

/** What an HTTPError needs to know of a response; the client's `ErrandResponse` fits. */
export interface ResponseLike {
  readonly status: number;
  readonly statusText: string;
  text(): string | Promise<string>;
}

export interface HTTPErrorInit<R extends ResponseLike> extends RequestErrorInit {
  readonly response: R;
}

/** A final status of 400 or above, raised by `raiseForStatus()`, the shortcuts and the services. */
export class HTTPError<R extends ResponseLike = ResponseLike> extends RequestError {
  readonly status: number;
  declare readonly response: R;

  constructor(init: HTTPErrorInit<R>) {
    super(init);
    this.status = init.response.status;
    // Not enumerable: a logged error shows neither body nor headers of the response.
    Object.defineProperty(this, "response", { value: init.response, enumerable: false });
  }
}
