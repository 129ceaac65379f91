import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KubeconfigOptions, type KubernetesStandIn, startKubernetes } from "../../src/playground/kubernetes/index.ts";

/**
 * The Kubernetes stand-in against the real kubectl: whichever `ERRAND_KUBECTLS` (separated by colons) or `ERRAND_KUBECTL`
 * name, else the one on PATH.
 */
function kubectls(): string[] {
  const given = process.env["ERRAND_KUBECTLS"]?.split(delimiter).filter((path) => path !== "") ?? [];
  const single = process.env["ERRAND_KUBECTL"];
  if (given.length > 0) return given;
  if (single !== undefined && single !== "") return [single];
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "kubectl"))
    .find((path) => isExecutable(path));
  return found === undefined ? [] : [found];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], { home, input = "" }: { home: string; input?: string }): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { PATH: process.env["PATH"], HOME: home, NO_COLOR: "1" }, stdio: ["pipe", "pipe", "pipe"] });
    const kill = setTimeout(() => child.kill("SIGKILL"), 30_000);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(kill);
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

function deployment(name: string, image = "nginx:1.27", replicas = 3): object {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image }] } };
  const metadata = { name, namespace: "shop", labels: { app: name } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas, selector: { matchLabels: { app: name } }, template } };
}

const found = kubectls();

const shown = found.length > 0 ? found : ["no kubectl on PATH (set ERRAND_KUBECTL)"];

describe.skipIf(found.length === 0).each(shown)("with %s", (kubectl) => {
  let cluster: KubernetesStandIn;
  let home: string;
  let minor: number;

  /** `kubectl ARGS`, with a kubeconfig of its own; the words of a line are its arguments. */
  async function kube(line: string, input?: string): Promise<Finished> {
    return run(kubectl, ["--kubeconfig", join(home, "config"), ...line.split(" ")], { home, ...(input === undefined ? {} : { input }) });
  }
  async function ok(line: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await kube(line, input);
    expect(code, `kubectl ${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }
  /** kubectl before 1.27 validates with /openapi/v2, which the stand-in does not have. */
  const validation = (): string => (minor < 27 ? " --validate=false" : "");

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "errand-kubectl-"));
    const seed = [deployment("web"), deployment("crash", "app:crash", 1), deployment("pull", "app:missing", 1)];
    cluster = await startKubernetes({ speed: 3, seed });
    await cluster.settle();
    await writeFile(join(home, "config"), cluster.kubeconfig({ namespace: "shop" }));
    const version: { clientVersion: { minor: string } } = JSON.parse((await kube("version --client -o json")).stdout);
    minor = Number.parseInt(version.clientVersion.minor, 10);
  });
  afterAll(async () => {
    await cluster.close();
    await rm(home, { recursive: true, force: true });
  });

  it("get pods prints READY, STATUS and RESTARTS, and more with -o wide", async () => {
    const table = await ok("get pods");
    expect(table).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\n/);
    expect(table).toMatch(/^web-\w+-\w+ +1\/1 +Running +0 +\d+s$/m);
    expect(table).toMatch(/^crash-\w+-\w+ +0\/1 +(CrashLoopBackOff|Error|Running) +\d+/m);
    expect(table).toMatch(/^pull-\w+-\w+ +0\/1 +(ImagePullBackOff|ErrImagePull) +0/m);
    expect(await ok("get pods -o wide")).toMatch(/^web-\S+ +1\/1 +Running +0 +\d+s +10\.244\.\d+\.\d+ +node-1 +<none> +<none>$/m);
  });

  it("get -o json, -o name, selectors and all namespaces", async () => {
    const list: { kind: string; items: { kind: string; status: { phase: string } }[] } = JSON.parse(
      await ok("get pods -o json -l app=web"),
    );
    expect(list.items.map((item) => [item.kind, item.status.phase])).toEqual([
      ["Pod", "Running"],
      ["Pod", "Running"],
      ["Pod", "Running"],
    ]);
    expect((await ok("get deploy -o name")).split("\n").sort()).toEqual([
      "",
      "deployment.apps/crash",
      "deployment.apps/pull",
      "deployment.apps/web",
    ]);
    expect(await ok("get pods --field-selector status.phase=Pending -o name")).toMatch(/^pod\/pull-\S+\n$/);
    expect(await ok("get pods -A")).toMatch(/^NAMESPACE +NAME/);
    expect(await ok("get deploy web -o jsonpath={.status.availableReplicas}")).toBe("3");
  });

  it("get -w prints a line per change", async () => {
    const watching = kube("get deploy web -w --request-timeout=3s");
    await expect.poll(() => cluster.requests.some((request) => request.query["watch"] === "true" && request.status === 200)).toBe(true);
    await ok("annotate deploy web watched=yes");
    expect((await watching).stdout.trim().split("\n").length).toBeGreaterThan(2);
  });

  it("get all lists what has the category, and nothing that is not served", async () => {
    const all = await ok("get all");
    expect(all).toMatch(/^pod\/web-/m);
    expect(all).toMatch(/^deployment\.apps\/web +3\/3 +3 +3 /m);
    expect(all).toMatch(/^replicaset\.apps\/web-\w+ +3 +3 +3 /m);
  });

  it("describe shows conditions, ReplicaSets and events", async () => {
    const described = await ok("describe deploy/web");
    expect(described).toMatch(/Replicas: +3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/);
    expect(described).toContain("NewReplicaSetAvailable");
    expect(described).toContain("Scaled up replica set web-");
    expect(await ok("describe pods -l app=pull")).toContain('Back-off pulling image "app:missing"');
  });

  it("create, apply, apply again, diff and delete", async () => {
    const manifest = JSON.stringify(deployment("api", "nginx:1", 1));
    expect(await ok(`create${validation()} -f -`, manifest)).toBe("deployment.apps/api created\n");
    expect(await ok(`apply${validation()} -f -`, manifest.replace('"replicas":1', '"replicas":2'))).toBe(
      "deployment.apps/api configured\n",
    );
    expect(await ok(`apply${validation()} -f -`, manifest.replace('"replicas":1', '"replicas":2'))).toBe("deployment.apps/api unchanged\n");
    await ok("rollout status deploy/api --timeout=20s");
    expect(await ok("delete deploy api")).toMatch(/deployment.apps "api" deleted/);
    expect((await kube("get deploy api")).stderr).toContain('deployments.apps "api" not found');
    await expect.poll(() => kube("get pods -l app=api -o name").then(({ stdout }) => stdout)).toBe("");
  });

  it("set image, rollout status, restart, history and undo", async () => {
    await ok("set image deploy/web web=nginx:1.28");
    expect(await ok("rollout status deploy/web --timeout=20s")).toContain('deployment "web" successfully rolled out');
    await ok("rollout restart deploy/web");
    expect(await ok("rollout status deploy/web --timeout=20s")).toMatch(/Waiting for deployment "web" rollout to finish/);
    expect(await ok("rollout history deploy/web")).toMatch(/^1 .*\n2 .*\n3 /m);
    await ok("rollout undo deploy/web --to-revision=1");
    await ok("rollout status deploy/web --timeout=20s");
    expect(await ok("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx:1.27");
    const history = await ok("rollout history deploy/web");
    expect(history).not.toMatch(/^1 /m);
    expect(history).toMatch(/^4 /m);
    expect((await kube("rollout undo deploy/web --to-revision=1")).stderr).toContain("unable to find specified revision 1 in history");
  });

  it("a bad image: rollout status fails at the progress deadline, undo brings the old pods back", async () => {
    await ok(`patch deploy web --type=merge -p {"spec":{"progressDeadlineSeconds":3}}`);
    await ok("set image deploy/web web=nginx:missing");
    const failed = await kube("rollout status deploy/web --timeout=20s");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('deployment "web" exceeded its progress deadline');
    await ok("rollout undo deploy/web");
    await cluster.settle();
    expect(await ok("rollout status deploy/web --timeout=20s")).toContain("successfully rolled out");
  });

  it("scale, patch, annotate, label, pause and resume", async () => {
    await ok("scale deploy/web --replicas=4");
    await ok("rollout status deploy/web --timeout=20s");
    expect(await ok("get deploy web")).toMatch(/^web +4\/4 +4 +4 /m);
    expect((await kube("scale deploy/web --replicas=2 --current-replicas=9")).stderr).toContain("Expected replicas to be 9, was 4");
    await ok(`patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}`);
    await ok("rollout status deploy/web --timeout=20s");
    expect(await ok("get deploy web -o jsonpath={.spec.template.spec.containers[0].image},{..env[0].value}")).toBe("nginx:1.27,1");
    await ok("annotate deploy web example.com/a=b");
    await ok("label deploy web tier=front");
    expect(await ok("get deploy -l tier=front -o name")).toBe("deployment.apps/web\n");
    await ok("rollout pause deploy/web");
    expect((await kube("rollout restart deploy/web")).stderr).toContain("can't restart paused deployment");
    await ok("rollout resume deploy/web");
    await ok(`patch deploy web --type=json -p [{"op":"remove","path":"/metadata/labels/tier"}]`);
    expect((await kube(`patch deploy web --type=json -p [{"op":"remove","path":"/metadata/labels/tier"}]`)).code).toBe(1);
  });

  it("delete pod waits until it is gone, and the ReplicaSet makes another", async () => {
    const before = await ok("get pods -l app=web -o name");
    const [first] = before.split("\n");
    expect(await ok(`delete ${first}`)).toMatch(/deleted/);
    await cluster.settle();
    const after = await ok("get pods -l app=web -o name");
    expect(after.split("\n").length).toBe(before.split("\n").length);
    expect(after).not.toContain(first);
  });

  it("logs, wait, auth can-i, version and imperative creates", async () => {
    expect(await ok("logs deploy/web")).toContain("web is ready\n");
    expect(await ok("wait --for=condition=available deploy/web --timeout=5s")).toContain("condition met");
    expect(await ok("auth can-i patch deployments")).toBe("yes\n");
    expect(await ok("version -o json")).toContain('"gitVersion": "v1.36.0"');
    expect(await ok("create configmap settings --from-literal=a=b")).toBe("configmap/settings created\n");
    expect(await ok("create deployment made --image=nginx:1 --replicas=2")).toBe("deployment.apps/made created\n");
    await ok("rollout status deploy/made --timeout=20s");
    await ok("create namespace extra");
    expect(await ok("delete namespace extra")).toContain("deleted");
  });

  it("apply --server-side owns fields and reports conflicts", async () => {
    const manifest = JSON.stringify(deployment("owned", "nginx:1", 1));
    expect(await ok(`apply${validation()} --server-side -f -`, manifest)).toContain("deployment.apps/owned serverside-applied");
    await ok("scale deploy/owned --replicas=2");
    const refused = await kube(`apply${validation()} --server-side -f -`, manifest);
    expect(refused.stderr).toContain("Apply failed with 1 conflict");
    expect(refused.stderr).toContain(".spec.replicas");
    await ok(`apply${validation()} --server-side --force-conflicts -f -`, manifest);
    expect(await ok("get deploy owned -o jsonpath={.spec.replicas}")).toBe("1");
  });

  it("over TLS: a token, a client certificate, an exec plugin; and rules that say no", async () => {
    const rules = [{ subjects: ["dev"], verbs: ["get", "list"], resources: ["pods"], namespaces: ["shop"] }];
    const secure = await startKubernetes({ tls: true, speed: 10, rules, seed: [deployment("web")] });
    try {
      const as = async (options: KubeconfigOptions, line: string): Promise<Finished> => {
        await writeFile(join(home, "secure"), secure.kubeconfig({ namespace: "shop", ...options }));
        return run(kubectl, ["--kubeconfig", join(home, "secure"), ...line.split(" ")], { home });
      };
      const exec = { apiVersion: minor < 22 ? "v1beta1" : "v1" } as const;
      for (const options of [{ credentials: "token" }, { credentials: "client-certificate" }, { credentials: "exec", exec }] as const) {
        expect(await as(options, "get deploy -o name"), options.credentials).toMatchObject({ code: 0, stdout: "deployment.apps/web\n" });
      }
      const alice = {
        credentials: "client-certificate",
        certificate: await secure.clientCertificate({ name: "alice", groups: ["dev"] }),
      } as const;
      expect((await as(alice, "get pods -o name")).code).toBe(0);
      expect((await as(alice, "auth can-i patch deployments")).stdout).toBe("no\n");
      expect((await as(alice, "get deploy")).stderr).toContain(
        'User "alice" cannot list resource "deployments" in API group "apps" in the namespace "shop"',
      );
      expect((await as({ credentials: "token", token: "wrong" }, "get pods")).code).toBe(1);
    } finally {
      await secure.close();
    }
  });
});
