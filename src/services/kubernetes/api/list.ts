import { DecodeError } from "../../../errors/index.ts";
import { isGone } from "../error/guards.ts";
import type { List } from "../types.ts";
import { optionError, type ListOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { apiVersionOf, checkNamespace, resourcePath, type ResourceType } from "./resource.ts";

/** As kubectl asks for. */
const DEFAULT_PAGE_SIZE = 500;

/** One page of a list. */
export interface Page<T> extends List<T> {
  /** Asks for the next page; undefined on the last. */
  readonly continueToken: string | undefined;
}

/** What a list is about, apart from its pages. */
export interface ListTarget {
  readonly type: ResourceType;
  /** The cluster's own. */
  readonly defaultNamespace: string;
  readonly options: ListOptions;
}

/** The collection's path: one namespace, all of them, or that of a cluster-wide kind. */
export function collectionPath({ type, defaultNamespace, options }: ListTarget): string {
  const { namespace, allNamespaces = false } = options;
  if (allNamespaces && namespace !== undefined) throw optionError("namespace and allNamespaces: true contradict each other");
  if (!type.namespaced || allNamespaces) return resourcePath(type, {});
  return resourcePath(type, { namespace: checkNamespace(namespace ?? defaultNamespace) });
}

/** Which objects of the collection. */
export function selectionParams({ labelSelector, fieldSelector }: ListOptions): Record<string, string | undefined> {
  return { labelSelector: labelSelector || undefined, fieldSelector: fieldSelector || undefined };
}

/**
 * The pages of a list, one call each.
 *
 * @throws KubernetesError `isGone` when the list takes longer than the server keeps it (5 to 15 minutes)
 */
export async function* listPages<T extends object>(connection: Connection, target: ListTarget): AsyncGenerator<Page<T>> {
  const limit = target.options.limit ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(limit) || limit < 1)
    throw optionError(`limit takes a whole number above 0 (objects a page), not ${JSON.stringify(limit)}`);
  let token: string | undefined;
  do {
    // The token holds the resource version; both together are refused.
    const page: Page<T> = await fetchPage<T>(connection, target, { limit, continue: token });
    // A server that gives the same token again would keep us for ever.
    if (page.continueToken !== undefined && page.continueToken === token) throw notAList(target, "repeats its continue token");
    token = page.continueToken;
    yield page;
  } while (token !== undefined);
}

/** Every page, joined. A list that expires half-way is begun once more, in one piece. */
export async function listAll<T extends object>(connection: Connection, target: ListTarget): Promise<List<T>> {
  const pages: Page<T>[] = [];
  try {
    for await (const page of listPages<T>(connection, target)) pages.push(page);
  } catch (error) {
    if (!isGone(error) || pages.length === 0) throw error;
    pages.splice(0, pages.length, await fetchPage<T>(connection, target, {}));
  }
  const [first] = pages;
  if (first === undefined) throw notAList(target, "has no page");
  return { apiVersion: first.apiVersion, kind: first.kind, metadata: first.metadata, items: pages.flatMap((page) => page.items) };
}

async function fetchPage<T extends object>(
  connection: Connection,
  target: ListTarget,
  paging: Readonly<Record<string, string | number | undefined>>,
): Promise<Page<T>> {
  const params = { ...selectionParams(target.options), ...paging };
  const response = await connection.send({ method: "GET", path: collectionPath(target), params, call: target.options });
  const body = response.json();
  if (!isListBody(body)) throw notAList(target, "is no list");
  const kind = body.kind ?? "List";
  // Items of a list come without their type.
  const itemKind = target.type.kind ?? kind.replace(/List$/, "");
  const own = { apiVersion: apiVersionOf(target.type), kind: itemKind };
  return {
    apiVersion: body.apiVersion ?? own.apiVersion,
    kind,
    metadata: { resourceVersion: body.metadata?.resourceVersion ?? "" },
    // Go prints an empty slice as null. What the items hold is the caller's claim, as with every T.
    items: (body.items ?? []).map((item) => ({ ...own, ...item }) as T),
    continueToken: body.metadata?.continue || undefined,
  };
}

interface ListBody {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly object[] | null;
}

function isListBody(body: unknown): body is ListBody {
  return typeof body === "object" && body !== null && "items" in body && (body.items === null || Array.isArray(body.items));
}

function notAList(target: ListTarget, complaint: string): DecodeError {
  const hint = "Does the server's URL lead to a Kubernetes API? A login page in front of it looks like this.";
  return new DecodeError({ code: "ERR_DECODE", message: `kubernetes: the answer of ${collectionPath(target)} ${complaint}`, hint });
}
