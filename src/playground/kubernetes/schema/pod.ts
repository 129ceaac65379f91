import { conditions, objectMeta } from "./metadata.ts";
import { atomicList, boolean, count, fields, flag, integer, intOrString, keyedList, map, object, opaque, string } from "./schema.ts";

const resources = object("ResourceRequirements", {
  limits: map(intOrString),
  requests: map(intOrString),
  claims: keyedList(object("ResourceClaim", fields(string, "name request")), "name"),
});

const probe = object("Probe", {
  ...fields(opaque, "exec httpGet tcpSocket grpc"),
  ...fields(count, "initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold"),
  terminationGracePeriodSeconds: integer,
});

const envVar = object("EnvVar", { name: string, value: string, valueFrom: opaque });

const containerPort = object("ContainerPort", {
  ...fields(string, "name protocol hostIP"),
  ...fields(count, "containerPort hostPort"),
});

const volumeMount = object("VolumeMount", {
  ...fields(string, "name mountPath subPath mountPropagation subPathExpr recursiveReadOnly"),
  readOnly: flag,
});

const container = object("Container", {
  ...fields(
    string,
    `
      name image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy
      targetContainerName
    `,
  ),
  command: atomicList(string),
  args: atomicList(string),
  ports: keyedList(containerPort, "containerPort", ["containerPort", "protocol"]),
  envFrom: atomicList(opaque),
  env: keyedList(envVar, "name"),
  resources,
  resizePolicy: atomicList(opaque),
  restartPolicyRules: atomicList(opaque),
  volumeMounts: keyedList(volumeMount, "mountPath"),
  volumeDevices: keyedList(object("VolumeDevice", fields(string, "name devicePath")), "devicePath"),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: opaque,
  securityContext: opaque,
  ...fields(flag, "stdin stdinOnce tty"),
});

const volume = {
  ...object("Volume", {
    name: string,
    ...fields(
      opaque,
      `
      hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs
      persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume
      quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image
    `,
    ),
  }),
  retainKeys: true,
};

const toleration = object("Toleration", { ...fields(string, "key operator value effect"), tolerationSeconds: integer });

/** corev1.PodSpec. */
export const podSpec = object("PodSpec", {
  volumes: keyedList(volume, "name"),
  containers: keyedList(container, "name"),
  initContainers: keyedList(container, "name"),
  ephemeralContainers: keyedList(container, "name"),
  imagePullSecrets: keyedList(object("LocalObjectReference", { name: string }), "name"),
  hostAliases: keyedList(object("HostAlias", { ip: string, hostnames: atomicList(string) }), "ip"),
  tolerations: atomicList(toleration),
  topologySpreadConstraints: keyedList(opaque, "topologyKey", ["topologyKey", "whenUnsatisfiable"]),
  readinessGates: atomicList(object("PodReadinessGate", { conditionType: string })),
  schedulingGates: keyedList(object("PodSchedulingGate", { name: string }), "name"),
  resourceClaims: { ...keyedList(opaque, "name") },
  nodeSelector: map(string),
  overhead: map(intOrString),
  resources,
  ...fields(opaque, "securityContext affinity dnsConfig os"),
  ...fields(
    string,
    `
      restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain schedulerName
      priorityClassName runtimeClassName preemptionPolicy hostnameOverride
    `,
  ),
  ...fields(integer, "terminationGracePeriodSeconds activeDeadlineSeconds priority"),
  ...fields(boolean, "automountServiceAccountToken shareProcessNamespace enableServiceLinks setHostnameAsFQDN hostUsers"),
  ...fields(flag, "hostNetwork hostPID hostIPC"),
});

/** corev1.PodTemplateSpec. */
export const podTemplate = object("PodTemplateSpec", { metadata: objectMeta, spec: podSpec });

/** corev1.PodStatus. */
export const podStatus = object("PodStatus", {
  ...fields(string, "phase message reason nominatedNodeName hostIP podIP startTime qosClass resize"),
  observedGeneration: count,
  conditions: conditions("PodCondition"),
  hostIPs: atomicList(opaque),
  podIPs: keyedList(object("PodIP", { ip: string }), "ip"),
  ...fields(atomicList(opaque), "containerStatuses initContainerStatuses ephemeralContainerStatuses resourceClaimStatuses"),
  ...fields(opaque, "extendedResourceClaimStatus allocatedResources resources"),
});
