import { isCredentialHeader, redactUrl } from "../../secrets/index.ts";
import { statusColor, type Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";

/** What of a response stands before its body. */
export interface ResponseHeadLike {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
}

/** What of a request stands before its body, redacted. */
export interface RequestHeadLike {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Method, redacted URL and headers. */
export function renderRequestHead({ method, url, headers }: RequestHeadLike, paint: Paint): string {
  const lines = headers.map(([name, value]) => renderHeader(name, escapeLine(value), paint));
  return [`${paint("bold", method)} ${redactUrl(url)}`, ...lines].join("\n");
}

/** Status line and headers, in the order, case and number in which they came. */
export function renderHead(head: ResponseHeadLike, paint: Paint): string {
  return [renderStatus(head, paint), ...head.rawHeaders.map(([name, value]) => renderHeader(name, showValue(value), paint))].join("\n");
}

/** The same for logs: credentials are hidden. */
export function renderRedactedHead(head: ResponseHeadLike, paint: Paint): string {
  const rawHeaders = head.rawHeaders.map(([name, value]) => [name, isCredentialHeader(name) ? "[redacted]" : value] as const);
  return renderHead({ ...head, status: head.status, statusText: head.statusText, rawHeaders }, paint);
}

/** `404 Not Found`, with the reason phrase as the server sent it. */
export function statusWords({ status, statusText }: Pick<ResponseHeadLike, "status" | "statusText">): string {
  return escapeLine(statusText === "" ? String(status) : `${status} ${statusText}`);
}

function renderHeader(name: string, value: string, paint: Paint): string {
  return `${paint("cyan", escapeLine(name))}: ${value}`;
}

function renderStatus(head: ResponseHeadLike, paint: Paint): string {
  return `${paint("dim", "HTTP")} ${paint(statusColor(head.status), statusWords(head))}`;
}

/** RFC 9110 5.5 leaves octets above 0x7f without a meaning: shown as latin-1, and as UTF-8 where they are valid as such. */
function showValue(value: string): string {
  const latin1 = escapeLine(value);
  if (!/[\u0080-\u00ff]/.test(value)) return latin1;
  const utf8 = Buffer.from(value, "latin1").toString("utf8");
  return utf8.includes("\ufffd") ? latin1 : `${latin1} (UTF-8: ${escapeLine(utf8)})`;
}
