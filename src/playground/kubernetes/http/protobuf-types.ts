/** How a protobuf field becomes JSON. */
export type FieldType =
  | "string"
  | "bytes"
  | "integer"
  | "boolean"
  | "time"
  | "intOrString"
  /** A status: a client's is dropped on create, whatever is in it. */
  | "ignored"
  | (() => MessageType)
  | { readonly repeats: "list" | "map"; readonly of: "string" | "bytes" | (() => MessageType) };

/** Field numbers, from the generated.proto files of the API. */
export type MessageType = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const status = ["status", "ignored"] as const;
const strings: FieldType = { repeats: "list", of: "string" };
const stringMap: FieldType = { repeats: "map", of: "string" };
const list = (of: () => MessageType): FieldType => ({ repeats: "list", of });

const objectMeta: MessageType = {
  1: ["name", "string"],
  2: ["generateName", "string"],
  3: ["namespace", "string"],
  4: ["selfLink", "string"],
  5: ["uid", "string"],
  6: ["resourceVersion", "string"],
  7: ["generation", "integer"],
  8: ["creationTimestamp", "time"],
  11: ["labels", stringMap],
  12: ["annotations", stringMap],
  14: ["finalizers", strings],
};
const metadata = ["metadata", () => objectMeta] as const;

const labelSelector: MessageType = {
  1: ["matchLabels", stringMap],
  2: ["matchExpressions", list(() => ({ 1: ["key", "string"], 2: ["operator", "string"], 3: ["values", strings] }))],
};

const containerPort: MessageType = {
  1: ["name", "string"],
  2: ["hostPort", "integer"],
  3: ["containerPort", "integer"],
  4: ["protocol", "string"],
  5: ["hostIP", "string"],
};

const container: MessageType = {
  1: ["name", "string"],
  2: ["image", "string"],
  3: ["command", strings],
  4: ["args", strings],
  5: ["workingDir", "string"],
  6: ["ports", list(() => containerPort)],
  7: ["env", list(() => ({ 1: ["name", "string"], 2: ["value", "string"] }))],
  13: ["terminationMessagePath", "string"],
  14: ["imagePullPolicy", "string"],
};

const podSpec: MessageType = {
  2: ["containers", list(() => container)],
  3: ["restartPolicy", "string"],
  4: ["terminationGracePeriodSeconds", "integer"],
  6: ["dnsPolicy", "string"],
  8: ["serviceAccountName", "string"],
  20: ["initContainers", list(() => container)],
};

const podTemplate: MessageType = { 1: metadata, 2: ["spec", () => podSpec] };

const rollingUpdate: MessageType = { 1: ["maxUnavailable", "intOrString"], 2: ["maxSurge", "intOrString"] };

const deploymentSpec: MessageType = {
  1: ["replicas", "integer"],
  2: ["selector", () => labelSelector],
  3: ["template", () => podTemplate],
  4: ["strategy", () => ({ 1: ["type", "string"], 2: ["rollingUpdate", () => rollingUpdate] })],
  5: ["minReadySeconds", "integer"],
  6: ["revisionHistoryLimit", "integer"],
  7: ["paused", "boolean"],
  9: ["progressDeadlineSeconds", "integer"],
};

const resourceAttributes: MessageType = {
  1: ["namespace", "string"],
  2: ["verb", "string"],
  3: ["group", "string"],
  4: ["version", "string"],
  5: ["resource", "string"],
  6: ["subresource", "string"],
  7: ["name", "string"],
};

const accessSpec: MessageType = {
  1: ["resourceAttributes", () => resourceAttributes],
  2: ["nonResourceAttributes", () => ({ 1: ["path", "string"], 2: ["verb", "string"] })],
};

/** The kinds kubectl sends as protobuf. */
export const messageTypes: Readonly<Record<string, MessageType>> = {
  Deployment: { 1: metadata, 2: ["spec", () => deploymentSpec], 3: status },
  Namespace: { 1: metadata, 2: ["spec", () => ({ 1: ["finalizers", strings] })], 3: status },
  ConfigMap: { 1: metadata, 2: ["data", stringMap], 3: ["binaryData", { repeats: "map", of: "bytes" }], 4: ["immutable", "boolean"] },
  Secret: {
    1: metadata,
    2: ["data", { repeats: "map", of: "bytes" }],
    3: ["type", "string"],
    4: ["stringData", stringMap],
    5: ["immutable", "boolean"],
  },
  ServiceAccount: { 1: metadata },
  SelfSubjectAccessReview: { 1: metadata, 2: ["spec", () => accessSpec], 3: status },
  SelfSubjectRulesReview: { 1: metadata, 2: ["spec", () => ({ 1: ["namespace", "string"] })], 3: status },
  SelfSubjectReview: { 1: metadata, 2: status },
};
