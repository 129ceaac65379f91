import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KubeObject, type KubernetesStandIn, startKubernetes } from "../index.ts";

let cluster: KubernetesStandIn;
beforeAll(async () => {
  cluster = await startKubernetes({ speed: 20 });
});
afterAll(() => cluster.close());

interface Container {
  name: string;
  image?: string;
  env?: object[];
}
/** What the assertions look into; JSON.parse promises no more. */
interface Document {
  kind: string;
  message: string;
  reason: string;
  metadata: {
    name: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    managedFields?: { manager: string }[];
    annotations?: object;
    [key: string]: unknown;
  };
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    selector: object;
    template: { metadata: object; spec: { containers: Container[] } };
    [key: string]: unknown;
  };
  status: { replicas?: number; phase?: string };
  details: { causes: { reason: string; field: string }[] };
  data?: object;
}
interface Result {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Document;
  readonly text: string;
}
async function call(
  method: string,
  path: string,
  { body, type = "application/json", headers = {} }: { body?: unknown; type?: string; headers?: Record<string, string> } = {},
): Promise<Result> {
  const init: RequestInit = { method, headers: { ...(body === undefined ? {} : { "content-type": type }), ...headers } };
  if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${cluster.url}${path}`, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined, text };
}

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml";

let count = 0;
function manifest(spec: object = {}, metadata: object = {}): Pick<Document, "kind" | "metadata" | "spec"> & { apiVersion: string } {
  count += 1;
  const name = `web-${count}`;
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image: "nginx:1" }] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, ...metadata },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template, ...spec },
  };
}
async function created(spec: object = {}, metadata: object = {}): Promise<Document> {
  const { status, body } = await call("POST", DEPLOYMENTS, { body: manifest(spec, metadata) });
  expect(status).toBe(201);
  await cluster.settle();
  return (await call("GET", `${DEPLOYMENTS}/${body.metadata.name}`)).body;
}
const pathOf = (object: Document): string => `${DEPLOYMENTS}/${object.metadata.name}`;

describe("creating", () => {
  it("answers 201 with defaults, identity and generation 1, and drops a status", async () => {
    const { status, body } = await call("POST", `${DEPLOYMENTS}?fieldManager=me`, { body: { ...manifest(), status: { replicas: 9 } } });
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({
      namespace: "default",
      generation: 1,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
    });
    expect(body.spec).toMatchObject({
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    });
    expect(body.spec.template.spec).toMatchObject({
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      terminationGracePeriodSeconds: 30,
    });
    expect(body.spec.template.spec.containers[0]).toMatchObject({
      imagePullPolicy: "IfNotPresent",
      terminationMessagePath: "/dev/termination-log",
      resources: {},
    });
    expect(body.status).toEqual({});
    expect(body.metadata.managedFields?.[0]).toMatchObject({ manager: "me", operation: "Update", fieldsType: "FieldsV1" });
  });

  it("of what exists is 409 AlreadyExists, in a namespace that does not, 404", async () => {
    const existing = await created();
    const again = await call("POST", DEPLOYMENTS, {
      body: { ...manifest(), metadata: { name: existing.metadata.name }, spec: existing.spec },
    });
    expect(again.body).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: `deployments.apps "${existing.metadata.name}" already exists`,
      details: { name: existing.metadata.name, group: "apps", kind: "deployments" },
    });
    const elsewhere = await call("POST", "/apis/apps/v1/namespaces/nowhere/deployments", { body: manifest() });
    expect(elsewhere.body).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
  });

  it("of what breaks a rule is 422 with all causes", async () => {
    const bad = manifest({ replicas: -1, selector: { matchLabels: { app: "other" } }, strategy: { type: "Recreate", rollingUpdate: {} } });
    delete bad.spec.template.spec.containers[0]!.image;
    const { status, body } = await call("POST", DEPLOYMENTS, { body: bad });
    expect(status).toBe(422);
    expect(body).toMatchObject({ reason: "Invalid", details: { group: "apps", kind: "Deployment", name: bad.metadata.name } });
    expect(body.message).toMatch(
      /^Deployment\.apps "web-\d+" is invalid: \[spec\.replicas: Invalid value: -1: must be greater than or equal to 0, /,
    );
    expect(body.details.causes.map((cause) => [cause.reason, cause.field])).toEqual([
      ["FieldValueInvalid", "spec.replicas"],
      ["FieldValueInvalid", "spec.template.metadata.labels"],
      ["FieldValueRequired", "spec.template.spec.containers[0].image"],
      ["FieldValueForbidden", "spec.strategy.rollingUpdate"],
    ]);
  });

  it("with a wrong name, no containers, no surge and no unavailability, or a mount without volume, is refused", async () => {
    const causeOf = async (spec: object, metadata: object = {}): Promise<string> => {
      const { body } = await call("POST", DEPLOYMENTS, { body: manifest(spec, metadata) });
      return `${body.details.causes[0]?.reason} ${body.details.causes[0]?.field}`;
    };
    const labels = (): object => ({ labels: { app: `web-${count + 1}` } });
    expect(await causeOf({}, { name: "Web" })).toBe("FieldValueInvalid metadata.name");
    expect(await causeOf({ template: { metadata: labels(), spec: {} } })).toBe("FieldValueRequired spec.template.spec.containers");
    expect(await causeOf({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } })).toBe(
      "FieldValueInvalid spec.strategy.rollingUpdate.maxUnavailable",
    );
    expect(await causeOf({ progressDeadlineSeconds: 5, minReadySeconds: 5 })).toBe("FieldValueInvalid spec.progressDeadlineSeconds");
    const mount = { containers: [{ name: "web", image: "x", volumeMounts: [{ name: "gone", mountPath: "/x" }] }] };
    expect(await causeOf({ template: { metadata: labels(), spec: mount } })).toBe(
      "FieldValueNotFound spec.template.spec.containers[0].volumeMounts[0].name",
    );
    const twins = {
      containers: [
        { name: "web", image: "x" },
        { name: "web", image: "y" },
      ],
      restartPolicy: "Never",
    };
    expect(await causeOf({ template: { metadata: labels(), spec: twins } })).toBe(
      "FieldValueDuplicate spec.template.spec.containers[1].name",
    );
  });

  it("treats unknown and duplicate fields as fieldValidation says", async () => {
    const body = manifest({ replica: 3 });
    const strict = await call("POST", `${DEPLOYMENTS}?fieldValidation=Strict`, { body });
    expect(strict.body).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    });
    const doubled = JSON.stringify(body).replace('"replica":3', '"replicas":1');
    expect((await call("POST", `${DEPLOYMENTS}?fieldValidation=Strict`, { body: doubled })).body.message).toContain(
      'strict decoding error: duplicate field "spec.replicas"',
    );
    const warned = await call("POST", DEPLOYMENTS, { body });
    expect(warned.status).toBe(201);
    expect(warned.headers.get("warning")).toBe('299 - "unknown field \\"spec.replica\\""');
    expect(warned.body.spec.replica).toBeUndefined();
    const ignored = await call("POST", `${DEPLOYMENTS}?fieldValidation=Ignore`, { body: manifest({ replica: 3 }) });
    expect([ignored.status, ignored.headers.get("warning")]).toEqual([201, null]);
    expect((await call("POST", `${DEPLOYMENTS}?fieldValidation=Maybe`, { body: manifest() })).body).toMatchObject({
      code: 422,
      details: { kind: "CreateOptions", causes: [{ field: "fieldValidation" }] },
    });
  });

  it("of the wrong type, kind, version or syntax is 400, of an unknown media type 415", async () => {
    expect((await call("POST", DEPLOYMENTS, { body: manifest({ replicas: "3" }) })).body.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
    expect((await call("POST", DEPLOYMENTS, { body: { ...manifest(), apiVersion: "apps/v2" } })).body.message).toBe(
      "the API version in the data (apps/v2) does not match the expected API version (apps/v1)",
    );
    expect((await call("POST", DEPLOYMENTS, { body: { ...manifest(), kind: "Pod" } })).status).toBe(400);
    expect((await call("POST", DEPLOYMENTS, { body: "{" })).body).toMatchObject({ code: 400, reason: "BadRequest" });
    expect((await call("POST", DEPLOYMENTS, { body: "x", type: "text/plain" })).body).toMatchObject({
      code: 415,
      reason: "UnsupportedMediaType",
    });
    expect((await call("POST", DEPLOYMENTS, { body: { ...manifest(), metadata: { name: "x", namespace: "shop" } } })).body.message).toBe(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  });

  it("takes YAML, and a generateName", async () => {
    const { status, body } = await call("POST", "/api/v1/namespaces/default/configmaps", {
      body: "metadata: {generateName: c-}\ndata: {a: b}\n",
      type: "application/yaml",
    });
    expect(status).toBe(201);
    expect(body.metadata.name).toMatch(/^c-[a-z0-9]{5}$/);
  });
});

describe("generation and resourceVersion", () => {
  it("a change of the spec or of an annotation is a new generation, a label or a status is not", async () => {
    const object = await created();
    const patch = async (body: object, suffix = ""): Promise<number | undefined> =>
      (await call("PATCH", `${pathOf(object)}${suffix}`, { body, type: MERGE })).body.metadata.generation;
    expect(await patch({ metadata: { labels: { a: "b" } } })).toBe(1);
    expect(await patch({ metadata: { annotations: { a: "b" } } })).toBe(2);
    expect(await patch({ spec: { minReadySeconds: 1 } })).toBe(3);
    expect(await patch({ status: { replicas: 7 } }, "/status")).toBe(3);
    expect(await patch({ spec: { replicas: 5 } }, "/status")).toBe(3);
    expect((await call("GET", pathOf(object))).body.spec.replicas).toBe(0);
    expect(await patch({ status: { replicas: 9 } })).toBe(3);
  });

  it("a patch that changes nothing stores nothing", async () => {
    const object = await created();
    const same = await call("PATCH", pathOf(object), {
      body: { spec: { replicas: 0, minReadySeconds: 0 }, metadata: { labels: null } },
      type: MERGE,
    });
    expect(same.status).toBe(200);
    expect(same.body).toEqual(object);
  });

  it("null resets a field to its default: replicas 1", async () => {
    const object = await created();
    expect((await call("PATCH", pathOf(object), { body: { spec: { replicas: null } }, type: MERGE })).body.spec.replicas).toBe(1);
  });

  it("a stale resourceVersion is 409 Conflict, a foreign uid 422 in a patch and 409 in a PUT", async () => {
    const object = await created();
    await call("PATCH", pathOf(object), { body: { metadata: { labels: { a: "b" } } }, type: MERGE });
    for (const type of [MERGE, STRATEGIC]) {
      const stale = await call("PATCH", pathOf(object), {
        body: { metadata: { resourceVersion: object.metadata.resourceVersion }, spec: { replicas: 1 } },
        type,
      });
      expect(stale.body).toMatchObject({
        code: 409,
        reason: "Conflict",
        message: `Operation cannot be fulfilled on deployments.apps "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
      });
    }
    expect((await call("PUT", pathOf(object), { body: object })).body.reason).toBe("Conflict");
    const uid = await call("PATCH", pathOf(object), { body: { metadata: { uid: "x" } }, type: MERGE });
    expect(uid.body).toMatchObject({
      code: 422,
      details: { causes: [{ field: "metadata.uid", message: 'Invalid value: "x": field is immutable' }] },
    });
    const put = await call("PUT", pathOf(object), { body: { ...object, metadata: { name: object.metadata.name, uid: "x" } } });
    expect(put.body.message).toContain("Precondition failed: UID in precondition: x, UID in object meta:");
  });
});

describe("replacing", () => {
  it("PUT without a resourceVersion is unconditional, and keeps the status", async () => {
    const object = await created();
    const { status, body } = await call("PUT", pathOf(object), {
      body: { ...object, metadata: { name: object.metadata.name }, spec: { ...object.spec, replicas: 1 }, status: { replicas: 99 } },
    });
    expect(status).toBe(200);
    expect(body.metadata.uid).toBe(object.metadata.uid);
    expect(body.spec.replicas).toBe(1);
    expect(body.status.replicas).toBeUndefined();
  });

  it("refuses another name, another selector and a missing object", async () => {
    const object = await created();
    expect((await call("PUT", pathOf(object), { body: { ...object, metadata: { name: "other" } } })).body.message).toBe(
      `the name of the object (other) does not match the name on the URL (${object.metadata.name})`,
    );
    const labels = { app: "other" };
    const selector = { ...object.spec, selector: { matchLabels: labels }, template: { ...object.spec.template, metadata: { labels } } };
    expect((await call("PUT", pathOf(object), { body: { ...object, spec: selector } })).body).toMatchObject({
      code: 422,
      details: { causes: [{ field: "spec.selector", message: expect.stringContaining("field is immutable") }] },
    });
    expect((await call("PUT", `${DEPLOYMENTS}/none`, { body: manifest({}, { name: "none" }) })).body.reason).toBe("NotFound");
  });
});

describe("patching", () => {
  it("merge replaces lists, strategic merges them by key", async () => {
    const object = await created();
    const body = { spec: { template: { spec: { containers: [{ name: "web", env: [{ name: "A", value: "1" }] }] } } } };
    const strategic = await call("PATCH", pathOf(object), { body, type: STRATEGIC });
    expect(strategic.body.spec.template.spec.containers).toMatchObject([
      { name: "web", image: "nginx:1", env: [{ name: "A", value: "1" }] },
    ]);
    const merge = await call("PATCH", pathOf(object), { body, type: MERGE });
    expect(merge.body).toMatchObject({ code: 422, details: { causes: [{ field: "spec.template.spec.containers[0].image" }] } });
  });

  it("JSON patch: a failed operation is 422 with a message that does not say which", async () => {
    const object = await created();
    const { body } = await call("PATCH", pathOf(object), {
      body: [{ op: "test", path: "/metadata/resourceVersion", value: "1" }],
      type: JSON_PATCH,
    });
    expect(body).toMatchObject({ code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request" });
    const good = await call("PATCH", pathOf(object), {
      body: [{ op: "replace", path: "/metadata/annotations", value: { a: "b" } }],
      type: JSON_PATCH,
    });
    expect(good.body.metadata.annotations).toEqual({ a: "b" });
    const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "Deployment" }));
    expect((await call("PATCH", pathOf(object), { body: many, type: JSON_PATCH })).status).toBe(413);
  });

  it("a value of the wrong type is 422 on the field patch, and the message repeats what was sent", async () => {
    const object = await created();
    const merge = await call("PATCH", pathOf(object), { body: { spec: { replicas: "x" } }, type: MERGE });
    expect(merge.body).toMatchObject({ code: 422, reason: "Invalid", details: { causes: [{ field: "patch" }] } });
    expect(merge.body.message).toContain("nginx:1");
    const strategic = await call("PATCH", `${pathOf(object)}?fieldValidation=Strict`, { body: { spec: { replica: 1 } }, type: STRATEGIC });
    expect(strategic.body.message).toBe(
      ' "" is invalid: patch: Invalid value: "map[spec:map[replica:1]]": strict decoding error: unknown field "spec.replica"',
    );
    const doubled = await call("PATCH", `${pathOf(object)}?fieldValidation=Strict`, {
      body: '{"spec":{"replicas":1,"replicas":2}}',
      type: MERGE,
    });
    expect(doubled.body.message).toContain('strict decoding error: duplicate field "spec.replicas"');
    const warned = await call("PATCH", pathOf(object), { body: { spec: { replica: 1 } }, type: MERGE });
    expect(warned.headers.get("warning")).toBe('299 - "unknown field \\"spec.replica\\""');
  });

  it("is 415 as application/json, 404 for a missing object, 422 with force or a long manager", async () => {
    const object = await created();
    expect((await call("PATCH", pathOf(object), { body: {} })).body).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
    expect((await call("PATCH", `${DEPLOYMENTS}/none`, { body: {}, type: MERGE })).status).toBe(404);
    expect((await call("PATCH", `${pathOf(object)}?force=true`, { body: {}, type: MERGE })).status).toBe(422);
    expect((await call("PATCH", `${pathOf(object)}?fieldManager=${"x".repeat(129)}`, { body: {}, type: MERGE })).status).toBe(422);
    expect((await call("PATCH", pathOf(object), { body: "{", type: MERGE })).body.reason).toBe("BadRequest");
  });

  it("records the first word of the User-Agent as manager when none is given", async () => {
    const object = await created();
    const { body } = await call("PATCH", pathOf(object), {
      body: { metadata: { labels: { a: "b" } } },
      type: MERGE,
      headers: { "user-agent": "deployer/1.0 (linux)" },
    });
    expect(body.metadata.managedFields?.map((entry) => entry.manager)).toContain("deployer");
  });
});

describe("dry runs", () => {
  it("show the would-be generation with the old resourceVersion, and store nothing", async () => {
    const object = await created();
    const revision = cluster.store.resourceVersion;
    const patched = await call("PATCH", `${pathOf(object)}?dryRun=All`, { body: { spec: { minReadySeconds: 3 } }, type: MERGE });
    expect(patched.body.metadata).toMatchObject({ generation: 2, resourceVersion: object.metadata.resourceVersion });
    expect(patched.body.spec.minReadySeconds).toBe(3);
    const draft = await call("POST", `${DEPLOYMENTS}?dryRun=All`, { body: manifest() });
    expect([draft.status, draft.body.metadata.resourceVersion]).toEqual([201, undefined]);
    expect((await call("DELETE", `${pathOf(object)}?dryRun=All`)).status).toBe(200);
    expect(cluster.store.resourceVersion).toBe(revision);
  });

  it("other than All are 422", async () => {
    const object = await created();
    const { body } = await call("PATCH", `${pathOf(object)}?dryRun=true`, { body: {}, type: MERGE });
    expect(body).toMatchObject({
      code: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "true": supported values: "All"',
    });
  });
});

describe("the scale subresource", () => {
  it("reads and writes replicas, and nothing else", async () => {
    const object = await created({ replicas: 2 });
    const read = await call("GET", `${pathOf(object)}/scale`);
    expect(read.body).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      spec: { replicas: 2 },
      status: { replicas: 2, selector: `app=${object.metadata.name}` },
    });
    const patched = await call("PATCH", `${pathOf(object)}/scale?fieldManager=scaler`, { body: { spec: { replicas: 3 } }, type: MERGE });
    expect(patched.body.spec.replicas).toBe(3);
    const after = (await call("GET", pathOf(object))).body;
    expect(after.metadata.generation).toBe(2);
    expect(after.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: "scaler", subresource: "scale", fieldsV1: { "f:spec": { "f:replicas": {} } } }),
    );
    expect((await call("PUT", `${pathOf(object)}/scale`, { body: read.body })).body.reason).toBe("Conflict");
    const zero = await call("PATCH", `${pathOf(object)}/scale`, { body: { spec: { replicas: 0 } }, type: STRATEGIC });
    expect(zero.body.spec).toEqual({});
    expect((await call("PATCH", `${pathOf(object)}/scale`, { body: { spec: { replicas: -1 } }, type: MERGE })).status).toBe(422);
  });
});

describe("server-side apply", () => {
  const apply = (path: string, body: object, query = "fieldManager=one"): Promise<Result> =>
    call("PATCH", `${path}?${query}`, { body, type: APPLY });

  it("creates with 201, owns what it names, and removes what it no longer names", async () => {
    const body = manifest({ minReadySeconds: 5 });
    const path = `${DEPLOYMENTS}/${body.metadata.name}`;
    expect((await apply(path, body)).status).toBe(201);
    delete body.spec.minReadySeconds;
    body.spec.template.spec.containers[0]!.env = [{ name: "A", value: "1" }];
    const second = await apply(path, body);
    expect(second.status).toBe(200);
    expect(second.body.spec.minReadySeconds).toBeUndefined();
    expect(second.body.spec.template.spec.containers[0]).toMatchObject({
      image: "nginx:1",
      imagePullPolicy: "IfNotPresent",
      env: [{ name: "A", value: "1" }],
    });
    await cluster.settle();
    const before = cluster.store.resourceVersion;
    expect((await apply(path, body)).status).toBe(200);
    expect(cluster.store.resourceVersion).toBe(before);
  });

  it("conflicts with another manager's value, names it, and takes the field by force", async () => {
    const body = manifest({ replicas: 2 });
    const path = `${DEPLOYMENTS}/${body.metadata.name}`;
    await apply(path, body);
    await call("PATCH", `${path}/scale?fieldManager=X`, { body: { spec: { replicas: 1 } }, type: MERGE });
    const refused = await apply(path, body);
    expect(refused.body).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "X" with subresource "scale" using apps/v1: .spec.replicas',
      details: { causes: [{ reason: "FieldManagerConflict", field: ".spec.replicas" }] },
    });
    const forced = await apply(path, body, "fieldManager=one&force=true");
    expect(forced.body.spec.replicas).toBe(2);
    expect(forced.body.metadata.managedFields?.map((entry) => entry.manager)).not.toContain("X");
    const other = await apply(path, { ...body, spec: { ...body.spec, replicas: 3 } }, "fieldManager=two");
    expect(other.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas');
    expect((await apply(path, body, "fieldManager=two")).status).toBe(200);
  });

  it("wants a manager, its own kind, no managedFields and declared fields alone", async () => {
    const object = await created();
    const path = pathOf(object);
    const minimal = { apiVersion: "apps/v1", kind: "Deployment" };
    expect((await apply(path, minimal, "")).body).toMatchObject({ code: 422, details: { causes: [{ field: "fieldManager" }] } });
    expect((await apply(path, { ...minimal, metadata: { managedFields: [{}] } })).body.message).toBe("metadata.managedFields must be nil");
    expect((await apply(path, { ...minimal, kind: "Pod" })).status).toBe(400);
    expect((await apply(path, { ...minimal, spec: { foo: 1 } })).body.message).toMatch(
      /failed to create typed patch object .*: \.spec\.foo: field not declared in schema/,
    );
  });

  it("takes YAML", async () => {
    const path = "/api/v1/namespaces/default/configmaps/yaml";
    const { status, body } = await call("PATCH", `${path}?fieldManager=one`, {
      body: "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '1'\n",
      type: APPLY,
    });
    expect([status, body.data]).toEqual([201, { a: "1" }]);
  });
});

describe("deleting", () => {
  it("in the background removes the object at once and its dependents soon", async () => {
    const object = await created({ replicas: 1 });
    const { status, body } = await call("DELETE", pathOf(object), { body: { propagationPolicy: "Background" } });
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: object.metadata.name, group: "apps", kind: "deployments", uid: object.metadata.uid },
    });
    await cluster.settle();
    const left = [...cluster.store.list("ReplicaSet"), ...cluster.store.list("Pod")].filter((one) =>
      one.metadata.name.startsWith(`${object.metadata.name}-`),
    );
    expect(left).toEqual([]);
    expect((await call("DELETE", pathOf(object))).body).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: `deployments.apps "${object.metadata.name}" not found`,
    });
  });

  it("in the foreground keeps the object, marked, until its dependents are gone", async () => {
    const object = await created({ replicas: 1 });
    const { body } = await call("DELETE", `${pathOf(object)}?propagationPolicy=Foreground`);
    expect(body.metadata).toMatchObject({
      finalizers: ["foregroundDeletion"],
      deletionTimestamp: expect.any(String),
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    await cluster.settle();
    expect((await call("GET", pathOf(object))).status).toBe(404);
    expect(cluster.store.list("Pod").filter((one) => one.metadata.name.startsWith(`${object.metadata.name}-`))).toEqual([]);
  });

  it("with Orphan leaves the dependents without owner, and a namesake adopts them", async () => {
    const object = await created({ replicas: 1 });
    const setOf = (): KubeObject | undefined =>
      cluster.store.list("ReplicaSet").find((one) => one.metadata.name.startsWith(`${object.metadata.name}-`));
    await call("DELETE", pathOf(object), { body: { propagationPolicy: "Orphan" } });
    await cluster.settle();
    expect(setOf()?.metadata.ownerReferences).toBeUndefined();
    const uid = setOf()?.metadata.uid;
    await call("POST", DEPLOYMENTS, { body: { ...object, metadata: { name: object.metadata.name } } });
    await cluster.settle();
    expect(setOf()?.metadata).toMatchObject({ uid, ownerReferences: [{ name: object.metadata.name, controller: true }] });
  });

  it("respects preconditions and finalizers", async () => {
    const object = await created({}, { finalizers: ["example.com/hold"] });
    expect((await call("DELETE", pathOf(object), { body: { preconditions: { uid: "other" } } })).body.reason).toBe("Conflict");
    const held = await call("DELETE", pathOf(object));
    expect(held.body.metadata.deletionTimestamp).toBeDefined();
    expect((await call("GET", pathOf(object))).status).toBe(200);
    await call("PATCH", pathOf(object), { body: { metadata: { finalizers: null } }, type: MERGE });
    expect((await call("GET", pathOf(object))).status).toBe(404);
  });

  it("a namespace empties it first, and nothing new is let in meanwhile", async () => {
    await call("POST", "/api/v1/namespaces", { body: { metadata: { name: "doomed" } } });
    await call("POST", "/apis/apps/v1/namespaces/doomed/deployments", { body: manifest({ replicas: 1 }) });
    await cluster.settle();
    const { body } = await call("DELETE", "/api/v1/namespaces/doomed");
    expect(body.status.phase).toBe("Terminating");
    const late = await call("POST", "/api/v1/namespaces/doomed/configmaps", { body: { metadata: { name: "late" } } });
    expect(late.body).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: 'configmaps "late" is forbidden: unable to create new content in namespace doomed because it is being terminated',
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    await cluster.settle();
    expect((await call("GET", "/api/v1/namespaces/doomed")).status).toBe(404);
    expect(cluster.store.list("Pod", "doomed")).toEqual([]);
  });

  it("a collection takes what the selectors choose", async () => {
    for (const [name, app] of [
      ["one", "a"],
      ["two", "b"],
    ])
      await call("POST", "/api/v1/namespaces/shop/configmaps", { body: { metadata: { name, labels: { app } } } });
    const { body } = await call("DELETE", "/api/v1/namespaces/shop/configmaps?labelSelector=app%3Da");
    expect(body).toMatchObject({ kind: "ConfigMapList", items: [{ metadata: { name: "one" } }] });
    expect((await call("GET", "/api/v1/namespaces/shop/configmaps/two")).status).toBe(200);
  });
});

describe("answers that are errors", () => {
  it("come as a Status, for paths outside of the API as plain text", async () => {
    expect(await call("GET", "/apis/apps/v1/namespaces/default/widgets")).toMatchObject({
      status: 404,
      body: { kind: "Status", reason: "NotFound", message: "the server could not find the requested resource" },
    });
    expect(await call("GET", "/apis/nothing.example.com/v1/things")).toMatchObject({ status: 404, text: "404 page not found\n" });
    expect(await call("POST", `${DEPLOYMENTS}/x`, { body: {} })).toMatchObject({ status: 405, body: { reason: "MethodNotAllowed" } });
    expect(await call("GET", DEPLOYMENTS, { headers: { accept: "text/html" } })).toMatchObject({
      status: 406,
      body: { reason: "NotAcceptable" },
    });
    expect((await call("POST", DEPLOYMENTS, { body: `"${"x".repeat(3_200_000)}"` })).body).toMatchObject({
      code: 413,
      reason: "RequestEntityTooLarge",
    });
  });

  it("carry an audit id, as every answer does", async () => {
    const first = await call("GET", "/version");
    const second = await call("GET", `${DEPLOYMENTS}/none`);
    expect(first.headers.get("audit-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.headers.get("audit-id")).not.toBe(first.headers.get("audit-id"));
  });
});

describe("logs", () => {
  it("are plain text, of one container, also of its previous run", async () => {
    await call("POST", "/api/v1/namespaces/shop/pods", {
      body: { metadata: { name: "logs" }, spec: { containers: [{ name: "main", image: "app:crash" }] } },
    });
    expect((await call("GET", "/api/v1/namespaces/shop/pods/logs/log")).body).toMatchObject({
      code: 400,
      message: expect.stringContaining("is waiting to start: ContainerCreating"),
    });
    await cluster.settle();
    const path = "/api/v1/namespaces/shop/pods/logs/log";
    const previous = await call("GET", `${path}?previous=true&container=main`);
    expect([previous.status, previous.headers.get("content-type")]).toEqual([200, "text/plain"]);
    expect(previous.text).toContain("fatal: exiting with code 1\n");
    expect((await call("GET", `${path}?previous=true&tailLines=1`)).text.split("\n")).toHaveLength(2);
    expect((await call("GET", `${path}?container=none`)).body.message).toBe("container none is not valid for pod logs");
  });
});
