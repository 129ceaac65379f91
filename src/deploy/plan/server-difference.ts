/** One place where the server's answer differs from the live object. */
export interface ServerDifference {
  /** `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** JSON; undefined: not there. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const ignoredPaths = /^(?:status|metadata\.(?:managedFields|resourceVersion|generation))(?:\.|\[|$)/;
/** Values of environment variables may be secrets. */
const hiddenPaths = /\.env\[[^\]]*\]\.value$/;

/** What the server would make of a change, compared with what is there: its own defaults and webhooks included. */
export function serverDifferences(live: unknown, answer: unknown): readonly ServerDifference[] {
  return compare(live, answer, "").filter(({ path }) => !ignoredPaths.test(path));
}

function compare(from: unknown, to: unknown, path: string): readonly ServerDifference[] {
  // An absent map or list counts as an empty one: values are then compared, and hidden, one by one.
  const before = children(from) ?? (from === undefined ? children(to) && new Map<string, unknown>() : undefined);
  const after = children(to) ?? (to === undefined ? children(from) && new Map<string, unknown>() : undefined);
  if (before === undefined || after === undefined) {
    const [fromText, toText] = [asText(from), asText(to)];
    if (fromText === toText) return [];
    return hiddenPaths.test(path) ? [{ path, from: hide(fromText), to: hide(toText) }] : [{ path, from: fromText, to: toText }];
  }
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => compare(before.get(key), after.get(key), joinPath(path, key, Array.isArray(from ?? to))));
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
