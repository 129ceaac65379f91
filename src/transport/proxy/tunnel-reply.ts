/** A proxy's answer to CONNECT. */
export interface TunnelReply {
  readonly status: number;
  /** Reason phrase as sent, fit to be shown. */
  readonly reason: string;
  /** Authentication schemes of a 407. */
  readonly schemes: readonly string[];
  /** Why, in the proxy's words (RFC 9209 Proxy-Status, or Squid's X-Squid-Error). */
  readonly detail: string | undefined;
}

const statusLine = /^HTTP\/1\.[01] ([1-9]\d\d)(?: (.*))?$/;

/** Reads status line and headers, one line each, of bytes as latin-1. Undefined when the first is no status line (RFC 9112 4). */
export function parseTunnelReply(lines: readonly string[]): TunnelReply | undefined {
  const [first = "", ...fields] = lines;
  const match = statusLine.exec(first);
  if (match === null) return undefined;
  const proxyStatus = valuesOf(fields, "proxy-status").flatMap((value) => /;\s*error=([a-z_]+)/.exec(value)?.[1] ?? []);
  const [detail] = [...proxyStatus, ...valuesOf(fields, "x-squid-error")].map(presentable).filter((text) => text !== "");
  const schemes = new Set(valuesOf(fields, "proxy-authenticate").flatMap(schemesOf));
  return { status: Number(match[1]), reason: presentable(match[2] ?? ""), schemes: [...schemes], detail };
}

function valuesOf(fields: readonly string[], name: string): string[] {
  return fields
    .filter((field) => field.slice(0, name.length + 1).toLowerCase() === `${name}:`)
    .map((field) => field.slice(name.length + 1).trim());
}

/** `Basic realm="x", NTLM`: a scheme is a token that no `=` follows (RFC 9110 11.6.1). */
function schemesOf(value: string): string[] {
  return value.split(",").flatMap((part) => /^\s*([A-Za-z][\w.+-]*)(?=\s+[^\s=]|\s*$)/.exec(part)?.[1] ?? []);
}

/** A server chose these bytes: no control characters, one short line. */
function presentable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, "?")
    .trim()
    .slice(0, 80);
}
