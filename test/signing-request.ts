import { createHash } from "node:crypto";
import { createServer, request as send, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isSecret, openSecret, type Secret } from "../src/secrets/index.ts";
import type { Auth, AuthFetch, AuthFetchResponse, HeaderLines, RefusedResponse, SigningRequest } from "../src/auth/index.ts";

export interface SignedCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** `null` for a stream that can be read once. */
  readonly body?: string | null;
  readonly fetch?: (request: AuthFetch) => Promise<AuthFetchResponse>;
}

/** What a session hands to an Auth, with the headers kept for the test to look at. */
export class TestRequest implements SigningRequest {
  readonly method: string;
  readonly url: URL;
  readonly sent = new Map<string, { readonly name: string; readonly value: string | Secret }>();
  readonly #body: string | null;
  readonly #fetch: SignedCall["fetch"];

  constructor(url: string | URL, { method = "GET", headers = {}, body = "", fetch }: SignedCall = {}) {
    this.method = method;
    this.url = new URL(url);
    this.#body = body;
    this.#fetch = fetch;
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value);
  }

  setHeader(name: string, value: string | Secret): void {
    this.sent.set(name.toLowerCase(), { name, value });
  }

  hasHeader(name: string): boolean {
    return this.sent.has(name.toLowerCase());
  }

  *headers(): Iterable<HeaderLines> {
    for (const { name, value } of this.sent.values()) yield [name, [value]];
  }

  bodyHash(algorithm: string): string | undefined {
    return this.#body === null ? undefined : createHash(algorithm).update(this.#body).digest("hex");
  }

  fetch(request: AuthFetch): Promise<AuthFetchResponse> {
    if (this.#fetch === undefined) throw new Error("this test fetches nothing");
    return this.#fetch(request);
  }

  /** A header as transport would write it. */
  async header(name: string): Promise<string | undefined> {
    const value = this.sent.get(name.toLowerCase())?.value;
    return isSecret(value) ? openSecret(value) : value;
  }
}

export interface Answer extends RefusedResponse {
  readonly body: string;
  /** Requests it took. */
  readonly exchanges: number;
}

/** A call as the client makes it: signs, sends, asks the Auth about a refusal, and repeats once. */
export async function callWith(auth: Auth, url: string, init: SignedCall = {}): Promise<Answer> {
  for (let exchanges = 1; ; exchanges += 1) {
    const request = new TestRequest(url, init);
    await auth.sign(request);
    const response = { ...(await exchange(request, init.body ?? "")), exchanges };
    const isAsked = exchanges === 1 && (auth.challengedBy ?? [401]).includes(response.status);
    if (!isAsked || (await auth.challenge?.(response, request)) !== true) return response;
  }
}

async function exchange(request: TestRequest, body: string): Promise<Omit<Answer, "exchanges">> {
  const headers: Record<string, string> = {};
  for (const [name] of request.headers()) headers[name] = (await request.header(name)) ?? "";
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    send(request.url, { method: request.method, headers, agent: false }, resolve).on("error", reject).end(body);
  });
  return { ...headOf(message), body: await textOf(message) };
}

function headOf(message: IncomingMessage): RefusedResponse {
  const rawHeaders: [string, string][] = [];
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
    rawHeaders.push([message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? ""]);
  const lines = (name: string): string[] =>
    rawHeaders.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return { status: message.statusCode ?? 0, rawHeaders, header: (name) => (lines(name).length === 0 ? undefined : lines(name).join(", ")) };
}

export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("latin1");
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** A server on loopback that answers as the function says, and keeps what it saw. */
export async function answeringServer(
  answer: (seen: Seen) => Reply | Promise<Reply>,
): Promise<{ url: string; seen: Seen[]; close: () => Promise<void> }> {
  const seen: Seen[] = [];
  const server: Server = createServer((message, response) => {
    void textOf(message).then(async (body) => {
      const entry = { method: message.method ?? "", url: message.url ?? "", headers: message.headers, body };
      seen.push(entry);
      const reply = await answer(entry);
      response
        .writeHead(reply.status, { connection: "close", ...reply.headers } as Record<string, string | string[]>)
        .end(reply.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Sends an Auth's own form as a session would. */
export async function postForm({ url, headers, form }: AuthFetch): Promise<AuthFetchResponse> {
  const request = new TestRequest(url, { method: "POST", headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" } });
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) fields.append(name, isSecret(value) ? await openSecret(value) : value);
  const { status, header, body } = { ...(await exchange(request, fields.toString())) };
  return { status, header, text: () => body };
}
