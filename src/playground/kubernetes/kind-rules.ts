import * as defaults from "./defaults.ts";
import { at, child, isEqual, isObject, type JsonObject } from "./json.ts";
import type { ResourceType } from "./resource-type.ts";
import { mountServiceAccount } from "./service-account-volume.ts";
import type { FieldError } from "./status-error.ts";
import { forbiddenField } from "./status-error.ts";
import * as validation from "./validation.ts";

/** What sets one kind apart when it is written. */
export interface KindRules {
  /** What admission plugins add to a new object, in place. */
  readonly mutateNew?: (object: JsonObject) => void;
  /** Fills absent fields, in place. */
  readonly setDefaults?: (object: JsonObject) => void;
  readonly validate?: (object: JsonObject) => FieldError[];
  readonly validateUpdate?: (object: JsonObject, previous: JsonObject) => FieldError[];
  /** The status of a new object, whatever was sent. */
  readonly initialStatus?: (object: JsonObject) => JsonObject;
  /** Whether a write of annotations alone counts as a new generation, as it does for Deployments alone. */
  readonly annotationsCount?: boolean;
}

const rules: Readonly<Record<string, KindRules>> = {
  Deployment: {
    setDefaults: defaults.defaultDeployment,
    validate: validation.validateDeployment,
    validateUpdate: validation.validateSelectorUpdate,
    initialStatus: () => ({}),
    annotationsCount: true,
  },
  ReplicaSet: {
    setDefaults: defaults.defaultReplicaSet,
    validate: validation.validateReplicaSet,
    validateUpdate: validation.validateSelectorUpdate,
    initialStatus: () => ({ replicas: 0 }),
  },
  Pod: {
    mutateNew: mountServiceAccount,
    setDefaults: defaults.defaultPod,
    validate: validation.validatePod,
    validateUpdate: validatePodUpdate,
    initialStatus: (object) => ({ phase: "Pending", qosClass: qosClass(object) }),
  },
  Service: { setDefaults: defaults.defaultService, validate: validation.validateService, initialStatus: () => ({ loadBalancer: {} }) },
  HorizontalPodAutoscaler: {
    setDefaults: defaults.defaultAutoscaler,
    validate: validation.validateAutoscaler,
    initialStatus: () => ({ desiredReplicas: 0, currentMetrics: null }),
  },
  Lease: { validate: validation.validateLease },
  Secret: { setDefaults: defaults.defaultSecret },
  Namespace: { setDefaults: defaults.defaultNamespace, initialStatus: () => ({ phase: "Active" }) },
};

export function rulesOf(type: ResourceType): KindRules {
  return rules[type.kind] ?? {};
}

const POD_RULE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function validatePodUpdate(object: JsonObject, previous: JsonObject): FieldError[] {
  const fixed = (pod: JsonObject): JsonObject => {
    const spec = { ...child(pod, "spec") };
    for (const key of ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName"]) delete spec[key];
    for (const key of ["containers", "initContainers"]) {
      const list = spec[key];
      if (Array.isArray(list)) spec[key] = list.map((item) => (isObject(item) ? { ...item, image: "" } : item));
    }
    return spec;
  };
  return isEqual(fixed(object), fixed(previous)) ? [] : [forbiddenField("spec", POD_RULE)];
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
function qosClass(pod: JsonObject): string {
  const containers = at(pod, "spec", "containers");
  const resources = (Array.isArray(containers) ? containers : []).map((container) => child(container, "resources"));
  const amounts = resources.flatMap((resource) => [child(resource, "requests"), child(resource, "limits")]);
  if (amounts.every((amount) => Object.keys(amount).length === 0)) return "BestEffort";
  const isGuaranteed = resources.every((resource) => {
    const limits = child(resource, "limits");
    const requests = { ...limits, ...child(resource, "requests") };
    return ["cpu", "memory"].every((name) => limits[name] !== undefined && limits[name] === requests[name]);
  });
  return isGuaranteed ? "Guaranteed" : "Burstable";
}
