import { isCredentialField, redactText } from "../../../secrets/index.ts";

/** One place where the server's answer differs from the live object. */
export interface ServerDifference {
  /** `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** JSON; undefined: not there. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What the server keeps for itself, new at every write; and kubectl's copy of the whole object. */
const ignoredPaths =
  /^(?:status|metadata\.(?:managedFields|resourceVersion|generation|uid|creationTimestamp|annotations\."kubectl\.kubernetes\.io\/last-applied-configuration"))(?:\.|\[|$)/;
/** Values of environment variables may be secrets. */
const hiddenPaths = /\.env\[[^\]]*\]\.value$/;
const secretPaths = /^(?:data|stringData)\./;

/** What the server would make of a change, compared with what is there: its own defaults and webhooks included. */
export function serverDifferences(live: unknown, answer: unknown): readonly ServerDifference[] {
  const isSecret = kindOf(answer ?? live) === "Secret";
  return compare(live, answer).flatMap(({ path, key, from, to }) => {
    if (ignoredPaths.test(path)) return [];
    const isHidden = hiddenPaths.test(path) || (isSecret && secretPaths.test(path)) || (isText(from ?? to) && isCredentialField(key));
    return [isHidden ? { path, from: hide(from), to: hide(to) } : { path, from: shown(from), to: shown(to) }];
  });
}

interface Found extends ServerDifference {
  /** The last step of the path. */
  readonly key: string;
}

function compare(from: unknown, to: unknown, { path, key }: Pick<Found, "path" | "key"> = { path: "", key: "" }): readonly Found[] {
  // An absent map or list counts as an empty one: values are then compared, and hidden, one by one.
  const before = children(from) ?? (from === undefined ? children(to) && new Map<string, unknown>() : undefined);
  const after = children(to) ?? (to === undefined ? children(from) && new Map<string, unknown>() : undefined);
  if (before === undefined || after === undefined) {
    const [fromText, toText] = [asText(from), asText(to)];
    return fromText === toText ? [] : [{ path, key, from: fromText, to: toText }];
  }
  const keys = new Set([...before.keys(), ...after.keys()]);
  const isList = Array.isArray(from ?? to);
  return [...keys].flatMap((name) => compare(before.get(name), after.get(name), { path: joinPath(path, name, isList), key: name }));
}

/** List items go by their name where they have one, so that an added container does not shift all others. */
function children(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return new Map(items.map((item, index) => [nameOf(item) ?? String(index), item]));
  }
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
}

function nameOf(item: unknown): string | undefined {
  return typeof item === "object" && item !== null && "name" in item && typeof item.name === "string" ? item.name : undefined;
}

function joinPath(path: string, key: string, isList: boolean): string {
  if (isList) return `${path}[${key}]`;
  const step = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return path === "" ? step : `${path}.${step}`;
}

function asText(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function hide(text: string | undefined): string | undefined {
  return text === undefined ? undefined : "[hidden]";
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redactText(text);
}

/** JSON of a text. */
function isText(json: string | undefined): boolean {
  return json?.startsWith('"') === true;
}

function kindOf(object: unknown): unknown {
  return typeof object === "object" && object !== null && "kind" in object ? object.kind : undefined;
}
