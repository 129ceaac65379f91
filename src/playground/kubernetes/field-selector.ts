import { at, textOf } from "./json.ts";
import type { KubeObject } from "./object.ts";
import type { ResourceType } from "./resource-type.ts";
import { badRequest } from "./status-error.ts";

export interface FieldRequirement {
  readonly path: string;
  readonly isNegated: boolean;
  readonly value: string;
}

/**
 * Parses the `fieldSelector` of a query. Only the fields a kind declares may be asked for, else BadRequest:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function parseFieldSelector(text: string, type: ResourceType): FieldRequirement[] {
  const allowed = ["metadata.name", ...(type.isNamespaced ? ["metadata.namespace"] : []), ...type.fieldSelectors];
  return splitTerms(text)
    .filter((part) => part !== "")
    .map((part) => {
      const found = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
      if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const path = found[1] ?? "";
      if (!allowed.includes(path)) throw badRequest(unsupported(type, path));
      return { path, isNegated: found[2] === "!=", value: unescape(found[3] ?? "") };
    });
}

export function matchesFields(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  return requirements.every(({ path, isNegated, value }) => (fieldValue(object, path) === value) !== isNegated);
}

function fieldValue(object: KubeObject, path: string): string {
  if (object.kind === "Event" && path === "source") return textOf(at(object, "source", "component"));
  const found = at(object, ...path.split("."));
  if (found === undefined || found === null) return path === "spec.unschedulable" ? "false" : "";
  return typeof found === "string" ? found : JSON.stringify(found);
}

function unsupported(type: ResourceType, path: string): string {
  return type.group === ""
    ? `field label not supported: ${path}`
    : `field label "${path}" not supported for ${type.group}/${type.version}, Kind=${type.kind}`;
}

function splitTerms(text: string): string[] {
  return text.split(/(?<!\\),/);
}

function unescape(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, "$1");
}
