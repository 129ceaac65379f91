import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { stringify } from "yaml";
import { send } from "../../server.ts";
import type { StatusError } from "../status-error.ts";
import type { DocumentAnswer } from "./call.ts";

/** Writes an answer with the headers every answer of the API server has. */
export function respond(response: ServerResponse, { status, body, contentType = "application/json", headers = {} }: DocumentAnswer): void {
  setCommonHeaders(response);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, typeof value === "string" ? value : [...value]);
  send(response, { status, body: textOf(body, contentType), headers: { "content-type": contentType } });
}

function textOf(body: DocumentAnswer["body"], contentType: string): string {
  if (typeof body === "string") return body;
  return contentType === "application/yaml" ? stringify(body) : `${JSON.stringify(body)}\n`;
}

export function respondWithError(response: ServerResponse, error: StatusError): void {
  respond(response, { status: error.code, body: error.toStatus(), headers: error.headers });
}

/** Each answer has its id in the audit log, and names the priority level it was served under. */
export function setCommonHeaders(response: ServerResponse): void {
  response.setHeader("audit-id", randomUUID());
  response.setHeader("cache-control", "no-cache, private");
  response.setHeader("x-kubernetes-pf-flowschema-uid", FLOW_SCHEMA_UID);
  response.setHeader("x-kubernetes-pf-prioritylevel-uid", PRIORITY_LEVEL_UID);
}

const FLOW_SCHEMA_UID = randomUUID();
const PRIORITY_LEVEL_UID = randomUUID();
