import { type LoopbackServer, listen } from "../server.ts";
import { type AccessRule, ADMIN_GROUP } from "./access.ts";
import { Authenticator, type TokenOwner } from "./auth.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ImageRule } from "./controller/image-behaviour.ts";
import type { Timings } from "./controller/timings.ts";
import { Faults } from "./faults.ts";
import type { User } from "./http/call.ts";
import { ApiServer, type RecordedRequest } from "./http/server.ts";
import { formatKubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
import { startSimulation } from "./simulation.ts";
import { StoreAccess } from "./store-access.ts";

export interface KubernetesOptions {
  /** 0, the default, lets the kernel choose. */
  readonly port?: number;
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
  readonly url: string;
  /** Of the own certificate authority, when the server speaks TLS. */
  readonly caPem?: string;
  /** A kubeconfig for this server, as text. */
  kubeconfig(options?: KubeconfigOptions): string;
  /** The objects, without HTTP. */
  readonly store: StoreAccess;
  readonly faults: Faults;
  /** What arrived, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves when the controllers have nothing left to do but wait (back-offs, deadlines). */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const ADMIN: User = { name: "kubernetes-admin", groups: [ADMIN_GROUP, "system:authenticated"] };
const DEVELOPER: User = { name: "developer", groups: ["system:authenticated"] };

/** Starts a stand-in on loopback. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const { namespaces = ["default", "kube-system", "shop"], speed = 1, clock = systemClock, rules = [], images, timings } = options;
  const simulation = startSimulation({ clock, speed, namespaces, ...(images && { images }), ...(timings && { timings }) });
  const everybody = options.tokens === undefined ? (options.rules === undefined ? ADMIN : DEVELOPER) : undefined;
  const authenticator = new Authenticator({ tokens: options.tokens ?? {}, everybody });
  const store = new StoreAccess(simulation, authenticator);
  const faults = new Faults();
  const api = new ApiServer({
    simulation,
    authenticator,
    rules,
    faults,
    bookmarkMs: options.bookmarkMs ?? 60_000,
    certificateUser: () => undefined,
  });
  for (const object of options.seed ?? []) store.create(object);
  const server: LoopbackServer = await listen(api.listener, { port: options.port ?? 0 });
  return {
    name: "kubernetes",
    url: server.url,
    store,
    faults,
    requests: api.requests,
    kubeconfig: (given = {}) => {
      const credentials = given.credentials ?? (everybody === undefined ? "token" : "none");
      const facts = { url: server.url, caPem: undefined, token: authenticator.firstToken, certificate: undefined };
      return formatKubeconfig(facts, { ...given, credentials });
    },
    settle: () => simulation.agenda.settled(),
    close: async () => {
      simulation.agenda.stop();
      await server.close();
    },
  };
}
