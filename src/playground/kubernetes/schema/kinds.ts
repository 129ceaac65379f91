import { conditions, kindSchema, labelSelector } from "./metadata.ts";
import { podSpec, podStatus, podTemplate } from "./pod.ts";
import {
  atomicList,
  boolean,
  count,
  fields,
  flag,
  integer,
  intOrString,
  keyedList,
  map,
  microTime,
  object,
  opaque,
  optionalString,
  string,
} from "./schema.ts";

export const deployment = kindSchema("Deployment", {
  spec: object("DeploymentSpec", {
    ...fields(integer, "replicas revisionHistoryLimit progressDeadlineSeconds"),
    minReadySeconds: count,
    selector: labelSelector,
    template: podTemplate,
    strategy: {
      ...object("DeploymentStrategy", {
        type: string,
        rollingUpdate: object("RollingUpdateDeployment", fields(intOrString, "maxUnavailable maxSurge")),
      }),
      retainKeys: true,
    },
    paused: flag,
  }),
  status: object("DeploymentStatus", {
    ...fields(count, "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas"),
    ...fields(integer, "terminatingReplicas collisionCount"),
    conditions: conditions("DeploymentCondition"),
  }),
});

export const replicaSet = kindSchema("ReplicaSet", {
  spec: object("ReplicaSetSpec", {
    replicas: integer,
    minReadySeconds: count,
    selector: labelSelector,
    template: podTemplate,
  }),
  status: object("ReplicaSetStatus", {
    ...fields(count, "fullyLabeledReplicas readyReplicas availableReplicas observedGeneration"),
    ...fields(integer, "replicas terminatingReplicas"),
    conditions: conditions("ReplicaSetCondition"),
  }),
});

export const pod = kindSchema("Pod", { spec: podSpec, status: podStatus });

/** autoscaling/v1 Scale, the body of every /scale. */
export const scale = kindSchema("Scale", {
  spec: object("ScaleSpec", { replicas: count }),
  status: object("ScaleStatus", { replicas: integer, selector: string }),
});

export const horizontalPodAutoscaler = kindSchema("HorizontalPodAutoscaler", {
  spec: object("HorizontalPodAutoscalerSpec", {
    scaleTargetRef: object("CrossVersionObjectReference", fields(string, "apiVersion kind name")),
    minReplicas: integer,
    maxReplicas: count,
    metrics: atomicList(opaque),
    behavior: opaque,
  }),
  status: object("HorizontalPodAutoscalerStatus", {
    ...fields(integer, "observedGeneration currentReplicas desiredReplicas"),
    lastScaleTime: string,
    currentMetrics: atomicList(opaque),
    conditions: conditions("HorizontalPodAutoscalerCondition"),
  }),
});

export const configMap = kindSchema("ConfigMap", { data: map(string), binaryData: map(string), immutable: boolean });

export const secret = kindSchema("Secret", { data: map(string), stringData: map(string), type: string, immutable: boolean });

export const service = kindSchema("Service", {
  spec: object("ServiceSpec", {
    ports: keyedList(
      object("ServicePort", {
        ...fields(string, "name protocol appProtocol"),
        ...fields(count, "port nodePort"),
        targetPort: intOrString,
      }),
      "port",
      ["port", "protocol"],
    ),
    selector: map(string),
    ...fields(atomicList(string), "clusterIPs externalIPs loadBalancerSourceRanges ipFamilies"),
    ...fields(
      string,
      `
      clusterIP type sessionAffinity loadBalancerIP externalName externalTrafficPolicy ipFamilyPolicy
      loadBalancerClass internalTrafficPolicy trafficDistribution
    `,
    ),
    healthCheckNodePort: count,
    publishNotReadyAddresses: flag,
    allocateLoadBalancerNodePorts: boolean,
    sessionAffinityConfig: opaque,
  }),
  status: object("ServiceStatus", { loadBalancer: opaque, conditions: conditions("Condition") }),
});

export const serviceAccount = kindSchema("ServiceAccount", {
  secrets: keyedList(opaque, "name"),
  imagePullSecrets: atomicList(opaque),
  automountServiceAccountToken: boolean,
});

export const namespace = kindSchema("Namespace", {
  spec: object("NamespaceSpec", { finalizers: atomicList(string) }),
  status: object("NamespaceStatus", { phase: string, conditions: conditions("NamespaceCondition") }),
});

export const node = kindSchema("Node", { spec: opaque, status: opaque });

export const event = kindSchema("Event", {
  ...fields(opaque, "involvedObject source series related"),
  ...fields(string, "reason message firstTimestamp lastTimestamp type eventTime action reportingComponent reportingInstance"),
  count,
});

export const lease = kindSchema("Lease", {
  spec: object("LeaseSpec", {
    ...fields(optionalString, "holderIdentity strategy preferredHolder"),
    ...fields(microTime, "acquireTime renewTime"),
    ...fields(integer, "leaseDurationSeconds leaseTransitions"),
  }),
});
