import { get as httpsGet } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type KubernetesOptions, type KubernetesStandIn, startKubernetes } from "./index.ts";

let running: KubernetesStandIn[] = [];
afterEach(async () => {
  await Promise.all(running.map((cluster) => cluster.close()));
  running = [];
});
async function start(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const cluster = await startKubernetes({ speed: 50, ...options });
  running.push(cluster);
  return cluster;
}

const WEB = "/apis/apps/v1/namespaces/default/deployments/web";
function web(replicas = 1): object {
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas, selector: { matchLabels: { app: "web" } }, template },
  };
}
function scaled(replicas: number): RequestInit {
  return { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: JSON.stringify({ spec: { replicas } }) };
}
async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return JSON.parse(await response.text()) as Record<string, unknown>;
}

describe("faults strike requests", () => {
  let cluster: KubernetesStandIn;
  beforeEach(async () => {
    cluster = await start({ seed: [web()] });
  });

  it("with 429 as text and a growing Retry-After, as often as they are told", async () => {
    cluster.faults.next({ type: "tooManyRequests", retryAfterSeconds: "growing" }, { times: 3 });
    const answers = [];
    for (let index = 0; index < 4; index += 1) answers.push(await fetch(`${cluster.url}${WEB}`));
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 429, 200]);
    expect(answers.map((answer) => answer.headers.get("retry-after"))).toEqual(["1", "2", "4", null]);
    expect(await answers[0]?.text()).toBe("Too many requests, please try again later.\n");
    expect(answers[0]?.headers.get("content-type")).toContain("text/plain");
  });

  it("with 429 as a Status that has retryAfterSeconds", async () => {
    cluster.faults.next({ type: "tooManyRequests", retryAfterSeconds: 7, as: "status" });
    const answer = await fetch(`${cluster.url}${WEB}`);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await bodyOf(answer)).toMatchObject({ code: 429, reason: "TooManyRequests", details: { retryAfterSeconds: 7 } });
  });

  it("with any status, 409, 410, 401 and a proxy's HTML page", async () => {
    cluster.faults.next({ type: "status", code: 500 });
    cluster.faults.next({ type: "conflict" });
    cluster.faults.next({ type: "expired" });
    cluster.faults.next({ type: "unauthorized" });
    cluster.faults.next({ type: "htmlPage", code: 502 });
    const reasons = [];
    for (let index = 0; index < 4; index += 1) reasons.push((await bodyOf(await fetch(`${cluster.url}${WEB}`)))["reason"]);
    expect(reasons).toEqual(["InternalError", "Conflict", "Expired", "Unauthorized"]);
    const page = await fetch(`${cluster.url}${WEB}`);
    expect([page.status, page.headers.get("content-type"), page.headers.get("audit-id")]).toEqual([502, "text/html", null]);
    expect(await page.text()).toContain("<h1>502 Bad Gateway</h1>");
  });

  it("only where they match, and never discovery unless told", async () => {
    cluster.faults.next({ type: "status", code: 503 }, { method: "PATCH", path: /deployments\/web(\?|$)/ });
    expect((await fetch(`${cluster.url}/apis`)).status).toBe(200);
    expect((await fetch(`${cluster.url}${WEB}`)).status).toBe(200);
    expect((await fetch(`${cluster.url}${WEB}?fieldManager=x`, scaled(2))).status).toBe(503);
    const stop = cluster.faults.always({ type: "status", code: 503 }, { path: "/version" });
    expect((await fetch(`${cluster.url}/version`)).status).toBe(503);
    expect((await fetch(`${cluster.url}/version`)).status).toBe(503);
    stop();
    expect((await fetch(`${cluster.url}/version`)).status).toBe(200);
  });

  it("with a reset before anything, or after the write was stored", async () => {
    cluster.faults.next({ type: "reset" });
    await expect(fetch(`${cluster.url}${WEB}`, scaled(2))).rejects.toThrow("fetch failed");
    expect(cluster.store.get("Deployment", "web")).toMatchObject({ spec: { replicas: 1 } });
    cluster.faults.next({ type: "reset", when: "afterWrite" });
    await expect(fetch(`${cluster.url}${WEB}`, scaled(3))).rejects.toThrow("fetch failed");
    expect(cluster.store.get("Deployment", "web")).toMatchObject({ spec: { replicas: 3 } });
    cluster.faults.next({ type: "timeoutAfterWrite" });
    expect((await fetch(`${cluster.url}${WEB}`, scaled(4))).status).toBe(504);
    expect(cluster.store.get("Deployment", "web")).toMatchObject({ spec: { replicas: 4 } });
  });

  it("with a delay and nothing else", async () => {
    cluster.faults.next({ type: "slow", delayMs: 30 });
    const before = Date.now();
    expect((await fetch(`${cluster.url}${WEB}`)).status).toBe(200);
    expect(Date.now() - before).toBeGreaterThanOrEqual(29);
  });

  it("and watches: silent from the start, expired at once, or one and all while they are open", async () => {
    await cluster.settle();
    const watch = (): Promise<Response> => fetch(`${cluster.url}/api/v1/pods?watch=1&resourceVersion=${cluster.store.resourceVersion}`);
    cluster.faults.next({ type: "watchExpired" }, { path: "watch=1" });
    expect(await bodyOf(await watch())).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    const ended = await watch();
    cluster.faults.watches("end");
    expect(await ended.text()).toBe("");
    const expired = await watch();
    cluster.faults.watches("expire");
    expect(await bodyOf(expired)).toMatchObject({ type: "ERROR", object: { code: 410 } });
    cluster.faults.next({ type: "silentWatch" }, { path: "watch=1" });
    const [silent, other] = [await watch(), await watch()];
    const reads = [silent, other].map((response) => response.body?.getReader().read());
    cluster.store.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "a", image: "x" }] } });
    const first = await Promise.race([reads[0]?.then(() => "silent"), reads[1]?.then(() => "other")]);
    expect(first).toBe("other");
    reads[0]?.catch(() => undefined);
  });

  it("or the whole server: a restart drops connections, refuses new ones, and serves again on the same port", async () => {
    const open = await fetch(`${cluster.url}/api/v1/pods?watch=1`);
    const dropped = expect(open.text()).rejects.toThrow("terminated");
    const restarted = cluster.faults.restart({ downMs: 30 });
    await dropped;
    await expect(fetch(`${cluster.url}/version`)).rejects.toThrow("fetch failed");
    await restarted;
    expect((await fetch(`${cluster.url}${WEB}`)).status).toBe(200);
  });

  it("or the cluster: a quota on pods that can be lifted", async () => {
    await cluster.settle();
    const lift = cluster.faults.quota({ namespace: "default", pods: 1, name: "compute" });
    await fetch(`${cluster.url}${WEB}`, scaled(2));
    await cluster.settle();
    const conditions = JSON.stringify(cluster.store.get("Deployment", "web")?.["status"]);
    expect(conditions).toContain('"type":"ReplicaFailure","status":"True"');
    expect(conditions).toContain("exceeded quota: compute");
    lift();
    cluster.store.delete("Pod", cluster.store.list("Pod")[0]?.metadata.name ?? "");
    await cluster.settle();
    await expect.poll(() => cluster.store.list("Pod").length).toBe(2);
  });
});

describe("who may do what", () => {
  const tokens = { admin: { user: "root", groups: ["system:masters"] }, limited: { user: "dev", groups: ["team"] } };
  const rules = [
    { subjects: ["team"], verbs: ["get", "list", "watch"], resources: ["deployments", "deployments/scale"], namespaces: ["default"] },
  ];
  const as = (token: string | undefined, init: RequestInit = {}): RequestInit => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });

  it("a wrong token is 401 with a Status without details, no token is 403 as system:anonymous", async () => {
    const cluster = await start({ tokens });
    const wrong = await fetch(`${cluster.url}${WEB}`, as("nope"));
    expect(wrong.headers.get("www-authenticate")).toBeNull();
    expect(await bodyOf(wrong)).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
    const anonymous = await bodyOf(await fetch(`${cluster.url}${WEB}`));
    expect(anonymous).toMatchObject({ code: 403, reason: "Forbidden", details: { name: "web", group: "apps", kind: "deployments" } });
    expect(anonymous["message"]).toBe(
      'deployments.apps "web" is forbidden: User "system:anonymous" cannot get resource "deployments" in API group "apps" in the namespace "default"',
    );
    expect(await bodyOf(await fetch(`${cluster.url}/apis`))).toMatchObject({
      code: 403,
      message: 'forbidden: User "system:anonymous" cannot get path "/apis"',
    });
    expect((await fetch(`${cluster.url}/healthz`)).status).toBe(200);
  });

  it("rules are enforced, subresources and namespaces included, and admins need none", async () => {
    const cluster = await start({ tokens, rules, seed: [web()] });
    expect((await fetch(`${cluster.url}${WEB}`, as("limited"))).status).toBe(200);
    expect((await fetch(`${cluster.url}${WEB}/scale`, as("limited"))).status).toBe(200);
    const refused = await bodyOf(await fetch(`${cluster.url}${WEB}/scale`, as("limited", scaled(2))));
    expect(refused["message"]).toBe(
      'deployments.apps "web" is forbidden: User "dev" cannot patch resource "deployments/scale" in API group "apps" in the namespace "default"',
    );
    const everywhere = await bodyOf(await fetch(`${cluster.url}/apis/apps/v1/deployments`, as("limited")));
    expect(everywhere["message"]).toBe(
      'deployments.apps is forbidden: User "dev" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    expect((await fetch(`${cluster.url}${WEB}`, as("admin", scaled(2)))).status).toBe(200);
  });

  it("can be asked beforehand", async () => {
    const cluster = await start({ tokens, rules });
    const ask = async (token: string, verb: string): Promise<unknown> => {
      const spec = { resourceAttributes: { verb, group: "apps", resource: "deployments", namespace: "default" } };
      const init = as(token, { method: "POST", body: JSON.stringify({ spec }), headers: { "content-type": "application/json" } });
      const response = await fetch(`${cluster.url}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, init);
      expect(response.status).toBe(201);
      return (await bodyOf(response))["status"];
    };
    expect(await ask("limited", "get")).toMatchObject({ allowed: true });
    expect(await ask("limited", "patch")).toEqual({ allowed: false });
    expect(await ask("admin", "patch")).toMatchObject({ allowed: true });
  });

  it("a rotated token is refused, the new one is the same user", async () => {
    const cluster = await start({ tokens });
    cluster.store.rotateToken("admin", "fresh");
    expect((await fetch(`${cluster.url}/version`, as("admin"))).status).toBe(401);
    expect((await fetch(`${cluster.url}/api/v1/nodes`, as("fresh"))).status).toBe(200);
    expect(cluster.requests.map((request) => request.user)).toEqual([undefined, "root"]);
  });

  it("admins may act as others", async () => {
    const cluster = await start({ tokens, rules });
    const impersonate = { "impersonate-user": "jane", "impersonate-group": "team" };
    expect((await fetch(`${cluster.url}${WEB}`, as("admin", { headers: impersonate }))).status).toBe(404);
    expect(
      (
        await fetch(
          `${cluster.url}${WEB}`,
          as("admin", { ...scaled(1), headers: { ...impersonate, "content-type": "application/merge-patch+json" } }),
        )
      ).status,
    ).toBe(403);
    expect((await fetch(`${cluster.url}${WEB}`, as("limited", { headers: impersonate }))).status).toBe(403);
  });

  it("over plain HTTP everybody is an administrator, or with rules a developer", async () => {
    expect((await fetch(`${(await start()).url}/api/v1/nodes`)).status).toBe(200);
    expect((await fetch(`${(await start({ rules })).url}/api/v1/nodes`)).status).toBe(403);
  });
});

describe("over TLS", () => {
  interface Answered {
    readonly status: number | undefined;
    readonly body: Record<string, unknown>;
  }
  function request(cluster: KubernetesStandIn, path: string, options: object): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const sent = httpsGet(`${cluster.url}${path}`, { ca: cluster.caPem, agent: false, ...options }, (response) => {
        response.setEncoding("utf8");
        let text = "";
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> }));
      });
      sent.on("error", reject);
    });
  }

  it("the server has a certificate of its own authority, for 127.0.0.1", async () => {
    const cluster = await start({ tls: true });
    expect(cluster.url).toMatch(/^https:/);
    expect((await request(cluster, "/version", {})).status).toBe(200);
    await expect(request(cluster, "/version", { ca: undefined })).rejects.toThrow(/certificate/);
  });

  it("a client certificate names user and groups, one of another authority is 401, none is anonymous", async () => {
    const rules = [{ subjects: ["team"], verbs: ["list"], resources: ["pods"] }];
    const [cluster, stranger] = [await start({ tls: true, rules }), await start({ tls: true })];
    const pair = await cluster.clientCertificate({ name: "alice", groups: ["team", "other"] });
    const foreign = await stranger.clientCertificate({ name: "alice", groups: ["team"] });
    const list = "/api/v1/pods";
    expect((await request(cluster, list, { cert: pair.certPem, key: pair.keyPem })).status).toBe(200);
    expect(cluster.requests.at(-1)?.user).toBe("alice");
    expect((await request(cluster, list, { cert: foreign.certPem, key: foreign.keyPem })).status).toBe(401);
    expect(String((await request(cluster, list, {})).body["message"])).toContain('User "system:anonymous"');
  });

  it("the kubeconfig carries the authority and a token, a certificate or an exec plugin", async () => {
    const cluster = await start({ tls: true });
    interface Config {
      clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
      users: {
        user: {
          token?: string;
          "client-certificate-data"?: string;
          exec?: { apiVersion: string; command: string; args: string[]; interactiveMode: string };
        };
      }[];
      contexts: { context: { namespace: string } }[];
    }
    const config = parse(cluster.kubeconfig({ namespace: "shop", context: "prod" })) as Config;
    expect(config).toMatchObject({ "current-context": "prod", contexts: [{ context: { namespace: "shop", cluster: "prod" } }] });
    expect(Buffer.from(config.clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString()).toBe(cluster.caPem);
    const token = config.users[0]?.user.token;
    expect((await request(cluster, "/api/v1/nodes", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    const certificate = (parse(cluster.kubeconfig({ credentials: "client-certificate" })) as Config).users[0]?.user[
      "client-certificate-data"
    ];
    expect(Buffer.from(certificate ?? "", "base64").toString()).toContain("BEGIN CERTIFICATE");
    const exec = (parse(cluster.kubeconfig({ credentials: "exec", exec: { apiVersion: "v1beta1" } })) as Config).users[0]?.user.exec;
    expect(exec).toMatchObject({ apiVersion: "client.authentication.k8s.io/v1beta1", command: process.execPath, interactiveMode: "Never" });
    expect(exec?.args.join(" ")).toContain(token);
  });

  it("plain HTTP has no certificates to give, and says so", async () => {
    const cluster = await start();
    expect(() => cluster.kubeconfig({ credentials: "client-certificate" })).toThrow(/start it with tls/);
    await expect(cluster.clientCertificate({ name: "x" })).rejects.toThrow(/tls: true/);
  });
});

describe("for tests", () => {
  it("requests are recorded in order, with query, body and status", async () => {
    const cluster = await start({ seed: [web()] });
    await fetch(`${cluster.url}${WEB}?fieldManager=me&dryRun=All`, scaled(2));
    await fetch(`${cluster.url}${WEB}/none`);
    expect(cluster.requests).toMatchObject([
      {
        method: "PATCH",
        path: WEB,
        query: { fieldManager: "me", dryRun: "All" },
        body: '{"spec":{"replicas":2}}',
        status: 200,
        user: "kubernetes-admin",
      },
      { method: "GET", path: `${WEB}/none`, status: 404 },
    ]);
  });

  it("the store creates, reads, patches and deletes without HTTP, and hands out copies", async () => {
    const cluster = await start({ namespaces: ["default", "team"] });
    cluster.store.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "team" }, data: { a: "1" } });
    const copy = cluster.store.get("configmap", "c", "team");
    if (copy !== undefined) copy.metadata.name = "changed";
    expect(cluster.store.patch("cm", "c", { namespace: "team", patch: { data: { a: null, b: "2" } } })).toMatchObject({
      metadata: { name: "c" },
      data: { b: "2" },
    });
    expect(cluster.store.list("ConfigMap", "team").map((object) => object.metadata.name)).toEqual(["c", "kube-root-ca.crt"]);
    expect(cluster.store.delete("ConfigMap", "c", { namespace: "team" }).isGone).toBe(true);
    expect(() => cluster.store.get("Widget", "x")).toThrow(/does not serve "Widget"; it serves ConfigMap/);
    expect(() => cluster.store.create({ apiVersion: "apps/v9", kind: "Deployment" })).toThrow(/apps\/v9 Deployment/);
  });

  it("the behaviour of an image can change while the cluster runs", async () => {
    const cluster = await start({ images: [{ image: "nginx:1", behaviour: "neverReady" }], seed: [web()] });
    await cluster.settle();
    expect(cluster.store.get("Deployment", "web")).toMatchObject({ status: { unavailableReplicas: 1 } });
    cluster.store.setImage({ image: "nginx:1", behaviour: "ok" });
    await expect.poll(() => cluster.store.get("Deployment", "web")?.["status"]).toMatchObject({ availableReplicas: 1 });
  });

  it("a wrong speed is refused", async () => {
    await expect(startKubernetes({ speed: 0 })).rejects.toThrow("speed must be greater than 0, got 0");
  });
});
