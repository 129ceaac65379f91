import { Agenda, type Clock } from "./clock.ts";
import { DeploymentController } from "./controller/deployment.ts";
import { GarbageCollector } from "./controller/garbage-collector.ts";
import { AutoscalerController } from "./controller/horizontal-pod-autoscaler.ts";
import { type ImageRule, ImageBehaviours } from "./controller/image-behaviour.ts";
import { Kubelet, NODE_NAME } from "./controller/kubelet.ts";
import { ReplicaSetController } from "./controller/replica-set.ts";
import { defaultTimings, type Timings } from "./controller/timings.ts";
import { isObject, type JsonObject } from "./json.ts";
import { timestamp } from "./object.ts";
import { Registry } from "./registry.ts";
import { configMaps, namespaces, nodes, serviceAccounts } from "./resource-type.ts";
import { ObjectStore } from "./store.ts";

export interface SimulationOptions {
  readonly clock: Clock;
  readonly speed: number;
  readonly namespaces: readonly string[];
  readonly images?: readonly ImageRule[];
  readonly timings?: Partial<Timings>;
}

/** A cluster without its HTTP server: the store, and the controllers that work on it. */
export interface Simulation {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly agenda: Agenda;
  readonly images: ImageBehaviours;
  readonly kubelet: Kubelet;
  readonly autoscalers: AutoscalerController;
}

export function startSimulation(options: SimulationOptions): Simulation {
  const agenda = new Agenda(options.clock, options.speed);
  const store = new ObjectStore();
  const registry = new Registry(store, agenda);
  const images = new ImageBehaviours(options.images);
  const timings = { ...defaultTimings, ...options.timings };
  const kubelet = new Kubelet(registry, images, timings);
  const autoscalers = new AutoscalerController(registry, timings.autoscalerMs);
  const workloads = [new DeploymentController(registry), new ReplicaSetController(registry), kubelet, autoscalers];
  const controllers = [...workloads, new GarbageCollector(registry)];
  store.subscribe((change) => {
    for (const controller of controllers) controller.observe(change);
  });
  store.subscribe(({ resource, type, object }) => {
    if (resource === namespaces && type === "ADDED") agenda.after(SEED_NAMESPACE_MS, () => seedNamespace(registry, object.metadata.name));
  });
  seedCluster(registry, options.namespaces);
  return { store, registry, agenda, images, kubelet, autoscalers };
}

const SEED_NAMESPACE_MS = 20;
const SEEDER = { manager: "kube-apiserver" } as const;

function seedCluster(registry: Registry, names: readonly string[]): void {
  for (const name of names) {
    registry.create({ type: namespaces, namespace: "", name }, { metadata: { name } }, SEEDER);
    seedNamespace(registry, name);
  }
  const created = timestamp(registry.agenda.now());
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
  const node: JsonObject = {
    metadata: {
      name: NODE_NAME,
      labels: { "kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
    },
    spec: {},
    status: {
      capacity: { cpu: "8", memory: "16Gi", pods: "110" },
      allocatable: { cpu: "8", memory: "16Gi", pods: "110" },
      conditions: [{ ...ready, lastHeartbeatTime: created, lastTransitionTime: created }],
      addresses: [
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "Hostname", address: NODE_NAME },
      ],
      nodeInfo: {
        kubeletVersion: "v1.36.0",
        osImage: "Simulated Linux",
        kernelVersion: "6.12.0",
        containerRuntimeVersion: "containerd://2.1.0",
      },
    },
  };
  registry.create({ type: nodes, namespace: "", name: NODE_NAME }, node, SEEDER);
}

/** What every namespace gets from the controller manager, unless it is there or the namespace is going. */
function seedNamespace(registry: Registry, namespace: string): void {
  const isGoing = registry.store.get(namespaces, namespace)?.metadata.deletionTimestamp !== undefined;
  if (isGoing || registry.store.get(serviceAccounts, "default", namespace) !== undefined) return;
  const account = { metadata: { name: "default" } };
  registry.create({ type: serviceAccounts, namespace, name: "default" }, account, SEEDER);
  const ca = { metadata: { name: "kube-root-ca.crt" }, data: { "ca.crt": "" } };
  registry.create({ type: configMaps, namespace, name: "kube-root-ca.crt" }, ca, SEEDER);
}

/** Narrows a seed to JSON: it comes from a test's own literal. */
export function asJsonObject(value: unknown): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  if (isObject(copy)) return copy;
  throw new TypeError(`not an object: ${String(value)}`);
}
