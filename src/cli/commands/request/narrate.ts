import type { Middleware, MiddlewareRequest } from "../../../client/index.ts";
import { isCredentialHeader, redactText, redactUrl } from "../../../secrets/index.ts";
import type { Io } from "../../io.ts";
import { painter, type Paint } from "../../output/color.ts";
import { escapeControls, escapeLine } from "../../output/control-characters.ts";
import { renderHeader, renderRedactedHead } from "../../output/head.ts";
import { showSize } from "../../output/size.ts";
import type { RequestPlan } from "./plan.ts";

/** Tells on stderr, for `-v`, of every request that is sent and every answer, with credentials hidden. */
export function narrate(plan: RequestPlan, io: Io): Middleware {
  const paint = painter(io.stderr.hasColor);
  return async (request, next) => {
    io.stderr.print(`${renderRequest(request, plan, paint)}\n\n`);
    const response = await next(request);
    io.stderr.print(`${renderRedactedHead(response, paint)}\n\n`);
    return response;
  };
}

function renderRequest(request: MiddlewareRequest, plan: RequestPlan, paint: Paint): string {
  const headers = headerNames(plan).flatMap((name) => {
    const value = request.header(name);
    if (value === undefined) return [];
    return [renderHeader(name, isCredentialHeader(name) ? "[redacted]" : escapeLine(redactText(value)), paint)];
  });
  const target = redactUrl(request.url);
  const signed =
    plan.options.auth === undefined || plan.options.auth === null || request.hop > 0
      ? []
      : [renderHeader("authorization", `[${plan.options.auth.scheme}]`, paint)];
  // A redirect that turned POST into GET has dropped the body.
  const body = request.method === plan.method ? renderBody(plan.options) : [];
  return [`${paint("bold", request.method)} ${target}`, ...headers, ...signed, ...body].join("\n");
}

/** What is typed, and what errand adds by itself. */
function headerNames({ options }: RequestPlan): readonly string[] {
  const names = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    ...Object.keys(options.headers ?? {}),
  ];
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => name !== "authorization" || options.auth === undefined);
}

function renderBody({ body, form, files }: RequestPlan["options"]): readonly string[] {
  if (files !== undefined) return ["", `(multipart: ${Object.keys(files).join(", ")})`];
  if (form !== undefined) return ["", "(a form)"];
  if (body === undefined) return [];
  if (typeof body === "string") return ["", escapeControls(redactText(body))];
  if (body instanceof Uint8Array) return ["", `(${showSize(body.byteLength)})`];
  return ["", "path" in body ? `(the file ${body.path})` : "(a stream)"];
}
