import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlayground, type Playground } from "../../playground/index.ts";
import type { Scenario } from "./scenario.ts";

/** The query of every scenario. */
export const errorRate = 'sum(rate(http_requests_total{service="web",code=~"5.."}[1m]))';

/** Pods come up at a pace that can be watched. */
const timings = { startedMs: 350, readyMs: 650, terminationMs: 300 };

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "shop/web:1.0" }] },
    },
  },
};

/** The stand-ins that the demo runs against, and a directory for its files. */
export interface DemoStage {
  readonly playground: Playground;
  readonly directory: string;
  /** A scenario's part of its deploy file, with the addresses of this stage. */
  show(scenario: Scenario): string;
  /** Writes a scenario's deploy file and gives its path. */
  write(scenario: Scenario): Promise<string>;
  /** What `kubectl rollout history` ends with. */
  revision(): number;
  /** Writes to the Deployment that the API server has stored so far. */
  patches(): number;
  /** Ends everything and removes the directory. */
  close(): Promise<void>;
}

/** Certificates need an optional package; without it the cluster speaks plain HTTP, as behind `kubectl proxy`. */
function canIssueCertificates(): boolean {
  try {
    createRequire(import.meta.url).resolve("@peculiar/x509");
    return true;
  } catch {
    return false;
  }
}

export async function openStage(): Promise<DemoStage> {
  const playground = await startPlayground({
    only: ["kubernetes", "prometheus", "health", "slack"],
    kubernetes: { seed: [web], timings, tls: canIssueCertificates() },
    prometheus: { scenario: { [errorRate]: 0.02 } },
  });
  const directory = await mkdtemp(join(tmpdir(), "errand-demo-"));
  const close = async (): Promise<void> => {
    await playground.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return await furnish({ playground, directory, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function furnish({ playground, directory, close }: Pick<DemoStage, "playground" | "directory" | "close">): Promise<DemoStage> {
  // A deploy does not begin while an earlier rollout is in progress.
  await playground.kubernetes.settle();
  await writeFile(join(directory, "kubeconfig"), playground.kubernetes.kubeconfig({ namespace: "shop" }), { mode: 0o600 });
  await writeFile(join(directory, "slack-webhook"), playground.slack.webhookUrl, { mode: 0o600 });
  return {
    playground,
    directory,
    show: ({ file }) => withAddresses(file, playground),
    async write({ fileName, file }) {
      const path = join(directory, fileName);
      await writeFile(path, `${frame}${withAddresses(file, playground)}${notifyText(directory)}`);
      return path;
    },
    revision: () =>
      Number(
        playground.kubernetes.store.get("deployments", "web", "shop")?.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0,
      ),
    patches: () =>
      playground.kubernetes.requests.filter(({ method, status = 0 }) => method === "PATCH" && status >= 200 && status < 300).length,
    close,
  };
}

const frame = `version: 1
cluster: { kubeconfig: kubeconfig, context: playground }
target: { namespace: shop, deployment: web }
`;

function withAddresses(file: string, { prometheus, health }: Playground): string {
  return file.replaceAll("PROMETHEUS", prometheus.url).replaceAll("HEALTH", health.healthUrl);
}

function notifyText(directory: string): string {
  const reference = JSON.stringify(`file:${join(directory, "slack-webhook")}`);
  return `notify:\n  - slack: { webhook: { secret: ${reference} }, on: [critical, rollback, success] }\n`;
}
