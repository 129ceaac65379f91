import type { Middleware, MiddlewareRequest } from "../../../client/index.ts";
import { redactText } from "../../../secrets/index.ts";
import type { Io } from "../../io.ts";
import { painter, type Paint } from "../../output/color.ts";
import { escapeControls } from "../../output/control-characters.ts";
import { renderRedactedHead, renderRequestHead } from "../../output/head.ts";
import { showSize } from "../../output/size.ts";
import type { RequestPlan } from "./plan.ts";
import { requestHeaders } from "./request-headers.ts";

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
  const { method, url } = request;
  const head = renderRequestHead({ method, url, headers: requestHeaders(request, plan, plan.session.cookies) }, paint);
  // A redirect that turned POST into GET has dropped the body.
  return [head, ...(method === plan.method ? renderBody(plan.options) : [])].join("\n");
}

function renderBody({ body, form, files }: RequestPlan["options"]): readonly string[] {
  if (files !== undefined) return ["", `(multipart: ${Object.keys(files).join(", ")})`];
  if (form !== undefined) return ["", "(a form)"];
  if (body === undefined) return [];
  if (typeof body === "string") return ["", escapeControls(redactText(body))];
  if (body instanceof Uint8Array) return ["", `(${showSize(body.byteLength)})`];
  return ["", "path" in body ? `(the file ${body.path})` : "(a stream)"];
}
