import { randomBytes } from "node:crypto";
import { type AccessRule, ADMIN_GROUP } from "./access.ts";
import { Authenticator, type TokenOwner } from "./auth.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ImageRule } from "./controller/image-behaviour.ts";
import type { Timings } from "./controller/timings.ts";
import { Endpoint } from "./endpoint.ts";
import { Faults } from "./faults.ts";
import type { User } from "./http/call.ts";
import { ApiServer, type RecordedRequest } from "./http/server.ts";
import { formatKubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
import { podQuota } from "./quota.ts";
import type { Admission } from "./registry.ts";
import { type Simulation, startSimulation } from "./simulation.ts";
import { StoreAccess } from "./store-access.ts";
import type { CertificatePair, CertificateSubject } from "./tls/authority.ts";
import { certificateUserOf } from "./tls/certificate-user.ts";

/** What the stand-in of Kubernetes starts with. */
export interface KubernetesOptions {
  /** 0, the default, lets the kernel choose. */
  readonly port?: number;
  /**
   * Serves HTTPS with an own certificate authority, and demands credentials: a client certificate or a token.
   * Needs the package `@peculiar/x509`. Default false: plain HTTP, where everybody is an administrator, as behind `kubectl proxy`.
   */
  readonly tls?: boolean;
  /** Tokens and whom they stand for. Over plain HTTP nobody needs one unless some are given; with `tls` there is one for an administrator by default. */
  readonly tokens?: Readonly<Record<string, TokenOwner>>;
  /**
   * What users outside the group `system:masters` may do. Default: nothing but discovery.
   * Over plain HTTP without tokens, giving rules makes everybody the user `developer`, who has only these.
   */
  readonly rules?: readonly AccessRule[];
  /** Default: default, kube-system, shop. */
  readonly namespaces?: readonly string[];
  /** How many times faster than a usual cluster things happen. Default 1. */
  readonly speed?: number;
  /** Steps of a pod's life, before `speed`. */
  readonly timings?: Partial<Timings>;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** How images behave; the first match counts. Tags with bad, missing, crash, unready, slow or oom in them need no rule. */
  readonly images?: readonly ImageRule[];
  /** Objects created at the start. */
  readonly seed?: readonly object[];
  /** Between bookmarks of a watch, in simulated milliseconds. Default 60000. */
  readonly bookmarkMs?: number;
}

/** A running stand-in for a Kubernetes API server and its controllers. */
export interface KubernetesStandIn {
  readonly name: "kubernetes";
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Of the own certificate authority, when the server speaks TLS. */
  readonly caPem?: string;
  /** A kubeconfig for this server, as text; nothing is written to disk. */
  kubeconfig(options?: KubeconfigOptions): string;
  /** Issues a certificate for a user and its groups. Rejects when the server does not speak TLS. */
  clientCertificate(subject: CertificateSubject): Promise<CertificatePair>;
  /** The objects, without HTTP. */
  readonly store: StoreAccess;
  readonly faults: Faults;
  /** What arrived, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves when the controllers have nothing left to do but wait (back-offs, deadlines). */
  settle(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ADMIN: User = { name: "kubernetes-admin", groups: [ADMIN_GROUP, "system:authenticated"] };
const DEVELOPER: User = { name: "developer", groups: ["system:authenticated"] };

/**
 * Starts a stand-in for a Kubernetes API server (as of 1.36) with the Deployment, ReplicaSet and pod controllers behind it,
 * on 127.0.0.1.
 *
 * @throws when the port is taken, or when `tls` is wanted and `@peculiar/x509` is not installed
 * @example
 * const cluster = await startKubernetes({ speed: 10, seed: [deployment] });
 * cluster.faults.next({ type: "tooManyRequests", retryAfterSeconds: 2 }, { method: "PATCH" });
 * await writeFile("kubeconfig", cluster.kubeconfig({ namespace: "shop" }));
 * await cluster.settle();
 * await cluster.close();
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const simulation = simulationFor(options);
  const authenticator = authenticatorFor(options);
  const store = new StoreAccess(simulation, authenticator);
  const endpoint = await Endpoint.prepare(options.tls === true);
  const faults = new Faults({
    watches: (action) => api.eachWatch(action),
    quota: (quota) => addAdmission(simulation, podQuota(simulation.store, quota)),
    autoscaler: (namespace, name, replicas) => simulation.autoscalers.want(namespace, name, replicas),
    restart: (downMs) => endpoint.restart(downMs),
  });
  const { rules = [], bookmarkMs = 60_000 } = options;
  const api = new ApiServer({ simulation, authenticator, rules, faults, bookmarkMs, certificateUser: certificateUserOf });
  for (const object of options.seed ?? []) store.create(object);
  await endpoint.listen(api.listener, options.port ?? 0);
  const close = async (): Promise<void> => {
    simulation.agenda.stop();
    await endpoint.close();
  };
  return {
    name: "kubernetes",
    url: endpoint.url,
    port: endpoint.port,
    ...(endpoint.caPem === undefined ? {} : { caPem: endpoint.caPem }),
    kubeconfig: (given = {}) => {
      const credentials = given.credentials ?? (authenticator.needsCredentials ? "token" : "none");
      const { url, caPem, adminCertificate } = endpoint;
      return formatKubeconfig({ url, caPem, token: authenticator.firstToken, certificate: adminCertificate }, { ...given, credentials });
    },
    clientCertificate: (subject) => endpoint.clientCertificate(subject),
    store,
    faults,
    requests: api.requests,
    settle: () => simulation.agenda.settled(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function simulationFor(options: KubernetesOptions): Simulation {
  const { namespaces = ["default", "kube-system", "shop"], speed = 1, clock = systemClock, images, timings } = options;
  if (!(speed > 0)) throw new RangeError(`speed must be greater than 0, got ${speed}`);
  return startSimulation({ clock, speed, namespaces, ...(images && { images }), ...(timings && { timings }) });
}

function authenticatorFor({ tls = false, tokens, rules }: KubernetesOptions): Authenticator {
  if (tokens !== undefined) return new Authenticator({ tokens, everybody: undefined });
  if (!tls) return new Authenticator({ tokens: {}, everybody: rules === undefined ? ADMIN : DEVELOPER });
  const token = randomBytes(24).toString("base64url");
  return new Authenticator({ tokens: { [token]: { user: ADMIN.name, groups: [ADMIN_GROUP] } }, everybody: undefined });
}

function addAdmission({ registry }: Simulation, admission: Admission): () => void {
  registry.admissions.push(admission);
  return () => {
    registry.admissions.splice(registry.admissions.indexOf(admission), 1);
  };
}
