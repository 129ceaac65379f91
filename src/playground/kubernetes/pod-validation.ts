import { isObject, type Json, type JsonObject, textOf } from "./json.ts";
import { duplicateField, type FieldError, invalidField, requiredField, unsupportedField } from "./status-error.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** The rules of a pod spec that scripts break: names, images, pull policies, ports, mounts. */
export function validatePodSpec(spec: JsonObject, field: string): FieldError[] {
  const containers = objects(spec["containers"]);
  const errors: FieldError[] = containers.length === 0 ? [requiredField(`${field}.containers`)] : [];
  const volumes = new Set(objects(spec["volumes"]).map((volume) => volume["name"]));
  const names = new Set<Json | undefined>();
  for (const key of ["initContainers", "containers"]) {
    for (const [index, container] of objects(spec[key]).entries()) {
      const path = `${field}.${key}[${index}]`;
      if (names.has(container["name"])) errors.push(duplicateField(`${path}.name`, container["name"]));
      names.add(container["name"]);
      errors.push(...validateContainer(container, path), ...validateMounts(container, path, volumes));
    }
  }
  return errors;
}

function validateContainer(container: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, image, imagePullPolicy } = container;
  if (typeof name !== "string") errors.push(requiredField(`${path}.name`));
  else if (!LABEL.test(name) || name.length > 63) errors.push(invalidField(`${path}.name`, name, LABEL_RULE));
  if (typeof image !== "string" || image === "") errors.push(requiredField(`${path}.image`));
  else if (image !== image.trim()) errors.push(invalidField(`${path}.image`, image, "must not have leading or trailing whitespace"));
  const policies = ["Always", "IfNotPresent", "Never"];
  if (imagePullPolicy !== undefined && !policies.includes(textOf(imagePullPolicy))) {
    errors.push(unsupportedField(`${path}.imagePullPolicy`, imagePullPolicy, policies));
  }
  for (const [index, port] of objects(container["ports"]).entries()) errors.push(...validatePort(port, `${path}.ports[${index}]`));
  for (const [index, env] of objects(container["env"]).entries()) {
    if (typeof env["name"] !== "string") errors.push(requiredField(`${path}.env[${index}].name`));
  }
  return errors;
}

function validatePort(port: JsonObject, path: string): FieldError[] {
  const { containerPort } = port;
  if (typeof containerPort !== "number") return [requiredField(`${path}.containerPort`)];
  if (containerPort < 1 || containerPort > 65535) {
    return [invalidField(`${path}.containerPort`, containerPort, "must be between 1 and 65535, inclusive")];
  }
  return [];
}

function validateMounts(container: JsonObject, path: string, volumes: ReadonlySet<Json | undefined>): FieldError[] {
  return objects(container["volumeMounts"]).flatMap((mount, index) => {
    const field = `${path}.volumeMounts[${index}]`;
    if (typeof mount["mountPath"] !== "string") return [requiredField(`${field}.mountPath`)];
    if (volumes.has(mount["name"])) return [];
    return [
      { field: `${field}.name`, reason: "FieldValueNotFound", message: `Not found: ${JSON.stringify(mount["name"] ?? "")}` } as const,
    ];
  });
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
