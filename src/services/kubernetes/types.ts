/**
 * The parts of the API objects that errand reads. They are the server's own plain objects: fields that are not named
 * here are there all the same, and are sent back untouched by {@link Cluster.update}.
 */

/** `metadata` of every object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  /** Opaque: compare for equality only. */
  readonly resourceVersion: string;
  /** Grows with every change of the spec. */
  readonly generation?: number;
  /** RFC 3339, seconds. */
  readonly creationTimestamp?: string;
  /** Present while the object is being deleted. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** The object that owns another one, and with which it is deleted. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** What every object has. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** What a caller sends: these fields and any others; the server fills in the rest. Objects of `kubernetes-types` fit. */
export type ObjectInput = ObjectFields | (ObjectFields & Readonly<Record<string, unknown>>);

interface ObjectFields {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Every page of a list, joined. */
export interface List<T> {
  readonly apiVersion: string;
  readonly kind: string;
  /** The collection's version, from which a watch can go on. */
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** One of an object's `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  /** Of Deployments: when the condition was last written. */
  readonly lastUpdateTime?: string;
}

/** One of a selector's `matchExpressions`. */
export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/** `spec.selector` of workloads. Empty selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/** The template that a Deployment or ReplicaSet makes its pods from. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: PodSpec;
}

/** A Deployment of apps/v1, with the fields that errand reads. */
export interface Deployment extends KubernetesObject {
  readonly spec: {
    /** Default 1. */
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly paused?: boolean;
    /** Default 600. */
    readonly progressDeadlineSeconds?: number;
    /** Default 0. */
    readonly minReadySeconds?: number;
    /** Default 10. */
    readonly revisionHistoryLimit?: number;
  };
  /** Numbers that are 0 are absent. */
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** A ReplicaSet of apps/v1, with the fields that errand reads. */
export interface ReplicaSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplate;
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** A pod's spec, with the fields that errand reads. */
export interface PodSpec {
  readonly nodeName?: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** A container of a pod's spec. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
}

/** A Pod of v1, with the fields that errand reads. */
export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

/** A pod's status, with the fields that errand reads. */
export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly podIP?: string;
  readonly conditions?: readonly Condition[];
  /** Absent until the kubelet has seen the pod. */
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

/** One of a pod's `containerStatuses`. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly image?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** What a container is doing: exactly one of the three is set. */
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly signal?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly finishedAt?: string;
  };
}

/** Of the `scale` subresource. */
export interface Scale extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; /** As text, for a list call. */ readonly selector?: string };
}

/** The body of an error, and of some successful deletions. */
export interface Status {
  readonly apiVersion: string;
  readonly kind: "Status";
  readonly status?: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

/** What a Status of the API server is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly StatusCause[];
}

/** One reason why the API server refused an object. */
export interface StatusCause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}
