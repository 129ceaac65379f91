import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { webDeployment } from "../deploy/web-deployment.ts";
import type { DeployEvent, DeployResult } from "../../src/deploy/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../../src/playground/index.ts";
import type { Deployment } from "../../src/services/kubernetes/index.ts";
import { ErrandProcess, parseEvents, type ErrandOptions, type Outcome } from "./errand-process.ts";
import { until } from "./until.ts";

/** Three replicas of web:1. */
export const web = webDeployment();

/** A change of the image, watched without patience. */
export const image2 = "change: { image: { web: 'web:2' } }\nrollout: { timeout: 20s, failFast: 100ms }\n";

/** A change whose pods do not come up before {@link DeployStage.release}: something can happen meanwhile, however long it takes. */
export const heldImage = "change: { image: { web: 'web:held' } }\nrollout: { timeout: 40s, failFast: false }\n";

export interface StageOptions extends KubernetesOptions {
  /** Of the deploy file's frame. @default "{ kubeconfig: kubeconfig }" */
  readonly cluster?: string;
}

export interface RunOptions extends Partial<ErrandOptions> {
  /** After the file's name. @default --yes --json */
  readonly args?: readonly string[];
  /** The file's name. @default "deploy.yaml" */
  readonly file?: string;
}

export interface DeployOutcome extends Outcome {
  readonly events: readonly DeployEvent[];
  readonly result: DeployResult;
}

/** A cluster with the Deployment shop/web, and a directory for the files of one test. */
export class DeployStage {
  readonly kubernetes: KubernetesStandIn;
  readonly directory: string;
  readonly #cluster: string;

  constructor(kubernetes: KubernetesStandIn, directory: string, cluster: string) {
    this.kubernetes = kubernetes;
    this.directory = directory;
    this.#cluster = cluster;
  }

  /** Writes a file below the directory and gives its path. */
  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
    return path;
  }

  /** Starts `errand deploy FILE --yes --json` with the given rest of the file. */
  async start(text: string, { args = ["--yes", "--json"], file = "deploy.yaml", ...options }: RunOptions = {}): Promise<ErrandProcess> {
    await this.write(file, `version: 1\ncluster: ${this.#cluster}\ntarget: { namespace: shop, deployment: web }\n${text}`);
    const child = new ErrandProcess(["deploy", file, ...args], { cwd: this.directory, ...options });
    onTestFinished(() => child.kill("SIGKILL"));
    return child;
  }

  /** The same, to its end. */
  async deploy(text: string, options: RunOptions = {}): Promise<DeployOutcome> {
    return finished(await this.start(text, options));
  }

  /** Lets the pods of {@link heldImage} come up. */
  release(): void {
    this.kubernetes.store.setImage({ image: "web:held", behaviour: "ok" });
  }

  get live(): Deployment {
    return this.kubernetes.store.get("deployments", "web", "shop") as unknown as Deployment;
  }

  get image(): string | undefined {
    return this.live.spec.template.spec?.containers?.[0]?.image;
  }

  /** What `kubectl rollout history` ends with. */
  get revision(): number {
    return Number(this.live.metadata.annotations?.["deployment.kubernetes.io/revision"]);
  }

  /** Everything that tells one state of the Deployment from another. */
  get mark(): string {
    const { metadata } = this.live;
    return `${metadata.uid} ${metadata.resourceVersion} ${metadata.generation}`;
  }

  /** Writes to the Deployment that arrived, stored or not, dry runs included. */
  get writes(): KubernetesStandIn["requests"] {
    return this.kubernetes.requests.filter(({ method, path }) => method !== "GET" && path.includes("/deployments/"));
  }

  /** Watches that were begun, refused ones included. */
  get watches(): number {
    return this.kubernetes.requests.filter(({ query }) => query["watch"] !== undefined).length;
  }

  /** Whom the API server took the caller for. */
  get users(): readonly (string | undefined)[] {
    return [...new Set(this.kubernetes.requests.map(({ user }) => user))];
  }
}

/** Opens a stage for the test that runs; it is closed when that has finished. */
export async function openStage({ cluster = "{ kubeconfig: kubeconfig }", ...options }: StageOptions = {}): Promise<DeployStage> {
  const kubernetes = await startKubernetes({ speed: 10, seed: [web], images: [{ image: "web:held", behaviour: "pullError" }], ...options });
  onTestFinished(() => kubernetes.close());
  const directory = await mkdtemp(join(tmpdir(), "errand-deploy-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const stage = new DeployStage(kubernetes, directory, cluster);
  await until(() => (stage.live.status?.availableReplicas ?? 0) === 3, "the seeded Deployment to come up");
  await stage.write("kubeconfig", kubernetes.kubeconfig());
  return stage;
}

/** The end of a `deploy --json`, whose last event is the result. */
export async function finished(child: ErrandProcess): Promise<DeployOutcome> {
  const outcome = await child.ended;
  const events = parseEvents(outcome.stdout);
  const last = events.at(-1);
  if (last?.type !== "ended")
    throw new Error(`errand deploy gave no result (exit code ${outcome.exitCode}):\n${outcome.stdout}${outcome.stderr}`);
  return { ...outcome, events, result: last.result };
}
