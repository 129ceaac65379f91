import { describe, expect, it } from "vitest";
import { closeAfterTest, server } from "../../../../test/test-session.ts";
import { flow, plan, type Plan } from "../../../flow/index.ts";
import { startKubernetes, type KubernetesStandIn } from "../../../playground/kubernetes/index.ts";
import { Cluster, type ResourceType } from "../index.ts";

const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "key", namespace: "shop" }, data: { password: "b2xkLXNlY3JldA==" } };

function web(image = "nginx:1") {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image, env: [{ name: "MODE", value: "quiet-mode" }] }] } },
    },
  };
}

async function shop(): Promise<{ standIn: KubernetesStandIn; cluster: Cluster }> {
  const standIn = closeAfterTest(await startKubernetes({ seed: [web(), secret] }));
  const cluster = closeAfterTest(new Cluster({ server: standIn.url, namespace: "shop", session: { retry: { backoff: 1 } } }));
  return { standIn, cluster };
}

/** Every write the server was sent was a dry run; of a DELETE, by its body, for with one the query is not read. */
function expectOnlyDryRuns({ requests }: KubernetesStandIn): void {
  for (const { method, query, body } of requests) {
    if (method === "GET") continue;
    const isDryRun = method === "DELETE" ? body?.includes('"dryRun":["All"]') : query["dryRun"] === "All";
    expect(isDryRun, `${method} ${JSON.stringify(query)} ${body}`).toBe(true);
  }
}

const only = ({ requests }: Plan): Plan["requests"][number] => {
  expect(requests).toHaveLength(1);
  return requests[0] as Plan["requests"][number];
};

describe("a write to a cluster in a plan", () => {
  it("is the server's dry run: a patch with what it would change, defaults of the server included", async () => {
    const { standIn, cluster } = await shop();
    const template = { spec: { containers: [{ name: "web", image: "nginx:2", env: [{ name: "MODE", value: "loud-mode" }] }] } };
    const planned = await plan(() => cluster.patch("deployments", "web", { spec: { template, replicas: 5 } }));
    expect(planned).toMatchObject({ isComplete: true, reads: 0, value: { spec: { replicas: 5 } } });
    expect(only(planned)).toMatchObject({
      method: "PATCH",
      url: `${standIn.url}/apis/apps/v1/namespaces/shop/deployments/web`,
      outcome: "dryRun",
      status: 200,
      effect: "change",
      differences: [
        { path: "spec.replicas", from: "3", to: "5" },
        { path: "spec.template.spec.containers[web].image", from: '"nginx:1"', to: '"nginx:2"' },
        { path: "spec.template.spec.containers[web].env[MODE].value", from: "[hidden]", to: "[hidden]" },
      ],
    });
    expect(JSON.stringify(planned.requests)).not.toMatch(/quiet-mode|loud-mode/);
    expectOnlyDryRuns(standIn);
    expect(await cluster.get("deployments", "web")).toMatchObject({ spec: { replicas: 3 } });
  });

  it("says that an object would be created, replaced, scaled or deleted", async () => {
    const { standIn, cluster } = await shop();
    const config = { metadata: { name: "settings" }, data: { colour: "blue" } };
    const created = only(await plan(() => cluster.create("configmaps", config)));
    expect(created).toMatchObject({ method: "POST", effect: "create", status: 201 });
    expect(created.differences).toContainEqual({ path: "data.colour", from: undefined, to: '"blue"' });
    expect(
      created.differences.map(({ path }) => path).filter((path) => /uid|creationTimestamp|resourceVersion|managedFields/.test(path)),
    ).toEqual([]);
    const applied = only(await plan(() => cluster.apply("configmaps", config)));
    expect(applied).toMatchObject({ method: "PATCH", effect: "create" });
    expect(only(await plan(() => cluster.scale("deployments", "web", { replicas: 9 })))).toMatchObject({
      effect: "change",
      differences: [{ path: "spec.replicas", from: "3", to: "9" }],
    });
    expect(only(await plan(() => cluster.patch("deployments", "web", { spec: { replicas: 3 } })))).toMatchObject({
      effect: "none",
      differences: [],
    });
    const live = await cluster.get("deployments", "web");
    expect(only(await plan(() => cluster.update("deployments", { ...live, spec: { ...live.spec, replicas: 1 } })))).toMatchObject({
      method: "PUT",
      differences: [{ path: "spec.replicas", from: "3", to: "1" }],
    });
    const deleted = await plan(() => cluster.delete("deployments", "web", { propagationPolicy: "Foreground" }));
    expect(only(deleted)).toMatchObject({ method: "DELETE", effect: "delete", differences: [] });
    expectOnlyDryRuns(standIn);
    expect(await cluster.get("deployments", "web")).toMatchObject({ spec: { replicas: 3 } });
    expect(standIn.store.list("ConfigMap").filter(({ metadata }) => metadata.name === "settings")).toEqual([]);
  });

  it("never shows the values of a Secret", async () => {
    const { cluster } = await shop();
    const changed = only(await plan(() => cluster.patch("secrets", "key", { data: { password: "bmV3LXNlY3JldA==", more: "bW9yZQ==" } })));
    expect(changed.differences).toEqual([
      { path: "data.password", from: "[hidden]", to: "[hidden]" },
      { path: "data.more", from: undefined, to: "[hidden]" },
    ]);
    const created = only(await plan(() => cluster.create("secrets", { metadata: { name: "two" }, stringData: { a: "not-to-be-shown" } })));
    expect(created.effect).toBe("create");
    expect(JSON.stringify([changed, created])).not.toMatch(/b2xk|bmV3|bW9yZ|not-to-be-shown|bm90/);
  });

  it("fails as it would: refused, and not found", async () => {
    const { standIn, cluster } = await shop();
    const refused = await plan(() => cluster.patch("deployments", "web", { spec: { replicas: -1 } }));
    expect(refused).toMatchObject({ isComplete: false, stoppedBy: { status: 422 }, requests: [{ outcome: "dryRun", status: 422 }] });
    expect(only(refused).note).toMatch(/replicas/);
    expect(await plan(() => cluster.delete("deployments", "none"))).toMatchObject({ stoppedBy: { status: 404 } });
    expectOnlyDryRuns(standIn);
  });

  it("asks about access as ever: a review changes nothing", async () => {
    const { cluster } = await shop();
    expect(await plan(() => cluster.can({ verb: "patch", resource: "deployments", group: "apps", namespace: "shop" }))).toMatchObject({
      isComplete: true,
      value: { allowed: true },
      reads: 1,
      requests: [],
    });
  });

  it("stands in its step, and the flow goes on with the answer", async () => {
    const { standIn, cluster } = await shop();
    const scaleUp = flow("scale up", async (run) => {
      const { spec } = await run.step("look", async () => ({
        spec: { replicas: (await cluster.get("deployments", "web")).spec.replicas ?? 0 },
      }));
      const scaled = await run.step("scale", () =>
        cluster.scale("deployments", "web", { replicas: spec.replicas + 1 }).then(({ spec: after }) => after?.replicas),
      );
      return run.step("tell", () => scaled);
    });
    const planned = await scaleUp.plan(undefined);
    expect(planned).toMatchObject({ isComplete: true, value: 4 });
    expect(planned.entries.map(({ id, state, reads, requests }) => [id, state, reads, requests.length])).toEqual([
      ["look", "done", 1, 0],
      ["scale", "done", 0, 1],
      ["tell", "done", 0, 0],
    ]);
    expectOnlyDryRuns(standIn);
  });
});

describe("an API that is not built in", () => {
  const widgets: ResourceType = { group: "example.com", version: "v1", resource: "widgets", namespaced: true };
  const path = "/apis/example.com/v1/namespaces/shop/widgets/a";
  const template = "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}";
  const open = (url: string): Cluster => closeAfterTest(new Cluster({ server: url, namespace: "shop", session: { retry: false } }));

  it("is asked for a dry run where its OpenAPI document has one, which is read once", async () => {
    const api = await server();
    const operation = { parameters: [{ name: "dryRun", in: "query" }] };
    api.on("GET /openapi/v3/apis/example.com/v1").reply({ json: { paths: { [template]: { patch: operation } } } });
    api.on(`GET ${path}`).reply({ json: { spec: { size: 1 } } });
    api.on(`PATCH ${path}`).reply({ json: { spec: { size: 2 } } });
    const cluster = open(api.url);
    const planned = await plan(async () => {
      await cluster.patch(widgets, "a", { spec: { size: 2 } });
      await cluster.patch(widgets, "a", { spec: { size: 2 } });
      await cluster.delete(widgets, "a");
    });
    expect(planned.requests.map(({ method, outcome, differences }) => [method, outcome, differences.length])).toEqual([
      ["PATCH", "dryRun", 1],
      ["PATCH", "dryRun", 1],
      ["DELETE", "held", 0],
    ]);
    expect(api.callsTo("GET /openapi/v3/apis/example.com/v1")).toHaveLength(1);
    expect(api.callsTo(`PATCH ${path}`).map(({ query }) => query.get("dryRun"))).toEqual(["All", "All"]);
    expect(api.calls.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  it("is sent nothing where nobody says so, nor where a webhook cannot take part", async () => {
    const api = await server();
    api.on("GET /openapi/v3/apis/example.com/v1").reply({ status: 403 });
    const message = 'admission webhook "x.example.com" does not support dry run';
    api
      .on("POST /api/v1/namespaces/shop/configmaps")
      .reply({ status: 400, json: { kind: "Status", status: "Failure", code: 400, reason: "BadRequest", message } });
    const cluster = open(api.url);
    const planned = await plan(async () => {
      const codes: unknown[] = [];
      for (const write of [() => cluster.patch(widgets, "a", {}), () => cluster.create("configmaps", { metadata: { name: "a" } })])
        codes.push(await write().catch((error: { code: string }) => error.code));
      return codes;
    });
    expect(planned.value).toEqual(["ERR_HELD_BACK", "ERR_HELD_BACK"]);
    expect(planned.requests.map(({ outcome, note }) => [outcome, note])).toEqual([
      ["held", "this API does not say that it takes dryRun"],
      ["held", expect.stringContaining("does not support dry run")],
    ]);
    expect(api.calls.map(({ method, query }) => `${method} ${query.get("dryRun")}`)).toEqual(["GET null", "POST All"]);
  });

  it("is not followed where a redirect might lead to a write, planned or asked for", async () => {
    const api = await server();
    api.on("GET /api/v1/namespaces/shop/configmaps/a").reply({ status: 404 });
    api.on("PATCH /api/v1/namespaces/shop/configmaps/a").redirect("/elsewhere", 307);
    const cluster = open(api.url);
    expect(await plan(() => cluster.patch("configmaps", "a", {}))).toMatchObject({ isComplete: false, stoppedBy: { status: 307 } });
    await expect(cluster.patch("configmaps", "a", {}, { dryRun: "All" })).rejects.toMatchObject({ code: "ERR_KUBERNETES", status: 307 });
    expect(api.calls.map(({ path }) => path)).not.toContain("/elsewhere");
  });

  it("tells that what would change is not known to who may write and not read", async () => {
    const api = await server();
    api.on("GET /api/v1/namespaces/shop/configmaps/a").reply({ status: 403 });
    api.on("PATCH /api/v1/namespaces/shop/configmaps/a").reply({ json: { data: {} } });
    const planned = await plan(() => open(api.url).patch("configmaps", "a", { data: { b: "1" } }));
    expect(only(planned)).toMatchObject({ outcome: "dryRun", effect: undefined, note: expect.stringContaining("not known") as string });
  });
});
