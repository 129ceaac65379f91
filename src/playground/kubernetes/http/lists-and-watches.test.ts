import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KubernetesStandIn, startKubernetes } from "../index.ts";
import { ManualClock } from "../manual-clock.ts";

let cluster: KubernetesStandIn;
beforeEach(async () => {
  cluster = await startKubernetes({ speed: 50, bookmarkMs: 1000 });
});
afterEach(() => cluster.close());

interface Document {
  kind: string;
  apiVersion: string;
  message: string;
  reason: string;
  code: number;
  metadata: { name: string; resourceVersion: string; continue?: string; remainingItemCount?: number; annotations?: Record<string, string> };
  items: Document[];
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object: Document }[];
  spec?: object;
  details?: { causes: { reason: string }[] };
}

const MAPS = "/api/v1/namespaces/default/configmaps";

async function get(path: string, accept = "application/json"): Promise<{ status: number; headers: Headers; body: Document }> {
  const response = await fetch(`${cluster.url}${path}`, { headers: { accept } });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
function add(name: string, labels: Record<string, string> = {}): void {
  cluster.store.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data: {} });
}
const names = (list: Document): string[] => list.items.map((item) => item.metadata.name).filter((name) => name !== "kube-root-ca.crt");

interface Event {
  readonly type: string;
  readonly object: Document;
}

/** An open watch: `next()` gives its events one by one, undefined at the end. */
class Watching {
  readonly #lines: AsyncIterator<string>;
  readonly #abort = new AbortController();
  status = 0;

  constructor(path: string, accept = "application/json") {
    this.#lines = this.#read(path, accept);
  }

  async *#read(path: string, accept: string): AsyncGenerator<string> {
    const response = await fetch(`${cluster.url}${path}`, { headers: { accept }, signal: this.#abort.signal });
    this.status = response.status;
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  }

  async next(): Promise<Event | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as Event);
  }

  async take(count: number): Promise<string[]> {
    const events: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const event = await this.next();
      events.push(`${event?.type} ${event?.object.metadata.name}`);
    }
    return events;
  }

  close(): void {
    this.#abort.abort();
  }
}

describe("lists", () => {
  it("have items without kind, the store's resourceVersion, and the order of their names", async () => {
    add("b");
    add("a");
    const { body } = await get(MAPS);
    expect(body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: cluster.store.resourceVersion } });
    expect(names(body)).toEqual(["a", "b"]);
    expect(body.items[0]).not.toHaveProperty("kind");
    expect(body.items[0]).not.toHaveProperty("apiVersion");
  });

  it("follow label and field selectors, and refuse other fields with 400", async () => {
    add("a", { app: "web" });
    add("b", { app: "db" });
    expect(names((await get(`${MAPS}?labelSelector=app%20in%20(web,x)`)).body)).toEqual(["a"]);
    expect(names((await get(`${MAPS}?labelSelector=!app`)).body)).toEqual([]);
    expect(names((await get(`${MAPS}?fieldSelector=metadata.name%3Db`)).body)).toEqual(["b"]);
    expect(names((await get(`${MAPS}?fieldSelector=metadata.name!%3Db`)).body)).toEqual(["a"]);
    expect((await get(`${MAPS}?fieldSelector=data.x%3Db`)).body).toMatchObject({ code: 400, message: "field label not supported: data.x" });
    const deployments = await get("/apis/apps/v1/deployments?fieldSelector=spec.replicas%3D1");
    expect(deployments.body).toMatchObject({
      code: 400,
      message: 'field label "spec.replicas" not supported for apps/v1, Kind=Deployment',
    });
    expect((await get("/api/v1/pods?fieldSelector=status.phase%3DRunning,spec.nodeName%3Dnode-1")).status).toBe(200);
  });

  it("come in pages of one snapshot, whatever is written in between", async () => {
    for (const name of ["a", "b", "c", "d"]) add(name);
    const first = (await get(`${MAPS}?limit=2`)).body;
    expect(names(first)).toEqual(["a", "b"]);
    expect(first.metadata.remainingItemCount).toBe(3);
    add("bb");
    cluster.store.delete("ConfigMap", "d");
    const second = (await get(`${MAPS}?limit=2&continue=${first.metadata.continue}`)).body;
    expect(names(second)).toEqual(["c", "d"]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const last = (await get(`${MAPS}?limit=2&continue=${second.metadata.continue}`)).body;
    expect(last.metadata.continue).toBeUndefined();
    expect((await get(`${MAPS}?limit=2&labelSelector=x!%3Dy`)).body.metadata.remainingItemCount).toBeUndefined();
  });

  it("answer 410 to a token that is compacted away, with a fresh one for the rest", async () => {
    for (const name of ["a", "b", "c"]) add(name);
    const first = (await get(`${MAPS}?limit=1`)).body;
    cluster.store.compact();
    const gone = await get(`${MAPS}?limit=1&continue=${first.metadata.continue}`);
    expect(gone).toMatchObject({ status: 410, body: { reason: "Expired", code: 410 } });
    const rest = await get(`${MAPS}?continue=${gone.body.metadata.continue}`);
    expect(names(rest.body)).toEqual(["b", "c"]);
    expect((await get(`${MAPS}?continue=nonsense`)).body.reason).toBe("BadRequest");
    expect((await get(`${MAPS}?continue=${first.metadata.continue}&resourceVersion=5`)).body.message).toBe(
      "specifying resource version is not allowed when using continue",
    );
  });

  it("of the future are 504 with Retry-After, of no number 500, of an old exact version 410", async () => {
    const future = await get(`${MAPS}?resourceVersion=999999`);
    expect(future.status).toBe(504);
    expect(future.headers.get("retry-after")).toBe("1");
    expect(future.body.details?.causes[0]?.reason).toBe("ResourceVersionTooLarge");
    expect(await get(`${MAPS}?resourceVersion=abc`)).toMatchObject({ status: 500 });
    const before = cluster.store.resourceVersion;
    add("a");
    expect(names((await get(`${MAPS}?resourceVersion=${before}&resourceVersionMatch=Exact`)).body)).toEqual([]);
    cluster.store.compact();
    expect(await get(`${MAPS}?resourceVersion=${before}&resourceVersionMatch=Exact`)).toMatchObject({ status: 410 });
    expect(await get(`${MAPS}?resourceVersionMatch=Exact`)).toMatchObject({ status: 422 });
  });
});

describe("representations", () => {
  const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

  it("as a Table has kubectl's columns, wide ones apart, and the metadata of each object", async () => {
    cluster.store.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image: "x:unready" },
        ],
      },
    });
    await cluster.settle();
    const { body } = await get("/api/v1/namespaces/default/pods", TABLE);
    expect(body.columnDefinitions.filter((column) => column.priority === 0).map((column) => column.name)).toEqual([
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
    ]);
    expect(body.columnDefinitions.filter((column) => column.priority === 1).map((column) => column.name)).toContain("Node");
    expect(body.rows[0]?.cells.slice(0, 4)).toEqual(["p", "1/2", "Running", "0"]);
    expect(body.rows[0]?.object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "p" } });
    const whole = await get("/api/v1/namespaces/default/pods/p?includeObject=Object", TABLE);
    expect(whole.body.rows[0]?.object).toMatchObject({ kind: "Pod", spec: { nodeName: "node-1" } });
    expect((await get("/api/v1/namespaces/default/pods?includeObject=None", TABLE)).body.rows[0]).not.toHaveProperty("object");
  });

  it("as PartialObjectMetadata leaves spec and status out", async () => {
    add("a");
    const { body } = await get(MAPS, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
    expect(body.kind).toBe("PartialObjectMetadataList");
    expect(body.items[0]).not.toHaveProperty("data");
  });
});

describe("watches", () => {
  it("from a version send what happened since, then what happens, in order", async () => {
    const from = cluster.store.resourceVersion;
    add("a");
    const watch = new Watching(`${MAPS}?watch=1&resourceVersion=${from}`);
    expect(await watch.take(1)).toEqual(["ADDED a"]);
    cluster.store.patch("ConfigMap", "a", { patch: { data: { x: "1" } } });
    cluster.store.delete("ConfigMap", "a");
    const [changed, deleted] = [await watch.next(), await watch.next()];
    expect([changed?.type, deleted?.type]).toEqual(["MODIFIED", "DELETED"]);
    expect(changed?.object).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", data: { x: "1" } });
    expect(Number(deleted?.object.metadata.resourceVersion)).toBe(Number(changed?.object.metadata.resourceVersion) + 1);
    watch.close();
  });

  it("without a version, or from 0, begin with what there is", async () => {
    add("a", { app: "x" });
    for (const version of ["", "&resourceVersion=0"]) {
      const watch = new Watching(`${MAPS}?watch=true&labelSelector=app${version}`);
      expect(await watch.take(1)).toEqual(["ADDED a"]);
      watch.close();
    }
  });

  it("send an object that enters the selection as ADDED and one that leaves it as DELETED", async () => {
    add("a");
    const watch = new Watching(`${MAPS}?watch=1&labelSelector=app%3Dweb&resourceVersion=${cluster.store.resourceVersion}`);
    cluster.store.patch("ConfigMap", "a", { patch: { metadata: { labels: { app: "web" } } } });
    cluster.store.patch("ConfigMap", "a", { patch: { data: { x: "1" } } });
    cluster.store.patch("ConfigMap", "a", { patch: { metadata: { labels: { app: "db" } } } });
    cluster.store.patch("ConfigMap", "a", { patch: { data: { x: "2" } } });
    cluster.store.patch("ConfigMap", "a", { patch: { metadata: { labels: { app: "web" } } } });
    expect(await watch.take(4)).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "ADDED a"]);
    watch.close();
  });

  it("with sendInitialEvents mark the end of the beginning with a bookmark", async () => {
    add("a", { app: "x" });
    const query = "watch=true&labelSelector=app&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const watch = new Watching(`${MAPS}?${query}`);
    expect(await watch.take(1)).toEqual(["ADDED a"]);
    const bookmark = await watch.next();
    expect(bookmark).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
    add("b", { app: "x" });
    expect(await watch.take(1)).toEqual(["ADDED b"]);
    watch.close();
    expect(await get(`${MAPS}?watch=true&sendInitialEvents=true`)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining("resourceVersionMatch: Forbidden: sendInitialEvents requires") },
    });
    expect(await get(`${MAPS}?watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1`)).toMatchObject({ status: 422 });
  });

  it("from a version that is gone answer 200, then an ERROR event with 410, and end", async () => {
    cluster.store.compact();
    const watch = new Watching(`${MAPS}?watch=1&resourceVersion=5`);
    const event = await watch.next();
    expect(watch.status).toBe(200);
    expect(event).toMatchObject({
      type: "ERROR",
      object: { kind: "Status", code: 410, reason: "Expired", message: expect.stringMatching(/^too old resource version: 5 \(\d+\)$/) },
    });
    expect(await watch.next()).toBeUndefined();
  });

  it("from a version of the future send nothing until it has come", async () => {
    const future = Number(cluster.store.resourceVersion) + 2;
    const watch = new Watching(`${MAPS}?watch=1&resourceVersion=${future}&timeoutSeconds=5`);
    const first = watch.next();
    await get(MAPS);
    add("a");
    add("b");
    add("c");
    expect((await first)?.object.metadata.name).toBe("c");
    watch.close();
  });

  it("send bookmarks from time to time, only when asked", async () => {
    const watch = new Watching(`${MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=${cluster.store.resourceVersion}`);
    cluster.store.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
    expect(await watch.next()).toMatchObject({
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: cluster.store.resourceVersion } },
    });
    watch.close();
  });

  it("end after timeoutSeconds without an error, in real seconds whatever the speed", async () => {
    const clock = new ManualClock();
    const other = await startKubernetes({ speed: 50, clock });
    const response = await fetch(`${other.url}${MAPS}?watch=1&timeoutSeconds=5&resourceVersion=${other.store.resourceVersion}`);
    const text = response.text();
    clock.advance(4999);
    other.store.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "late" } });
    clock.advance(1);
    expect((await text).trim().split("\n")).toEqual([expect.stringContaining('"name":"late"')]);
    await other.close();
  });

  it("as Tables send one row per event", async () => {
    const watch = new Watching(
      `${MAPS}?watch=1&resourceVersion=${cluster.store.resourceVersion}`,
      "application/json;as=Table;v=v1;g=meta.k8s.io",
    );
    add("a");
    const event = await watch.next();
    expect(event).toMatchObject({ type: "ADDED", object: { kind: "Table" } });
    expect(event?.object.rows).toHaveLength(1);
    watch.close();
  });
});

describe("discovery", () => {
  it("comes in the old form, and aggregated with the media type echoed", async () => {
    expect((await get("/api")).body).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect((await get("/apis")).body).toMatchObject({
      kind: "APIGroupList",
      groups: expect.arrayContaining([expect.objectContaining({ name: "apps" })]),
    });
    expect((await get("/apis/apps/v1")).body).toMatchObject({
      kind: "APIResourceList",
      groupVersion: "apps/v1",
      resources: expect.arrayContaining([expect.objectContaining({ name: "deployments/scale", kind: "Scale", group: "autoscaling" })]),
    });
    const type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const aggregated = await get(
      "/apis",
      `${type},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
    );
    expect(aggregated.headers.get("content-type")).toBe(type);
    expect(aggregated.body).toMatchObject({ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2" });
    expect((await fetch(`${cluster.url}/apis/batch/v1`)).status).toBe(404);
  });

  it("names the OpenAPI documents, which have a PATCH with dryRun for each kind", async () => {
    const index: { paths: Record<string, { serverRelativeURL: string }> } = JSON.parse(
      await (await fetch(`${cluster.url}/openapi/v3`)).text(),
    );
    const document = await fetch(`${cluster.url}${index.paths["apis/apps/v1"]?.serverRelativeURL}`);
    expect(JSON.parse(await document.text())).toMatchObject({
      paths: {
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}": {
          patch: { "x-kubernetes-group-version-kind": { group: "apps", kind: "Deployment" } },
        },
      },
    });
  });
});
