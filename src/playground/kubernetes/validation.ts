import { at, child, isEqual, isObject, type Json, type JsonObject, textOf } from "./json.ts";
import { isLabelSelector, isSetOperator, matchesRequirements, requirementsOf } from "./label-selector.ts";
import { validatePodSpec } from "./pod-validation.ts";
import { type FieldError, forbiddenField, invalidField, requiredField, unsupportedField } from "./status-error.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** Names, labels and annotations, for every kind. */
export function validateMetadata(object: JsonObject): FieldError[] {
  const metadata = child(object, "metadata");
  const errors: FieldError[] = [];
  const name = metadata["name"];
  if (typeof name !== "string") errors.push(requiredField("metadata.name", "name or generateName is required"));
  else if (!SUBDOMAIN.test(name) || name.length > 253) errors.push(invalidField("metadata.name", name, SUBDOMAIN_RULE));
  errors.push(...validateLabels(metadata["labels"], "metadata.labels"));
  const sizeBytes = Object.entries(child(metadata, "annotations")).reduce(
    (sum, [key, value]) => sum + key.length + textOf(value).length,
    0,
  );
  if (sizeBytes > ANNOTATIONS_LIMIT_BYTES) {
    errors.push({ field: "metadata.annotations", reason: "FieldValueInvalid", message: "Too long: may not be more than 262144 bytes" });
  }
  return errors;
}

function validateLabels(labels: Json | undefined, field: string): FieldError[] {
  if (!isObject(labels)) return [];
  return Object.values(labels)
    .filter((value) => typeof value === "string" && (!LABEL_VALUE.test(value) || value.length > 63))
    .map((value) => invalidField(field, value, LABEL_VALUE_RULE));
}

/** The rules of apps/v1 Deployment. */
export function validateDeployment(object: JsonObject): FieldError[] {
  const spec = child(object, "spec");
  return [
    ...nonNegative(spec, "spec", ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"]),
    ...validateSelector(spec, "Deployment"),
    ...validateTemplate(spec),
    ...validateStrategy(child(spec, "strategy")),
    ...validateDeadline(spec),
  ];
}

export function validateReplicaSet(object: JsonObject): FieldError[] {
  const spec = child(object, "spec");
  return [
    ...nonNegative(spec, "spec", ["replicas", "minReadySeconds"]),
    ...validateSelector(spec, "ReplicaSet"),
    ...validateTemplate(spec),
  ];
}

export function validatePod(object: JsonObject): FieldError[] {
  return validatePodSpec(child(object, "spec"), "spec");
}

export function validateAutoscaler(object: JsonObject): FieldError[] {
  const spec = child(object, "spec");
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas } = spec;
  if (typeof maxReplicas !== "number" || maxReplicas < 1)
    errors.push(invalidField("spec.maxReplicas", maxReplicas ?? 0, "must be greater than 0"));
  else if (typeof minReplicas === "number" && maxReplicas < minReplicas) {
    errors.push(invalidField("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
  }
  for (const key of ["kind", "name"]) {
    if (at(spec, "scaleTargetRef", key) === undefined) errors.push(requiredField(`spec.scaleTargetRef.${key}`));
  }
  return errors;
}

export function validateService(object: JsonObject): FieldError[] {
  const spec = child(object, "spec");
  const isHeadlessOrExternal = spec["clusterIP"] === "None" || spec["type"] === "ExternalName";
  return spec["ports"] === undefined && !isHeadlessOrExternal ? [requiredField("spec.ports")] : [];
}

/** `spec.selector` of a workload never changes. */
export function validateSelectorUpdate(object: JsonObject, previous: JsonObject): FieldError[] {
  const selector = at(object, "spec", "selector");
  return isEqual(selector, at(previous, "spec", "selector")) ? [] : [invalidField("spec.selector", selector, "field is immutable")];
}

function nonNegative(spec: JsonObject, path: string, keys: readonly string[]): FieldError[] {
  return keys.flatMap((key) => {
    const value = spec[key];
    return typeof value === "number" && value < 0 ? [invalidField(`${path}.${key}`, value, "must be greater than or equal to 0")] : [];
  });
}

function validateSelector(spec: JsonObject, kind: string): FieldError[] {
  const { selector } = spec;
  if (!isLabelSelector(selector)) return [requiredField("spec.selector")];
  if (Object.keys(selector).length === 0) return [invalidField("spec.selector", {}, `empty selector is invalid for ${kind.toLowerCase()}`)];
  const wrong = (selector.matchExpressions ?? []).findIndex(({ operator }) => !isSetOperator(operator));
  if (wrong !== -1) {
    const operator = selector.matchExpressions?.[wrong]?.operator ?? "";
    return [invalidField(`spec.selector.matchExpressions[${wrong}].operator`, operator, "not a valid selector operator")];
  }
  const labels = child(child(child(spec, "template"), "metadata"), "labels");
  const texts = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textOf(value)]));
  if (matchesRequirements(requirementsOf(selector), texts)) return [];
  return [invalidField("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

function validateTemplate(spec: JsonObject): FieldError[] {
  const template = child(spec, "template");
  const podSpec = child(template, "spec");
  const errors = [
    ...validateLabels(child(template, "metadata")["labels"], "spec.template.labels"),
    ...validatePodSpec(podSpec, "spec.template.spec"),
  ];
  if (podSpec["restartPolicy"] !== "Always" && podSpec["restartPolicy"] !== undefined) {
    errors.push(unsupportedField("spec.template.spec.restartPolicy", podSpec["restartPolicy"], ["Always"]));
  }
  return errors;
}

function validateStrategy(strategy: JsonObject): FieldError[] {
  const field = "spec.strategy";
  const rolling = strategy["rollingUpdate"];
  switch (strategy["type"]) {
    case "Recreate":
      if (rolling === undefined) return [];
      return [forbiddenField(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    case "RollingUpdate":
      return validateRollingUpdate(isObject(rolling) ? rolling : {}, `${field}.rollingUpdate`);
    default:
      return [unsupportedField(`${field}.type`, strategy["type"], ["Recreate", "RollingUpdate"])];
  }
}

function validateRollingUpdate(rolling: JsonObject, field: string): FieldError[] {
  const errors = ["maxUnavailable", "maxSurge"].flatMap((key) => validateIntOrPercent(rolling[key], `${field}.${key}`));
  const isZero = (value: Json | undefined): boolean => value === 0 || (typeof value === "string" && Number.parseInt(value, 10) === 0);
  if (errors.length === 0 && isZero(rolling["maxUnavailable"]) && isZero(rolling["maxSurge"])) {
    errors.push(invalidField(`${field}.maxUnavailable`, rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0"));
  }
  const unavailable = rolling["maxUnavailable"];
  if (typeof unavailable === "string" && Number.parseInt(unavailable, 10) > 100) {
    errors.push(invalidField(`${field}.maxUnavailable`, unavailable, "must not be greater than 100%"));
  }
  return errors;
}

function validateIntOrPercent(value: Json | undefined, field: string): FieldError[] {
  if (typeof value === "number") return value < 0 ? [invalidField(field, value, "must be greater than or equal to 0")] : [];
  if (typeof value === "string" && /^\d+%$/.test(value)) return [];
  const rule =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidField(field, value, rule)];
}

function validateDeadline(spec: JsonObject): FieldError[] {
  const { progressDeadlineSeconds, minReadySeconds } = spec;
  if (typeof progressDeadlineSeconds !== "number" || progressDeadlineSeconds > (typeof minReadySeconds === "number" ? minReadySeconds : 0))
    return [];
  return [invalidField("spec.progressDeadlineSeconds", progressDeadlineSeconds, "must be greater than minReadySeconds")];
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export function validateLease(object: JsonObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = child(object, "spec");
  const errors: FieldError[] = [];
  if (typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0)
    errors.push(invalidField("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"));
  if (typeof leaseTransitions === "number" && leaseTransitions < 0)
    errors.push(invalidField("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0"));
  return errors;
}
