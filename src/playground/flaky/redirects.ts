import { queryInteger } from "../query-integer.ts";
import { send, sendJson } from "../server.ts";
import { RequestProblem, type StandInExchange } from "../stand-in.ts";

/** Headers without which these statuses are not valid: RFC 9110 15.5.2, 15.5.6, 15.5.8, 15.5.22. */
const REQUIRED_HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": 'Basic realm="playground"' },
  405: { allow: "GET, HEAD" },
  407: { "proxy-authenticate": 'Basic realm="playground"' },
  426: { upgrade: "HTTP/2.0", connection: "upgrade" },
};

/** `/status/CODE`: that status, from 200 to 599, with a short text. */
export function statusRoute({ path, response }: StandInExchange): void {
  const status = Number(path.slice("/status/".length));
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RequestProblem(400, `${path}: the status must be from 200 to 599, for example /status/503`);
  }
  const headers = REQUIRED_HEADERS[status] ?? {};
  if (status === 204 || status === 304) response.writeHead(status, headers).end();
  else send(response, { status, body: `${status}\n`, headers: { "content-type": "text/plain", ...headers } });
}

/** `/redirect/N[?status=302]`: N hops by relative Locations, then 200. */
export function redirectRoute({ path, query, response }: StandInExchange): void {
  const left = /^\/redirect\/(\d{1,3})$/.exec(path)?.[1];
  if (left === undefined) throw new RequestProblem(400, `${path}: give a number of hops from 0 to 999, for example /redirect/3`);
  if (Number(left) === 0) return sendJson(response, { status: 200, json: { ok: true } });
  return redirect(response, `/redirect/${Number(left) - 1}${query.size === 0 ? "" : `?${query}`}`, redirectStatus(query));
}

/** `/redirect-to?url=/x[&status=307]`: one hop, on this origin only, so that the stand-in is no open redirector. */
export function redirectToRoute({ query, request, response }: StandInExchange): void {
  const wanted = query.get("url");
  if (wanted === null) throw new RequestProblem(400, "url is missing, for example /redirect-to?url=/status/200");
  const own = `http://127.0.0.1:${request.socket.localPort ?? 0}`;
  const target = URL.canParse(wanted, own) ? new URL(wanted, own) : undefined;
  if (target?.origin !== own) throw new RequestProblem(403, `url must be relative or on ${own}`);
  return redirect(response, wanted.startsWith(own) ? target.href : target.href.slice(own.length), redirectStatus(query));
}

function redirectStatus(query: URLSearchParams): number {
  return queryInteger(query, { name: "status", fallback: 302, min: 300, max: 308 });
}

function redirect(response: StandInExchange["response"], location: string, status: number): void {
  send(response, { status, body: "", headers: { location } });
}
