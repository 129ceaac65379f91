import type { ErrandResponse } from "../../../client/index.ts";
import type { ApiRequest } from "../api/connection.ts";
import { apiVersionOf, builtInResources } from "../api/resource.ts";

/** By group and version: the operations that take dryRun, as `METHOD path`. */
export type DryRunSupport = Map<string, Promise<readonly RegExp[]>>;

const builtIn: ReadonlySet<string> = new Set(Object.values(builtInResources).map(apiVersionOf));

/**
 * Whether the server heeds `dryRun` for the request. Built-in kinds and custom resources do; an API server behind an APIService may not
 * know it, ignore it and write. So anything not built in is looked up in the OpenAPI document, as kubectl does.
 */
export async function takesDryRun(
  support: DryRunSupport,
  { method, path }: ApiRequest,
  send: (request: ApiRequest) => Promise<ErrandResponse>,
): Promise<boolean> {
  const [, core, group] = /^\/(?:api\/([^/]+)|apis\/([^/]+\/[^/]+))\//.exec(path) ?? [];
  const version = core ?? group;
  if (version === undefined) return false;
  if (builtIn.has(version)) return true;
  let operations = support.get(version);
  if (operations === undefined) {
    operations = readOperations(`/openapi/v3/apis/${version}`, send);
    support.set(version, operations);
  }
  return (await operations).some((operation) => operation.test(`${method} ${path}`));
}

/** Without the document nothing is known, and nothing sent. */
async function readOperations(path: string, send: (request: ApiRequest) => Promise<ErrandResponse>): Promise<readonly RegExp[]> {
  try {
    const document: unknown = (await send({ method: "GET", path })).json();
    const paths = fieldOf(document, "paths");
    return Object.entries(typeof paths === "object" && paths !== null ? paths : {}).flatMap(([template, item]) =>
      ["post", "put", "patch", "delete"]
        .filter((method) => [fieldOf(item, method), item].some(declaresDryRun))
        .map((method) => operationPattern(method.toUpperCase(), template)),
    );
  } catch {
    return [];
  }
}

function declaresDryRun(operation: unknown): boolean {
  const parameters: unknown = fieldOf(operation, "parameters");
  return Array.isArray(parameters) && parameters.some((parameter: unknown) => fieldOf(parameter, "name") === "dryRun");
}

function operationPattern(method: string, template: string): RegExp {
  const path = template
    .split("/")
    .map((part) => (/^\{.*\}$/.test(part) ? "[^/]+" : part.replaceAll(/[^\w-]/g, "\\$&")))
    .join("/");
  return new RegExp(`^${method} ${path}$`);
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
