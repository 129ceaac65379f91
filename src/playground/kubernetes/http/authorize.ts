import { type AccessRequest, type AccessRule, isAllowed } from "../access.ts";
import { StatusError } from "../status-error.ts";
import type { Call, User } from "./call.ts";
import type { ResourceRoute } from "./route.ts";

/** The verb of the authorizer for a request to a resource. */
export function verbOf({ method, query }: Call, { name }: Pick<ResourceRoute, "name">): string {
  const isWatch = ["true", "1"].includes(query.get("watch") ?? "");
  switch (method) {
    case "GET":
    case "HEAD":
      if (isWatch) return "watch";
      return name === "" ? "list" : "get";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return method.toLowerCase();
  }
}

/** Refuses a request its user has no rule for, in the words of the real authorizer. */
export function requireAccess(rules: readonly AccessRule[], call: Call, route: ResourceRoute): void {
  const { type, namespace, subresource } = route;
  const name = route.name === "" ? nameInSelector(call) : route.name;
  const request: AccessRequest = { verb: verbOf(call, route), group: type.group, resource: type.plural, subresource, namespace, name };
  if (isAllowed(rules, call.user, request)) return;
  throw denied(call.user, request);
}

/** `fieldSelector=metadata.name=web` counts as a name, so that a rule for one name allows to watch it. */
function nameInSelector({ query }: Call): string {
  return /^metadata\.name=([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1] ?? "";
}

function denied(user: User, { verb, group, resource, subresource, namespace, name }: AccessRequest): StatusError {
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const subject = name === "" ? qualified : `${qualified} "${name}"`;
  return new StatusError(403, "Forbidden", {
    message: `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`,
    details: { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: resource },
  });
}

/** Discovery, versions and health are for the authenticated; nothing else outside of resources is. */
export function requirePath({ method, path, user }: Call): void {
  const isPublic = /^\/(?:healthz|livez|readyz|version)(?:\/|$)/.test(path);
  if (isPublic || user.groups.includes("system:authenticated") || user.groups.includes("system:masters")) return;
  const verb = method === "GET" ? "get" : method.toLowerCase();
  throw new StatusError(403, "Forbidden", { message: `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, details: {} });
}
