import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { isTLSError } from "../../errors/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../../playground/kubernetes/index.ts";
import {
  checkRollout,
  Cluster,
  isConflict,
  isForbidden,
  isInvalid,
  type Deployment,
  type Interruption,
  type Pod,
  type RolloutState,
  type WatchEvent,
} from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-stand-in-"));
afterAll(() => rmSync(directory, { recursive: true }));

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const standIn = await startKubernetes({ speed: 40, ...options });
  open.push(standIn);
  return standIn;
}

function keep(cluster: Cluster): Cluster {
  open.push(cluster);
  return cluster;
}

const plain = async (options: KubernetesOptions = {}): Promise<{ standIn: KubernetesStandIn; cluster: Cluster }> => {
  const standIn = await start(options);
  return { standIn, cluster: keep(new Cluster({ server: standIn.url, namespace: "shop", session: { retry: { backoff: 1 } } })) };
};

let files = 0;
function fromConfig(text: string, options: Parameters<typeof Cluster.fromConfig>[0] = {}): Cluster {
  const kubeconfig = join(directory, `config${(files += 1)}`);
  writeFileSync(kubeconfig, text);
  return keep(Cluster.fromConfig({ kubeconfig, ...options }));
}

function web(image = "nginx:1", replicas = 3) {
  const labels = { app: "web" };
  const containers = [{ name: "web", image, env: [{ name: "PASSWORD", value: "hunter2-hunter2" }] }];
  return {
    metadata: { name: "web", labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** Creates the Deployment and waits until its three pods are up. */
async function deploy(cluster: Cluster): Promise<void> {
  await cluster.create("deployments", web());
  while ((await cluster.pods()).filter((pod) => pod.ready).length < 3) await delay(5);
}

/** Patches, then looks until it is over; gives what was said, each once. */
async function rollOut(
  cluster: Cluster,
  patch: object,
  options: { readonly graceMs?: number } = {},
): Promise<{ last: RolloutState; said: readonly string[] }> {
  let patchedAtMs = 0;
  const patched = await cluster.patch<Deployment>("deployments", "web", patch, {
    onAnswer: (answer) => (patchedAtMs = answer.serverTimeMs),
  });
  const said = new Set<string>();
  let last: RolloutState | undefined;
  do {
    const snapshot = await cluster.rolloutSnapshot("shop", "web");
    last = checkRollout({
      snapshot,
      uid: patched.metadata.uid,
      ownGeneration: patched.metadata.generation ?? 0,
      patchedAtMs,
      previous: last,
      ...options,
    });
    said.add(`${last.phase} ${last.reason}`);
    await delay(5);
  } while (last.phase === "progressing");
  return { last, said: [...said] };
}

const image = (name: string): object => ({ spec: { template: { spec: { containers: [{ name: "web", image: name }] } } } });

describe("over TLS, a kubeconfig's cluster", () => {
  it("is trusted by its own authority alone, and a token says who calls", async () => {
    const standIn = await start({ tls: true });
    const cluster = fromConfig(standIn.kubeconfig({ context: "prod", namespace: "shop" }));
    expect(cluster).toMatchObject({ contextName: "prod", namespace: "shop", server: standIn.url });
    expect((await cluster.list("pods")).items).toEqual([]);
    const other = await start({ tls: true });
    const mixed = keep(new Cluster({ server: standIn.url, token: "token-of-nobody", ca: other.caPem }));
    expect(await mixed.version().catch((error: unknown) => isTLSError(error))).toBe(true);
  });

  it("takes a client certificate, and names the certificate's user when it refuses", async () => {
    const standIn = await start({ tls: true });
    const admin = fromConfig(standIn.kubeconfig({ credentials: "client-certificate" }));
    expect((await admin.list("pods")).items).toEqual([]);
    const { certPem, keyPem } = await standIn.clientCertificate({ name: "jane", groups: ["dev"] });
    const jane = keep(new Cluster({ server: standIn.url, ca: standIn.caPem, cert: certPem, key: keyPem }));
    const error = await jane.list("pods").catch((caught: unknown) => caught);
    expect(isForbidden(error)).toBe(true);
    expect(String(error)).toContain('User "jane"');
  });

  it("takes certificate and key from files", async () => {
    const standIn = await start({ tls: true });
    const { certPem, keyPem } = await standIn.clientCertificate({ name: "jane" });
    const [cert, key, ca] = ["tls.crt", "tls.key", "ca.crt"].map((name) => join(directory, name)) as [string, string, string];
    for (const [file, text] of [
      [cert, certPem],
      [key, keyPem],
      [ca, standIn.caPem ?? ""],
    ] as const)
      writeFileSync(file, text);
    await expect(keep(new Cluster({ server: standIn.url, ca, cert, key })).list("pods")).rejects.toThrow('User "jane"');
  });

  it("is checked against tlsServerName, and not at all with insecureSkipTlsVerify", async () => {
    const standIn = await start({ tls: true, tokens: { "token-of-jane": { user: "jane" } } });
    const options = { server: standIn.url, token: "token-of-jane", session: { retry: false } } as const;
    const named = (tlsServerName: string): Cluster => keep(new Cluster({ ...options, ca: standIn.caPem, tlsServerName }));
    expect((await named("localhost").version()).major).toBe("1");
    await expect(named("other.example.com").version()).rejects.toMatchObject({ code: "ERR_TLS_HOSTNAME" });
    await expect(keep(new Cluster(options)).version()).rejects.toSatisfy(isTLSError);
    expect((await keep(new Cluster({ ...options, insecureSkipTlsVerify: true })).version()).major).toBe("1");
  });

  it("asks a credential plugin, again after a 401, and takes its new certificate to new connections", async () => {
    const standIn = await start({ tls: true });
    const apiVersion = "client.authentication.k8s.io/v1";
    const answer = join(directory, "plugin-answer");
    const respond = async (name: string): Promise<void> => {
      const { certPem, keyPem } = await standIn.clientCertificate({ name });
      writeFileSync(
        answer,
        JSON.stringify({
          apiVersion,
          kind: "ExecCredential",
          status: { clientCertificateData: certPem, clientKeyData: keyPem, expirationTimestamp: "2020-01-01T00:00:00Z" },
        }),
      );
    };
    const exec = {
      command: process.execPath,
      args: ["-e", "process.stdout.write(require('node:fs').readFileSync(process.argv[1]))", answer],
    };
    const cluster = fromConfig(standIn.kubeconfig({ credentials: "exec", exec }));
    for (const name of ["first", "second"]) {
      await respond(name);
      await expect(cluster.list("pods")).rejects.toThrow(`User "${name}"`);
    }
  });

  it("is asked once more with the plugin's new token when the old one is refused", async () => {
    const standIn = await start({ tokens: { "token-first": { user: "jane", groups: ["system:masters"] } } });
    const answer = join(directory, "token-answer");
    const respond = (token: string): void =>
      writeFileSync(answer, JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }));
    const exec = {
      command: process.execPath,
      args: ["-e", "process.stdout.write(require('node:fs').readFileSync(process.argv[1]))", answer],
    };
    respond("token-first");
    const cluster = fromConfig(standIn.kubeconfig({ credentials: "exec", exec }));
    await cluster.list("pods");
    standIn.store.rotateToken("token-first", "token-second");
    await expect(cluster.list("pods")).rejects.toMatchObject({ status: 401, reason: "Unauthorized" });
    respond("token-second");
    expect((await cluster.list("pods")).items).toEqual([]);
  });
});

describe("from a pod and from the environment", () => {
  it("the service account's files lead to the cluster", async () => {
    const standIn = await start({
      tls: true,
      tokens: { "token-of-pod": { user: "system:serviceaccount:shop:deployer", groups: ["system:masters"] } },
    });
    const account = join(directory, "account");
    mkdirSync(account);
    for (const [name, text] of Object.entries({ token: "token-of-pod\n", "ca.crt": standIn.caPem ?? "", namespace: "shop" }))
      writeFileSync(join(account, name), text);
    const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(standIn.port) };
    const cluster = keep(Cluster.inCluster({ env, serviceAccountDirectory: account }));
    expect(cluster.namespace).toBe("shop");
    expect((await cluster.list("pods")).items).toEqual([]);
    expect(() => Cluster.inCluster({ env: {} })).toThrow("KUBERNETES_SERVICE_HOST is not set, so this is not running in a pod");
    rmSync(join(account, "ca.crt"));
    expect(() => Cluster.inCluster({ env, serviceAccountDirectory: account })).toThrow(/ca\.crt cannot be read: ENOENT/);
    const v6 = { ...env, KUBERNETES_SERVICE_HOST: "fd00::1" };
    writeFileSync(join(account, "ca.crt"), standIn.caPem ?? "");
    expect(keep(Cluster.inCluster({ env: v6, serviceAccountDirectory: account })).server).toBe(`https://[fd00::1]:${standIn.port}`);
  });

  it("K8S_API_URL, K8S_TOKEN and K8S_CA_FILE lead to the cluster", async () => {
    const standIn = await start({ tls: true, tokens: { "token-of-env": { user: "ci", groups: ["system:masters"] } } });
    const caFile = join(directory, "env-ca.crt");
    writeFileSync(caFile, standIn.caPem ?? "");
    const env = { K8S_API_URL: standIn.url, K8S_TOKEN: "token-of-env\n", K8S_CA_FILE: caFile };
    const cluster = keep(Cluster.fromEnv({ env }));
    expect((await cluster.list("pods")).items).toEqual([]);
    expect(keep(Cluster.fromEnv({ env: { K8S_TOKEN: "token-of-env" } })).server).toBe("https://kubernetes.default.svc");
    expect(() => Cluster.fromEnv({ env: {} })).toThrow("K8S_TOKEN is not set or empty");
    expect(() => Cluster.fromEnv({ env: { ...env, K8S_API_URL: "10.0.0.1" } })).toThrow("K8S_API_URL must begin with");
    expect(() => Cluster.fromEnv({ env: { ...env, K8S_CA_FILE: "/nowhere" } })).toThrow("K8S_CA_FILE names /nowhere, which does not exist");
  });
});

describe("pods", () => {
  it("are shown as kubectl shows them, right also while they start, crash and end", async () => {
    const { standIn, cluster } = await plain({ timings: { terminationMs: 60_000 } });
    await deploy(cluster);
    expect(await cluster.pods({ labelSelector: "app=web" })).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: "Running", ready: true, restarts: 0, images: ["nginx:1"] })),
    );
    await cluster.delete("pods", (await cluster.pods())[0]?.name ?? "");
    expect(await cluster.pods()).toContainEqual(expect.objectContaining({ status: "Terminating", ready: false, isTerminating: true }));
    standIn.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "bare", namespace: "shop" },
      spec: { containers: [{ name: "c", image: "x:bad" }] },
    });
    const bare = async () => (await cluster.pods({ fieldSelector: "metadata.name=bare" }))[0];
    expect(await bare()).toMatchObject({ status: "Pending", ready: false });
    while (!/ImagePull/.test((await bare())?.status ?? "")) await delay(5);
    expect(await bare()).toMatchObject({ ready: false, reason: expect.stringContaining("ImagePull") });
  });

  it("give their logs", async () => {
    const { standIn, cluster } = await plain();
    await deploy(cluster);
    const [first] = await cluster.pods();
    expect(typeof (await cluster.podLog(first?.name ?? "", { tailLines: 5 }))).toBe("string");
    expect(standIn.requests.at(-1)).toMatchObject({ path: `/api/v1/namespaces/shop/pods/${first?.name}/log`, query: { tailLines: "5" } });
  });
});

describe("a rollout", () => {
  it("is followed to its end", async () => {
    const { cluster } = await plain();
    await deploy(cluster);
    const { last, said } = await rollOut(cluster, { ...image("nginx:2"), metadata: { annotations: { x: "y" } } });
    expect(last).toMatchObject({ phase: "complete", numbers: { desired: 3, updated: 3, available: 3, old: 0 } });
    expect(said).toContain("progressing Updating");
  });

  it.each([
    ["nginx:bad", "ImagePull"],
    ["nginx:crash", "CrashLoop"],
    ["nginx:oom", "CrashLoop"],
  ])("of %s fails by the pods of the new revision: %s; its rollback is complete", async (name, reason) => {
    const { cluster } = await plain();
    await deploy(cluster);
    const { last } = await rollOut(cluster, image(name), { graceMs: 0 });
    expect(last).toMatchObject({ phase: "failed", reason });
    expect(last.problems.every((problem) => problem.pod.startsWith(`${last.newReplicaSet}-`))).toBe(true);
    expect((await rollOut(cluster, image("nginx:1"), { graceMs: 0 })).last.phase).toBe("complete");
  });

  it("that never becomes ready fails by its progress deadline; its rollback does not inherit that", async () => {
    const { cluster } = await plain();
    await deploy(cluster);
    const { last } = await rollOut(cluster, { spec: { progressDeadlineSeconds: 5, ...(image("nginx:unready") as { spec: object }).spec } });
    expect(last).toMatchObject({ phase: "failed", reason: "ProgressDeadlineExceeded" });
    expect((await rollOut(cluster, image("nginx:1"))).last.phase).toBe("complete");
  });

  it("of a Deployment that is gone has failed", async () => {
    const { cluster } = await plain();
    const snapshot = await cluster.rolloutSnapshot("shop", "web");
    expect(snapshot).toMatchObject({ deployment: undefined, replicaSets: [], pods: [] });
    expect(checkRollout({ snapshot, uid: "u", ownGeneration: 1, patchedAtMs: 0 })).toMatchObject({ phase: "failed", reason: "Deleted" });
  });

  it("looks at its own ReplicaSets and pods, not at strangers with its labels", async () => {
    const { standIn, cluster } = await plain();
    await deploy(cluster);
    standIn.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "stranger", namespace: "shop", labels: { app: "web" } },
      spec: { containers: [{ name: "c", image: "x:1" }] },
    });
    const { pods, replicaSets } = await cluster.rolloutSnapshot("shop", "web");
    expect(replicaSets).toHaveLength(1);
    expect(pods.map((pod) => pod.metadata.name)).not.toContain("stranger");
    expect(pods).toHaveLength(3);
  });
});

describe("a write", () => {
  it("on a version that has passed is a conflict, and a dry run changes nothing", async () => {
    const { cluster } = await plain();
    await deploy(cluster);
    const stale = { metadata: { resourceVersion: "1" }, spec: { replicas: 1 } };
    expect(isConflict(await cluster.patch("deployments", "web", stale).catch((error: unknown) => error))).toBe(true);
    await cluster.patch("deployments", "web", { spec: { replicas: 9 } }, { dryRun: "All" });
    expect((await cluster.get("deployments", "web")).spec.replicas).toBe(3);
    await cluster.scale("deployments", "web", { replicas: 4 });
    expect((await cluster.getScale("deployments", "web")).spec.replicas).toBe(4);
  });

  it("with a misspelt field is refused, and the error tells no environment variable", async () => {
    const { cluster } = await plain();
    await deploy(cluster);
    const error = await cluster.patch("deployments", "web", { spec: { replics: 2 } }).catch((caught: unknown) => caught);
    expect(isInvalid(error)).toBe(true);
    expect(String(error)).toContain("replics");
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain("hunter2");
  });
});

describe("a watch", () => {
  async function collect(
    cluster: Cluster,
    count: number,
    options: Parameters<Cluster["watch"]>[1] & { act?: () => unknown } = {},
  ): Promise<WatchEvent<Pod>[]> {
    const { act, ...rest } = options;
    const events: WatchEvent<Pod>[] = [];
    for await (const event of cluster.watch("pods", rest)) {
      events.push(event);
      if (events.length === 1) await act?.();
      if (events.length === count) break;
    }
    return events;
  }
  const summary = ({ type, object, isResync }: WatchEvent<Pod>): string =>
    `${type} ${object.metadata.name}${isResync === true ? " resync" : ""}`;
  const pod = (name: string): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels: { app: name } },
    spec: { nodeName: "nowhere", containers: [{ name: "c", image: "x:1" }] },
  });
  const withPod = async (): Promise<{ standIn: KubernetesStandIn; cluster: Cluster }> => {
    const made = await plain({ timings: { scheduledMs: 1e6, startedMs: 1e6, readyMs: 1e6 } });
    made.standIn.store.create(pod("a"));
    return made;
  };

  it("tells what is there and what changes, of the objects that are asked for", async () => {
    const { standIn, cluster } = await withPod();
    const act = (): void => {
      standIn.store.create(pod("b"));
      standIn.store.patch("pods", "a", { namespace: "shop", patch: { metadata: { labels: { x: "y" } } } });
    };
    expect((await collect(cluster, 2, { act, labelSelector: "app=a" })).map(summary)).toEqual(["ADDED a", "MODIFIED a"]);
    expect((await collect(cluster, 1, { name: "b" })).map(summary)).toEqual(["ADDED b"]);
    const query = standIn.requests.find((request) => request.query["watch"] === "1")?.query ?? {};
    expect(query).toMatchObject({ allowWatchBookmarks: "true", resourceVersion: expect.stringMatching(/^\d+$/) });
    expect(Number(query["timeoutSeconds"])).toBeGreaterThanOrEqual(240);
    expect(Number(query["timeoutSeconds"])).toBeLessThan(300);
  });

  it.each([["watchExpired" as const], ["expired" as const]])("finds what it missed after a 410 (%s)", async (type) => {
    const { standIn, cluster } = await withPod();
    standIn.faults.next({ type }, { path: "watch=1" });
    const interruptions: Interruption[] = [];
    const onInterruption = (interruption: Interruption): void => {
      interruptions.push(interruption);
      standIn.store.delete("pods", "a", { namespace: "shop", gracePeriodSeconds: 0 });
      standIn.store.create(pod("b"));
    };
    expect((await collect(cluster, 3, { onInterruption })).map(summary)).toEqual(["ADDED a", "DELETED a resync", "ADDED b resync"]);
    expect(interruptions).toMatchObject([{ relists: true, waitMs: 0 }]);
  });

  it("notices a connection that is half dead, and takes it up where it was", async () => {
    const { standIn, cluster } = await withPod();
    standIn.faults.next({ type: "silentWatch" }, { path: "watch=1" });
    const reasons: string[] = [];
    const act = (): unknown => setTimeout(() => standIn.store.create(pod("b")), 15);
    const events = await collect(cluster, 2, { act, idleTimeout: 50, onInterruption: ({ reason }) => reasons.push(reason) });
    expect(events.map(summary)).toEqual(["ADDED a", "ADDED b"]);
    expect(reasons).toEqual(["nothing arrived for longer than idleTimeout"]);
  });

  it("ends at once when the permission is missing, or the caller has had enough", async () => {
    const { cluster } = await plain({ rules: [{ verbs: ["list"], resources: ["pods"] }] });
    await expect(collect(cluster, 9)).rejects.toMatchObject({ status: 403 });
    const allowed = await withPod();
    const abort = new AbortController();
    const ended = collect(allowed.cluster, 9, { signal: abort.signal, act: () => setTimeout(() => abort.abort(new Error("enough")), 5) });
    await expect(ended).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  it("ends when the cluster is closed", async () => {
    const { cluster } = await withPod();
    const ended = collect(cluster, 9, { act: () => setTimeout(() => void cluster.close(), 5) });
    await expect(ended).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });
});

describe("can", () => {
  it("tells what the credentials may do", async () => {
    const { cluster } = await plain({
      rules: [{ verbs: ["get", "patch"], apiGroups: ["apps"], resources: ["deployments"], namespaces: ["shop"] }],
    });
    const ask = async (verb: string, resource: string, namespace: string) =>
      (await cluster.can({ verb, resource, namespace, group: "apps" })).allowed;
    expect(await ask("patch", "deployments", "shop")).toBe(true);
    expect(await ask("delete", "deployments", "shop")).toBe(false);
    expect(await ask("patch", "deployments", "other")).toBe(false);
  });
});
