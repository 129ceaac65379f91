import { child, isObject, type Json, type JsonObject, textOf } from "./json.ts";

/** Sets fields that are absent. */
function fill(target: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= value;
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}

/** apps/v1 Deployment: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
export function defaultDeployment(object: JsonObject): void {
  const spec = own(object, "spec");
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = own(spec, "strategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") fill(own(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  defaultPodSpec(own(own(spec, "template"), "spec"));
}

export function defaultReplicaSet(object: JsonObject): void {
  const spec = own(object, "spec");
  fill(spec, { replicas: 1 });
  defaultPodSpec(own(own(spec, "template"), "spec"));
}

/** Pod defaults, and what the service account and toleration admission plugins add. */
export function defaultPod(object: JsonObject): void {
  const spec = own(object, "spec");
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true, priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  fill(spec, { serviceAccountName: spec["serviceAccount"] ?? "default" });
  spec["serviceAccount"] = spec["serviceAccountName"];
  const tolerate = (key: string): JsonObject => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  fill(spec, { tolerations: [tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable")] });
}

function defaultPodSpec(spec: JsonObject): void {
  fill(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  for (const container of [...objects(spec["initContainers"]), ...objects(spec["containers"])]) defaultContainer(container);
  for (const volume of objects(spec["volumes"])) defaultVolume(volume);
}

function defaultContainer(container: JsonObject): void {
  const image = typeof container["image"] === "string" ? container["image"] : "";
  const last = image.slice(image.lastIndexOf("/") + 1);
  const isLatest = !image.includes("@") && (!last.includes(":") || last.endsWith(":latest"));
  fill(container, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: isLatest ? "Always" : "IfNotPresent",
  });
  for (const port of objects(container["ports"])) fill(port, { protocol: "TCP" });
  for (const env of objects(container["env"])) {
    const fieldRef = child(env["valueFrom"], "fieldRef");
    if (Object.keys(fieldRef).length > 0) fill(fieldRef, { apiVersion: "v1" });
  }
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) defaultProbe(container[key]);
}

function defaultProbe(probe: Json | undefined): void {
  if (!isObject(probe)) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const httpGet = probe["httpGet"];
  if (isObject(httpGet)) fill(httpGet, { path: "/", scheme: "HTTP" });
  const grpc = probe["grpc"];
  if (isObject(grpc)) fill(grpc, { service: "" });
}

function defaultVolume(volume: JsonObject): void {
  if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
  for (const source of ["configMap", "secret", "downwardAPI", "projected"]) {
    const given = volume[source];
    if (isObject(given)) fill(given, { defaultMode: 420 });
  }
}

export function defaultService(object: JsonObject): void {
  const spec = own(object, "spec");
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  if (spec["type"] !== "ExternalName")
    fill(spec, { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  for (const port of objects(spec["ports"]))
    fill(port, { protocol: "TCP", ...(port["port"] === undefined ? {} : { targetPort: port["port"] }) });
}

export function defaultAutoscaler(object: JsonObject): void {
  const spec = own(object, "spec");
  fill(spec, { minReplicas: 1 });
  const utilization: JsonObject = { type: "Utilization", averageUtilization: 80 };
  fill(spec, { metrics: [{ type: "Resource", resource: { name: "cpu", target: utilization } }] });
}

export function defaultSecret(object: JsonObject): void {
  fill(object, { type: "Opaque" });
  // stringData is write-only: it is stored as data.
  const text = object["stringData"];
  if (!isObject(text)) return;
  const data = own(object, "data");
  for (const [key, value] of Object.entries(text)) data[key] = Buffer.from(textOf(value)).toString("base64");
  delete object["stringData"];
}

export function defaultNamespace(object: JsonObject): void {
  fill(own(object, "spec"), { finalizers: ["kubernetes"] });
  const name = child(object, "metadata")["name"];
  if (typeof name === "string") fill(own(own(object, "metadata"), "labels"), { "kubernetes.io/metadata.name": name });
}

/** The object under a key, created when absent, for filling in place. */
function own(object: JsonObject, key: string): JsonObject {
  const found = object[key];
  if (isObject(found)) return found;
  const created: JsonObject = {};
  object[key] = created;
  return created;
}
