import { type AccessRule, ADMIN_GROUP, isAllowed } from "../access.ts";
import { at, isObject, type Json, type JsonObject } from "../json.ts";
import { timestamp } from "../object.ts";
import { badRequest, methodNotAllowed } from "../status-error.ts";
import { parseBody } from "./body.ts";
import type { Call, DocumentAnswer } from "./call.ts";
import { virtualTypes } from "./discovery.ts";

/** SelfSubjectAccessReview and its kin: questions a client asks about itself. */
export function reviewAnswer(call: Call, rules: readonly AccessRule[], nowMs: number): DocumentAnswer | undefined {
  const type = virtualTypes.find((one) => call.path === `/apis/${one.group}/${one.version}/${one.plural}`);
  if (type === undefined) return undefined;
  if (call.method !== "POST") throw methodNotAllowed();
  const body = parseBody(call, type.kind);
  const spec = isObject(body["spec"]) ? body["spec"] : {};
  const answer = (status: JsonObject): DocumentAnswer => ({
    status: 201,
    body: { kind: type.kind, apiVersion: `${type.group}/${type.version}`, metadata: { creationTimestamp: timestamp(nowMs) }, spec, status },
  });
  switch (type.kind) {
    case "SelfSubjectAccessReview":
      return answer(accessStatus(call, spec, rules));
    case "SelfSubjectRulesReview":
      return answer(rulesStatus(call, spec, rules));
    default:
      return answer({ userInfo: { username: call.user.name, groups: [...call.user.groups] } });
  }
}

function accessStatus({ user }: Call, spec: JsonObject, rules: readonly AccessRule[]): JsonObject {
  const attributes = spec["resourceAttributes"];
  if (isObject(spec["nonResourceAttributes"])) return { allowed: user.groups.includes("system:authenticated") };
  if (!isObject(attributes)) {
    throw badRequest("exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  const text = (key: string): string => asText(attributes[key]);
  const request = {
    verb: text("verb"),
    group: text("group"),
    resource: text("resource"),
    subresource: text("subresource"),
    namespace: text("namespace"),
    name: text("name"),
  };
  if (!isAllowed(rules, user, request)) return { allowed: false };
  return { allowed: true, ...(user.groups.includes(ADMIN_GROUP) ? {} : { reason: "RBAC: allowed by RoleBinding" }) };
}

function rulesStatus({ user }: Call, spec: JsonObject, rules: readonly AccessRule[]): JsonObject {
  const namespace = asText(at(spec, "namespace"));
  const isAdmin = user.groups.includes(ADMIN_GROUP);
  const own = rules.filter((rule) => rule.namespaces === undefined || rule.namespaces.includes(namespace));
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const resourceRules = isAdmin
    ? [everything]
    : own.map(({ verbs, apiGroups = ["*"], resources, resourceNames }) => ({
        verbs: [...verbs],
        apiGroups: [...apiGroups],
        resources: [...resources],
        ...(resourceNames === undefined ? {} : { resourceNames: [...resourceNames] }),
      }));
  const nonResourceURLs = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
  ];
  return { resourceRules, nonResourceRules: [{ verbs: ["get"], nonResourceURLs }], incomplete: false };
}

function asText(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
