import { setTimeout as delay } from "node:timers/promises";
import { send } from "../server.ts";
import { startStandIn, type StandIn, type StandInExchange } from "../stand-in.ts";
import { answerJson, answerOptions, corsHeaders, type Answer } from "./answer.ts";
import { collectionNames, Database, foreignKey, isCollection } from "./database.ts";
import type { CollectionName } from "./generate.ts";
import { sliceRows } from "./paginate.ts";
import { readFields } from "./request-body.ts";
import { filterRows, sortRows } from "./select.ts";

/** Of {@link startJsonPlaceholder}. */
export interface JsonPlaceholderOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** The same seed gives the same texts. Default 1. */
  readonly seed?: number;
  /** Waits this long before every answer, in milliseconds. Default 0. */
  readonly delayMs?: number;
}

const NOT_FOUND: Answer = { status: 404, data: {} };

/**
 * Starts a stand-in for jsonplaceholder.typicode.com: its collections and routes, with texts of our own from a seed,
 * and the query language of json-server 0.17. Writes are answered but never stored, as there.
 */
export function startJsonPlaceholder({ port, seed = 1, delayMs = 0 }: JsonPlaceholderOptions = {}): Promise<StandIn> {
  const database = new Database(seed);
  return startStandIn(
    "jsonplaceholder",
    async (exchange) => {
      if (delayMs > 0) await delay(delayMs, undefined, { signal: exchange.gone });
      if (exchange.method === "OPTIONS") return answerOptions(exchange);
      const isRead = exchange.method === "GET" || exchange.method === "HEAD";
      if (isRead && exchange.path === "/") return answerHome(exchange);
      return answerJson(exchange, isRead ? read(exchange, database) : await write(exchange, database));
    },
    port,
  );
}

function read({ path, query, request }: StandInExchange, database: Database): Answer {
  if (path === "/db") return { status: 200, data: database.all() };
  const place = parsePlace(path);
  if (place === undefined) return NOT_FOUND;
  const related = { embed: query.getAll("_embed"), expand: query.getAll("_expand") };
  const { collection, id, nested } = place;
  if (id !== undefined && nested === undefined) {
    const row = database.find(collection, id);
    return row === undefined ? NOT_FOUND : { status: 200, data: database.withRelated(collection, row, related) };
  }
  const listed = nested ?? collection;
  const parentField = nested === undefined ? undefined : foreignKey(nested, collection);
  const all = database.collection(listed);
  const rows = parentField === undefined ? all : all.filter((row) => String(row[parentField]) === id);
  const slice = sliceRows(sortRows(filterRows(rows, query), query), query, ownOrigin(request) + (request.url ?? "/"));
  return { status: 200, data: slice.rows.map((row) => database.withRelated(listed, row, related)), headers: slice.headers };
}

async function write({ path, method, request }: StandInExchange, database: Database): Promise<Answer> {
  const fields = await readFields(request);
  const place = parsePlace(path);
  if (place === undefined) return NOT_FOUND;
  const { collection, id, nested } = place;
  if (method === "POST" && (id === undefined || nested !== undefined)) {
    const parentField = nested === undefined ? undefined : foreignKey(nested, collection);
    const owned = parentField === undefined ? fields : { ...fields, [parentField]: id };
    return create(nested ?? collection, owned, { request, database });
  }
  const row = id === undefined || nested !== undefined ? undefined : database.find(collection, id);
  if (row === undefined) return NOT_FOUND;
  switch (method) {
    case "PUT":
      return { status: 200, data: { ...fields, id: row.id } };
    case "PATCH":
      return { status: 200, data: { ...row, ...fields, id: row.id } };
    case "DELETE":
      return { status: 200, data: {} };
    default:
      return NOT_FOUND;
  }
}

function create(
  collection: CollectionName,
  fields: Readonly<Record<string, unknown>>,
  context: Pick<StandInExchange, "request"> & { readonly database: Database },
): Answer {
  const { request, database } = context;
  const id = fields["id"] ?? database.collection(collection).length + 1;
  const idText = typeof id === "string" ? id : JSON.stringify(id);
  if (database.find(collection, idText) !== undefined) return { status: 500, data: { error: `Insert failed, duplicate id ${idText}` } };
  const location = `${ownOrigin(request)}/${collection}/${encodeURIComponent(idText)}`;
  return { status: 201, data: { ...fields, id }, headers: { location, "access-control-expose-headers": "Location" } };
}

/** As the client addressed it, so that links lead back through the same name or proxy. */
function ownOrigin(request: StandInExchange["request"]): string {
  return `http://${request.headers.host ?? `127.0.0.1:${request.socket.localPort ?? 0}`}`;
}

interface Place {
  readonly collection: CollectionName;
  readonly id?: string;
  readonly nested?: CollectionName;
}

/** `/posts`, `/posts/1` or `/posts/1/comments`; a trailing slash changes nothing. */
function parsePlace(path: string): Place | undefined {
  const [, collection = "", id, nested, ...rest] = path.replace(/\/$/, "").split("/");
  if (!isCollection(collection) || rest.length > 0) return undefined;
  if (id === undefined) return { collection };
  if (nested === undefined) return { collection, id };
  return isCollection(nested) && foreignKey(nested, collection) !== undefined ? { collection, id, nested } : undefined;
}

function answerHome(exchange: StandInExchange): void {
  const items = collectionNames().map((name) => `<li><a href="/${name}">/${name}</a></li>`);
  const page = `<!doctype html><title>jsonplaceholder stand-in</title><h1>Collections</h1><ul>${items.join("")}<li><a href="/db">/db</a></li></ul>\n`;
  send(exchange.response, { status: 200, body: page, headers: { ...corsHeaders(exchange), "content-type": "text/html; charset=utf-8" } });
}
