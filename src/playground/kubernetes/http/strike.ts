import type { IncomingMessage, ServerResponse } from "node:http";
import { retryAfterOf, type Strike } from "../faults.ts";
import { conflict, expired, StatusError } from "../status-error.ts";
import { unauthorized } from "../auth.ts";
import { parseRoute } from "./route.ts";
import { respond, respondWithError, setCommonHeaders } from "./respond.ts";

/** Lets a fault strike before the request is handled. True: the request is done with. */
export function strikeBefore(request: IncomingMessage, response: ServerResponse, { fault, count }: Strike): boolean {
  switch (fault.type) {
    case "tooManyRequests":
      tooMany(response, fault.as ?? "text", retryAfterOf(fault.retryAfterSeconds, count));
      return true;
    case "status":
      respondWithError(response, statusOf(fault));
      return true;
    case "conflict":
      respondWithError(response, conflictOn(request));
      return true;
    case "expired":
      respondWithError(response, expired(`The resourceVersion for the provided ${isWatch(request) ? "watch" : "list"} is too old.`));
      return true;
    case "unauthorized":
      respondWithError(response, unauthorized());
      return true;
    case "htmlPage":
      htmlPage(response, fault.code);
      return true;
    case "reset":
      if (fault.when === "afterWrite") return false;
      reset(response);
      return true;
    default:
      return false;
  }
}

function isWatch({ url = "" }: IncomingMessage): boolean {
  return /[?&]watch=(?:1|true)(?:&|$)/.test(url);
}

/** The conflict names the object of the request, as a real one does. */
function conflictOn({ url = "/" }: IncomingMessage): StatusError {
  const route = parseRoute(new URL(url, "http://localhost").pathname);
  if (route !== undefined && route !== "unknown") return conflict(route.type, route.name);
  return new StatusError(409, "Conflict", {
    message: "the object has been modified; please apply your changes to the latest version and try again",
  });
}

/** Lets a fault strike instead of the answer, when the effect is already stored. True: it did. */
export function strikeAfter(response: ServerResponse, { fault }: Strike): boolean {
  if (fault.type === "reset" && fault.when === "afterWrite") {
    reset(response);
    return true;
  }
  if (fault.type !== "timeoutAfterWrite") return false;
  const message = "Timeout: request did not complete within the allotted timeout";
  respondWithError(response, new StatusError(504, "Timeout", { message, details: {} }));
  return true;
}

/** Ends the connection with a RST, not with a FIN. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function tooMany(response: ServerResponse, as: "text" | "status", seconds: number): void {
  if (as === "text") {
    const headers = { "retry-after": String(seconds), "x-content-type-options": "nosniff" };
    respond(response, {
      status: 429,
      body: "Too many requests, please try again later.\n",
      contentType: "text/plain; charset=utf-8",
      headers,
    });
    return;
  }
  const error = new StatusError(429, "TooManyRequests", {
    message: "storage is (re)initializing",
    details: { retryAfterSeconds: seconds },
    headers: { "retry-after": String(seconds) },
  });
  respondWithError(response, error);
}

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
const MESSAGES: Readonly<Record<number, string>> = {
  500: "Internal error occurred: etcdserver: request timed out",
  503: "the server is currently unable to handle the request",
  504: "Timeout: request did not complete within the allotted timeout",
};

function statusOf(fault: Extract<Strike["fault"], { type: "status" }>): StatusError {
  const { code, retryAfterSeconds } = fault;
  return new StatusError(code, fault.reason ?? REASONS[code] ?? "", {
    message: fault.message ?? MESSAGES[code] ?? `the server answered ${code} on demand`,
    details: retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  });
}

function htmlPage(response: ServerResponse, code: number): void {
  const title = code === 502 ? "502 Bad Gateway" : `${code} Error`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  setCommonHeaders(response);
  for (const name of ["audit-id", "x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"]) response.removeHeader(name);
  response.writeHead(code, { "content-type": "text/html", "content-length": String(Buffer.byteLength(body)) });
  response.end(body);
}
