import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment as V1Deployment } from "kubernetes-types/apps/v1.js";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeServer, type FakeReply, type FakeServer } from "../../playground/index.ts";
import {
  Cluster,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  type Answer,
  type ClusterOptions,
  type PatchOptions,
} from "./index.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-cluster-"));
afterAll(() => rmSync(directory, { recursive: true }));

let server: FakeServer;
let cluster: Cluster;
beforeEach(async () => {
  server = await fakeServer();
  cluster = open();
});
afterEach(async () => {
  await cluster.close();
  await server.close();
});

function open(options: Partial<ClusterOptions> = {}): Cluster {
  return new Cluster({ server: server.url, namespace: "shop", session: { retry: { backoff: 1 } }, ...options });
}

const WEB = "/apis/apps/v1/namespaces/shop/deployments/web";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
const PODS = "/api/v1/namespaces/shop/pods";

function status(code: number, reason: string, more: object = {}): { status: number; json: object } {
  return { status: code, json: { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: reason, ...more } };
}

function page(names: readonly string[], more: object = {}): FakeReply {
  const items = names.map((name) => ({ metadata: { name, uid: name, resourceVersion: "1" } }));
  return { json: { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "10", ...more }, items } };
}

async function failure(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => error,
  );
}

describe("a list", () => {
  it("joins every page, gives items their type, and keeps empty pages going", async () => {
    const pages = [page(["a", "b"], { continue: "t1" }), page([], { continue: "t2" }), page(["c"])];
    server.on(`GET ${PODS}`).reply(() => pages.shift() ?? { status: 500 }, { times: 9 });
    const list = await cluster.list("pods", { labelSelector: "app=web", fieldSelector: "status.phase=Running", limit: 2 });
    expect(list.metadata.resourceVersion).toBe("10");
    expect(list.items).toMatchObject(["a", "b", "c"].map((name) => ({ apiVersion: "v1", kind: "Pod", metadata: { name } })));
    expect(server.calls.map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: "app=web", fieldSelector: "status.phase=Running", limit: "2" },
      { labelSelector: "app=web", fieldSelector: "status.phase=Running", limit: "2", continue: "t1" },
      { labelSelector: "app=web", fieldSelector: "status.phase=Running", limit: "2", continue: "t2" },
    ]);
  });

  it("that expires half-way is begun once more, in one piece", async () => {
    server
      .on(`GET ${PODS}`)
      .reply(page(["old"], { continue: "t1" }))
      .reply(status(410, "Expired"))
      .reply(page(["a", "b"]));
    expect((await cluster.list("pods")).items.map((pod) => pod.metadata.name)).toEqual(["a", "b"]);
    expect(server.calls.at(-1)?.target).toBe(PODS);
  });

  it("that is read page by page and expires says so", async () => {
    server
      .on(`GET ${PODS}`)
      .reply(page(["old"], { continue: "t1" }))
      .reply(status(410, "Expired"));
    const names: string[] = [];
    const error = await failure(
      (async () => {
        for await (const { items } of cluster.pages("pods")) names.push(...items.map((pod) => pod.metadata.name));
      })(),
    );
    expect(isGone(error)).toBe(true);
    expect(names).toEqual(["old"]);
  });

  it("does not follow a token that comes again and again", async () => {
    server.on(`GET ${PODS}`).reply(page(["a"], { continue: "same" }));
    await expect(cluster.list("pods")).rejects.toMatchObject({
      code: "ERR_DECODE",
      message: expect.stringContaining("repeats its continue token"),
    });
  });

  it("takes null for no items, as Go prints an empty slice", async () => {
    server
      .on("GET /apis/example.com/v1/namespaces/shop/widgets")
      .reply({ json: { kind: "WidgetList", apiVersion: "example.com/v1", metadata: {}, items: null } });
    const widgets = { group: "example.com", version: "v1", resource: "widgets", namespaced: true };
    expect((await cluster.list(widgets)).items).toEqual([]);
  });

  it("is of one namespace, of all, or of none for cluster-wide kinds", async () => {
    server.on("GET *").reply(page([]));
    await cluster.list("pods", { namespace: "other" });
    await cluster.list("pods", { allNamespaces: true });
    await cluster.list("nodes");
    expect(server.calls.map((call) => call.path)).toEqual(["/api/v1/namespaces/other/pods", "/api/v1/pods", "/api/v1/nodes"]);
    await expect(cluster.list("pods", { namespace: "a", allNamespaces: true })).rejects.toThrow("contradict each other");
    await expect(cluster.list("pods", { limit: 0 })).rejects.toThrow("limit takes a whole number above 0");
  });

  it("says that something else answered", async () => {
    server.on(`GET ${PODS}`).reply({ json: { login: true } });
    await expect(cluster.list("pods")).rejects.toMatchObject({ code: "ERR_DECODE", hint: expect.stringContaining("login page") });
  });
});

describe("a write", () => {
  it.each<[PatchOptions["type"], unknown, string]>([
    [undefined, { spec: { replicas: 2 } }, "application/strategic-merge-patch+json"],
    ["merge", { spec: { replicas: 2 } }, "application/merge-patch+json"],
    ["json", [{ op: "replace", path: "/spec/replicas", value: 2 }], "application/json-patch+json"],
    ["apply", { apiVersion: "apps/v1", kind: "Deployment" }, "application/apply-patch+yaml"],
  ])("of a patch of type %s has its media type, our field manager and strict validation", async (type, body, contentType) => {
    server.on(`PATCH ${WEB}`).reply({ json: {} });
    await cluster.patch("deployments", "web", body, { type, dryRun: "All" });
    const [call] = server.calls;
    expect(call?.headers["content-type"]).toBe(contentType);
    expect(Object.fromEntries(call?.query ?? [])).toEqual({ dryRun: "All", fieldManager: "errand", fieldValidation: "Strict" });
    expect(call?.json()).toEqual(body);
  });

  it("of a custom resource is a merge patch, for it takes no strategic one", async () => {
    server.on("PATCH *").reply({ json: {} });
    await cluster.patch({ group: "example.com", version: "v1", resource: "widgets", namespaced: true }, "w", { spec: {} });
    expect(server.calls[0]?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it("sends objects with their type, and says who wrote", async () => {
    server.on("* *").reply({ json: {} });
    await cluster.create("configmaps", { metadata: { name: "c" } }, { fieldManager: "me", fieldValidation: "Warn" });
    await cluster.update("configmaps", { metadata: { name: "c", resourceVersion: "7" } });
    await cluster.apply("configmaps", { metadata: { name: "c", namespace: "other" } }, { force: true });
    expect(server.calls.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "POST /api/v1/namespaces/shop/configmaps?fieldManager=me&fieldValidation=Warn",
      "PUT /api/v1/namespaces/shop/configmaps/c?fieldManager=errand&fieldValidation=Strict",
      "PATCH /api/v1/namespaces/other/configmaps/c?fieldManager=errand&fieldValidation=Strict&force=true",
    ]);
    expect(server.calls.map((call) => call.json())).toMatchObject([
      { apiVersion: "v1", kind: "ConfigMap" },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { resourceVersion: "7" } },
      { apiVersion: "v1", kind: "ConfigMap" },
    ]);
  });

  it("deletes with everything in the body, for with a body the server does not read the query", async () => {
    server.on(`DELETE ${WEB}`).reply(status(200, ""));
    await cluster.delete("deployments", "web", {
      propagationPolicy: "Foreground",
      gracePeriodSeconds: 0,
      preconditions: { uid: "u1" },
      dryRun: "All",
    });
    const [call] = server.calls;
    expect(call?.target).toBe(WEB);
    expect(call?.headers["content-length"]).toBe(String(call?.bytes().length));
    expect(call?.json()).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      gracePeriodSeconds: 0,
      preconditions: { uid: "u1" },
      dryRun: ["All"],
    });
  });

  it("scales by the subresource, on condition of a version if one is given", async () => {
    server.on(`* ${WEB}/scale`).reply({ json: { spec: { replicas: 3 } } });
    await cluster.getScale("deployments", "web");
    await cluster.scale("deployments", "web", { replicas: 3, resourceVersion: "9" });
    expect(server.calls.map((call) => call.method)).toEqual(["GET", "PATCH"]);
    expect(server.calls[1]?.json()).toEqual({ metadata: { resourceVersion: "9" }, spec: { replicas: 3 } });
  });

  it("is refused before any I/O when an option is wrong", async () => {
    const patch = (options: object, body: unknown = {}) => cluster.patch("deployments", "web", body, options);
    await expect(patch({ dryRun: "all" })).rejects.toThrow('dryRun takes "All"');
    await expect(cluster.delete("pods", "a", { dryRun: true as never })).rejects.toThrow('dryRun takes "All"');
    await expect(patch({ fieldManager: "x".repeat(129) })).rejects.toThrow("fieldManager takes 1 to 128 printable characters");
    await expect(patch({ fieldManager: "a\nb" })).rejects.toThrow("fieldManager");
    await expect(patch({ fieldValidation: "strict" })).rejects.toThrow("fieldValidation takes");
    await expect(patch({ type: "yaml" })).rejects.toThrow('patch type "yaml" is not one of');
    await expect(patch({ type: "json" }, {})).rejects.toThrow("a JSON patch is a list of operations");
    await expect(patch({}, [])).rejects.toThrow("a strategic patch is an object");
    await expect(patch({ force: true })).rejects.toThrow("force goes with");
    await expect(cluster.update("pods", { metadata: {} })).rejects.toThrow("the name is empty");
    await expect(cluster.create("pods", { metadata: { namespace: "a" } }, { namespace: "b" })).rejects.toThrow("the object's own");
    await expect(cluster.get("pods", "../secrets/token")).rejects.toThrow("cannot be an object's name");
    expect(() => cluster.scale("deployments", "web", { replicas: -1 })).toThrow("replicas takes");
    expect(server.calls).toEqual([]);
  });
});

describe("a call is repeated", () => {
  it("whatever its verb, on 429 and 5xx with a Retry-After: the server has not executed it", async () => {
    server
      .on(`PATCH ${WEB}`)
      .fail(429, { retryAfter: 0 })
      .fail(503, { retryAfter: 0 })
      .reply({ json: { done: true } });
    expect(await cluster.patch("deployments", "web", {})).toEqual({ done: true });
    server
      .on(`POST ${DEPLOYMENTS}`)
      .fail(500, { retryAfter: 0 })
      .reply({ json: { done: true } });
    expect(await cluster.create("deployments", { metadata: {} })).toEqual({ done: true });
    expect(server.calls).toHaveLength(5);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("not when it is a %s whose outcome is unknown", async (method) => {
    const write = (on = cluster): Promise<unknown> => {
      if (method === "POST") return on.create("deployments", { metadata: {} });
      if (method === "PUT") return on.update("deployments", { metadata: { name: "web" } });
      return method === "PATCH" ? on.patch("deployments", "web", {}) : on.delete("deployments", "web");
    };
    for (const code of [500, 502, 503, 504]) {
      server.on("* *").fail(code);
      await expect(write()).rejects.toMatchObject({ status: code });
    }
    expect(server.calls).toHaveLength(4);
    // On a connection of its own: a reused one may be stale, which the client makes good by itself.
    const fresh = open();
    server.on("* *").reset();
    await expect(write(fresh)).rejects.toMatchObject({ code: "ERR_CONNECTION_RESET" });
    expect(server.calls).toHaveLength(5);
    await fresh.close();
  });

  it("when it is a read, also on a bare 5xx and on a broken connection", async () => {
    server
      .on(`GET ${WEB}`)
      .fail(502)
      .reset()
      .reply({ json: { done: true } });
    expect(await cluster.get("deployments", "web")).toEqual({ done: true });
  });

  it("when it is an access review, a POST that changes nothing", async () => {
    server
      .on("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
      .fail(502)
      .reply({ json: { status: { allowed: false, reason: "no RBAC rule" } } });
    const answer = await cluster.can({
      verb: "patch",
      group: "apps",
      resource: "deployments",
      subresource: "scale",
      namespace: "shop",
      name: "web",
    });
    expect(answer).toEqual({ allowed: false, reason: "no RBAC rule" });
    expect(server.calls[1]?.json()).toMatchObject({
      kind: "SelfSubjectAccessReview",
      spec: {
        resourceAttributes: { verb: "patch", group: "apps", resource: "deployments", subresource: "scale", namespace: "shop", name: "web" },
      },
    });
  });

  it("never with retry: false, and as the caller's own rule says", async () => {
    const once = open({ session: { retry: false } });
    server.on("* *").fail(429, { retryAfter: 0 });
    await expect(once.can({ verb: "get", resource: "pods" })).rejects.toMatchObject({ status: 429 });
    const own = open({ session: { retry: { backoff: 1, when: ({ status: code }) => (code === 429 ? "stop" : undefined) } } });
    await expect(own.get("pods", "a")).rejects.toMatchObject({ status: 429 });
    expect(server.calls).toHaveLength(2);
    await Promise.all([once.close(), own.close()]);
  });
});

describe("an error", () => {
  it("is what the server's Status says", async () => {
    server
      .on("* *")
      .reply(status(409, "Conflict"))
      .reply(status(403, "Forbidden"))
      .reply(status(422, "Invalid"))
      .reply(status(404, "NotFound"));
    expect(isConflict(await failure(cluster.patch("deployments", "web", {})))).toBe(true);
    expect(isForbidden(await failure(cluster.get("pods", "a")))).toBe(true);
    expect(isInvalid(await failure(cluster.get("pods", "a")))).toBe(true);
    expect(isNotFound(await failure(cluster.get("pods", "a")))).toBe(true);
  });

  it("tells the story of several attempts", async () => {
    server.on("* *").fail(503, { retryAfter: 0 });
    const error = await failure(open({ session: { retry: { attempts: 2, backoff: 1 } } }).get("pods", "a"));
    expect(error).toMatchObject({ attempts: [{ status: 503 }, { status: 503 }] });
    expect(String(error)).toContain("2 attempts");
  });
});

describe("credentials", () => {
  it("are renewed from a token file after a 401, and the call made once more", async () => {
    const tokenFile = join(directory, "token");
    writeFileSync(tokenFile, "token-first");
    const mine = open({ tokenFile });
    server
      .on("GET *")
      .reply((call) => (call.headers.authorization === "Bearer token-second" ? { json: { done: true } } : status(401, "Unauthorized")));
    await expect(mine.get("pods", "a")).rejects.toMatchObject({ status: 401 });
    expect(server.calls).toHaveLength(1);
    writeFileSync(tokenFile, "token-second");
    expect(await mine.get("pods", "a")).toEqual({ done: true });
    expect(server.calls.map((call) => call.headers.authorization)).toEqual([
      "Bearer token-first",
      "Bearer token-first",
      "Bearer token-second",
    ]);
    await mine.close();
  });

  it("of a token go with impersonation; those of a user name are basic", async () => {
    server.on("GET *").reply({ json: {} });
    const clusters = [
      open({ token: "token-of-mine", impersonate: { user: "jane", groups: ["dev", "ops"] } }),
      open({ username: "me", password: "password-of-mine" }),
      open({ token: "token-static", tokenFile: join(directory, "token2") }),
    ];
    writeFileSync(join(directory, "token2"), "token-of-file");
    for (const each of clusters) await each.get("pods", "a");
    const [first, second, third] = server.calls;
    expect(first?.headers).toMatchObject({ authorization: "Bearer token-of-mine", "impersonate-user": "jane" });
    expect(first?.rawHeaders.filter((_, index) => first.rawHeaders[index - 1]?.toLowerCase() === "impersonate-group")).toEqual([
      "dev",
      "ops",
    ]);
    expect(second?.headers.authorization).toBe(`Basic ${Buffer.from("me:password-of-mine").toString("base64")}`);
    expect(third?.headers.authorization).toBe("Bearer token-of-file");
    await Promise.all(clusters.map((each) => each.close()));
  });
});

describe("what an answer says beside its object", () => {
  it("reaches onAnswer, and its warnings are collected once each", async () => {
    const headers = { date: "Thu, 01 Jan 2026 00:00:05 GMT", "audit-id": "a-1", warning: '299 - "unknown field \\"spec.x\\""' };
    server.on("* *").reply({ json: {}, headers });
    const heard: string[] = [];
    const answers: Answer[] = [];
    const mine = open({ onWarning: (text) => heard.push(text) });
    await mine.patch("deployments", "web", {}, { onAnswer: (answer) => answers.push(answer) });
    await mine.patch("deployments", "web", {});
    expect(answers).toEqual([
      { status: 200, serverTimeMs: Date.parse("2026-01-01T00:00:05Z"), auditId: "a-1", warnings: ['unknown field "spec.x"'] },
    ]);
    expect(mine.warnings).toEqual(['unknown field "spec.x"']);
    expect(heard).toEqual(mine.warnings);
    await mine.close();
  });
});

describe("the server's URL", () => {
  it("may have a path, below which all calls stay", async () => {
    server.on("GET /k8s/clusters/c1/version").reply({ json: { gitVersion: "v1.36.2" } });
    const behind = open({ server: `${server.url}/k8s/clusters/c1/` });
    expect((await behind.version()).gitVersion).toBe("v1.36.2");
    await behind.close();
  });

  it.each(["10.0.0.1:6443", "ftp://k", "https://me:secret-word@k", "https://k?x=1", ""])("is refused as %j, showing no password", (url) => {
    let message = "";
    try {
      open({ server: url });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("kubernetes: the server");
    expect(message).not.toContain("secret-word");
  });
});

describe("options of the connection", () => {
  it("ask for answers without compression where the kubeconfig says so", async () => {
    server.on("* *").reply({ json: {} });
    const mine = open({ disableCompression: true, session: { headers: { "x-team": "shop" } } });
    await mine.get("pods", "a");
    expect(server.calls[0]?.headers).toMatchObject({ "accept-encoding": "identity", "x-team": "shop", accept: "application/json" });
    await mine.close();
  });
});

describe("objects typed by kubernetes-types", () => {
  it("can be asked for and sent", async () => {
    server.on("* *").reply({ json: { kind: "DeploymentList", apiVersion: "apps/v1", metadata: {}, items: [{ spec: { replicas: 2 } }] } });
    const [first] = (await cluster.list<V1Deployment>("deployments")).items;
    expect(first?.spec?.replicas).toBe(2);
    const input: V1Deployment = { metadata: { name: "web" } };
    await cluster.create<V1Deployment>("deployments", input);
    await cluster.create("configmaps", { metadata: { name: "c" }, data: { literal: "too" } });
    expect(server.calls.at(-1)?.json()).toMatchObject({ data: { literal: "too" } });
  });
});

describe("a closed cluster", () => {
  it("makes no further calls", async () => {
    await cluster.close();
    await expect(cluster.get("pods", "a")).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" });
    expect(server.calls).toEqual([]);
  });
});
