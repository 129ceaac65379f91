import { askAccess, type AccessAnswer, type AccessQuestion } from "./api/access.ts";
import type { CallOptions, ListOptions, NamespaceOptions, WriteOptions } from "./api/call-options.ts";
import type { Connection } from "./api/connection.ts";
import { listAll, listPages, type ListTarget, type Page } from "./api/list.ts";
import { Objects, type DeleteOptions, type PatchOptions, type ScaleOptions } from "./api/objects.ts";
import { checkNamespace, resolveKind, type Kind } from "./api/resource.ts";
import type { ServerVersion } from "./api/server-version.ts";
import { WarningCollector } from "./api/warnings.ts";
import { connect, type ClusterOptions } from "./connect/cluster-options.ts";
import { optionsFromConfig, type FromConfigOptions } from "./connect/from-config.ts";
import { optionsFromEnv, type FromEnvOptions } from "./connect/from-env.ts";
import { optionsInCluster, type InClusterOptions } from "./connect/in-cluster.ts";
import { readPodLog, type PodLogOptions } from "./pods/pod-log.ts";
import { summarisePod, type PodSummary } from "./pods/pod-summary.ts";
import type { RolloutSnapshot } from "./rollout/rollout-state.ts";
import { takeSnapshot } from "./rollout/take-snapshot.ts";
import type { Deployment, KubernetesObject, List, ObjectInput, Pod, ReplicaSet, Scale, Status } from "./types.ts";
import type { WatchEvent } from "./watch/watch-event.ts";
import { Watch } from "./watch/watch-objects.ts";
import { realEnvironment, watchSource, type WatchOptions } from "./watch/watch-source.ts";

/** Kinds whose objects have a type here; for others give your own, or `kubernetes-types`'. */
export interface KnownKinds {
  readonly pods: Pod;
  readonly deployments: Deployment;
  readonly replicasets: ReplicaSet;
}

/**
 * A Kubernetes API server.
 *
 * Every method throws {@link KubernetesError} when the server refuses, and a RequestError when there is no answer. Reads are repeated on
 * network errors and 5xx, any call on 429 and 5xx with a Retry-After; a write whose outcome is unknown is not: read the object back.
 *
 * @example
 * const cluster = Cluster.fromConfig({ context: "prod" });
 * for (const pod of await cluster.pods({ namespace: "shop" })) console.log(pod.name, pod.status, pod.ready);
 * await cluster.close();
 */
export class Cluster {
  readonly server: string;
  /** Of calls that name none. */
  readonly namespace: string;
  /** The kubeconfig context it came from. */
  readonly contextName: string | undefined;
  readonly #connection: Connection;
  readonly #objects: Objects;
  readonly #warnings: WarningCollector;

  /** @throws ConfigError, InvalidRequestError for options that cannot be used */
  constructor(options: ClusterOptions) {
    this.#warnings = new WarningCollector(options.onWarning);
    this.#connection = connect(options, this.#warnings);
    this.server = options.server;
    this.namespace = options.namespace ?? "default";
    this.contextName = options.contextName;
    this.#objects = new Objects(this.#connection, this.namespace);
  }

  /**
   * By a kubeconfig: `kubeconfig`, else $KUBECONFIG, else ~/.kube/config.
   * @throws ConfigError (ERR_KUBECONFIG) with file, line and column; for an unknown context with those there are
   */
  static fromConfig(options: FromConfigOptions = {}): Cluster {
    return new Cluster(optionsFromConfig(options));
  }

  /**
   * By the service account of the pod this runs in.
   * @throws ConfigError (ERR_CONFIG) outside a pod
   */
  static inCluster(options: InClusterOptions = {}): Cluster {
    return new Cluster(optionsInCluster(options));
  }

  /**
   * By K8S_API_URL (default https://kubernetes.default.svc), K8S_TOKEN, and K8S_CA_FILE for a private authority.
   * @throws ConfigError (ERR_CONFIG) that names the variable
   */
  static fromEnv(options: FromEnvOptions = {}): Cluster {
    return new Cluster(optionsFromEnv(options));
  }

  /** The server's warnings so far, each once. */
  get warnings(): readonly string[] {
    return this.#warnings.texts;
  }

  /** Every object of a kind, whatever number of pages that takes. */
  list<K extends keyof KnownKinds>(kind: K, options?: ListOptions): Promise<List<KnownKinds[K]>>;
  list<T extends object = KubernetesObject>(kind: Kind, options?: ListOptions): Promise<List<T>>;
  list<T extends object>(kind: Kind, options: ListOptions = {}): Promise<List<T>> {
    return listAll<T>(this.#connection, this.#target(kind, options));
  }

  /**
   * The same page by page, for lists that should not be held at once.
   * @throws KubernetesError `isGone` when the pages are read so slowly that the server has let go of the list
   */
  pages<K extends keyof KnownKinds>(kind: K, options?: ListOptions): AsyncIterable<Page<KnownKinds[K]>>;
  pages<T extends object = KubernetesObject>(kind: Kind, options?: ListOptions): AsyncIterable<Page<T>>;
  pages<T extends object>(kind: Kind, options: ListOptions = {}): AsyncIterable<Page<T>> {
    return listPages<T>(this.#connection, this.#target(kind, options));
  }

  /** @throws KubernetesError `isNotFound` */
  get<K extends keyof KnownKinds>(kind: K, name: string, options?: NamespaceOptions): Promise<KnownKinds[K]>;
  get<T extends object = KubernetesObject>(kind: Kind, name: string, options?: NamespaceOptions): Promise<T>;
  get<T extends object>(kind: Kind, name: string, options?: NamespaceOptions): Promise<T> {
    return this.#objects.get<T>(kind, name, options);
  }

  /** @throws KubernetesError `isAlreadyExists`, which after a lost answer may be our own doing: compare; `isInvalid` */
  create<T extends object = KubernetesObject>(kind: Kind, object: ObjectInput, options: WriteOptions = {}): Promise<T> {
    return this.#objects.create<T>(kind, object, options);
  }

  /**
   * Replaces the object (PUT). Keep its `metadata.resourceVersion`: without it the last writer wins.
   * @throws KubernetesError `isConflict` when it has changed since it was read
   */
  update<T extends object = KubernetesObject>(kind: Kind, object: ObjectInput, options: WriteOptions = {}): Promise<T> {
    return this.#objects.update<T>(kind, object, options);
  }

  /**
   * Changes parts of an object. With `metadata.resourceVersion` in a merge or strategic patch it is refused (409) if the object has changed.
   * @throws KubernetesError `isConflict`, `isInvalid`
   * @example await cluster.patch("deployments", "web", { spec: { replicas: 3 } }, { namespace: "shop", dryRun: "All" });
   */
  patch<T extends object = KubernetesObject>(
    kind: Kind,
    name: string,
    ...[patch, options = {}]: [patch: unknown, options?: PatchOptions]
  ): Promise<T> {
    return this.#objects.patch<T>(kind, name, { patch, options });
  }

  /**
   * Server-side apply: creates the object, or makes the named fields ours.
   * @throws KubernetesError `isConflict` naming the field's owner; `force: true` takes it over
   */
  apply<T extends object = KubernetesObject>(
    kind: Kind,
    object: ObjectInput,
    options: WriteOptions & Pick<PatchOptions, "force"> = {},
  ): Promise<T> {
    return this.#objects.apply<T>(kind, object, options);
  }

  /** Gives what the server answers: the object as it goes, or a Status when it is gone. */
  delete(kind: Kind, name: string, options: DeleteOptions = {}): Promise<KubernetesObject | Status> {
    return this.#objects.delete(kind, name, options);
  }

  /** The `scale` subresource: needs less permission than the object itself. */
  getScale(kind: Kind, name: string, options: NamespaceOptions = {}): Promise<Scale> {
    return this.#objects.get<Scale>(kind, name, { ...options, subresource: "scale" });
  }

  /** Sets the number of replicas by the `scale` subresource. A HorizontalPodAutoscaler on it undoes that within seconds. */
  scale(kind: Kind, name: string, options: ScaleOptions): Promise<Scale> {
    return this.#objects.scale(kind, name, options);
  }

  /**
   * What is there (ADDED), then every change, for as long as the loop runs: broken, silent and expired connections are taken up again, and
   * what was missed is found by listing anew. Ends by `break`, or with an AbortError by `signal`.
   *
   * @throws KubernetesError for a missing permission or an unknown kind; RequestError ERR_KUBERNETES_WATCH after `giveUpAfter`
   * @example for await (const { type, object } of cluster.watch("pods", { namespace: "shop" })) console.log(type, object.metadata.name);
   */
  watch<K extends keyof KnownKinds>(kind: K, options?: WatchOptions): AsyncIterable<WatchEvent<KnownKinds[K]>>;
  watch<T extends object = KubernetesObject>(kind: Kind, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  watch<T extends object>(kind: Kind, options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    const target = { type: resolveKind(kind), defaultNamespace: this.namespace };
    const watch = new Watch(watchSource(this.#connection, target, options), options, realEnvironment);
    // What the objects hold beside their metadata is the caller's claim.
    return watch.events() as AsyncIterable<WatchEvent<object>> as AsyncIterable<WatchEvent<T>>;
  }

  /** Pods in the words of `kubectl get pods`. */
  async pods(options: ListOptions = {}): Promise<readonly PodSummary[]> {
    let nowMs = Date.now();
    const { items } = await this.list("pods", {
      ...options,
      onAnswer: (answer) => {
        nowMs = answer.serverTimeMs;
        options.onAnswer?.(answer);
      },
    });
    return items.map((pod) => summarisePod(pod, nowMs));
  }

  /** A container's log as text. @throws KubernetesError `isInvalid` or 400 when the container has not started */
  podLog(name: string, options: PodLogOptions = {}): Promise<string> {
    const namespace = options.namespace ?? this.namespace;
    return readPodLog(this.#connection, name, { ...options, namespace });
  }

  /** A Deployment with the ReplicaSets and pods that it owns, for {@link checkRollout}. `deployment` is undefined when there is none. */
  rolloutSnapshot(namespace: string, name: string, options: CallOptions = {}): Promise<RolloutSnapshot> {
    return takeSnapshot(this.#connection, { ...options, namespace: checkNamespace(namespace), name });
  }

  /** Asks the server whether the present credentials may do something. Without a namespace: in all of them. */
  can(question: AccessQuestion): Promise<AccessAnswer> {
    return askAccess(this.#connection, question);
  }

  /** The API server's version. */
  async version(options: CallOptions = {}): Promise<ServerVersion> {
    const response = await this.#connection.send({ method: "GET", path: "/version", call: options });
    return response.json<ServerVersion>();
  }

  /** Waits for calls in flight and closes the connections; watches are broken off. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #target(kind: Kind, options: ListOptions): ListTarget {
    return { type: resolveKind(kind), defaultNamespace: this.namespace, options };
  }
}
