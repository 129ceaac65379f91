import { afterEach, describe, expect, it } from "vitest";
import { Cluster } from "../services/kubernetes/index.ts";
import { startKubernetes, type KubernetesOptions, type KubernetesStandIn } from "../playground/index.ts";
import type { HttpAnswer } from "./checks/judge-http.ts";
import type { QueryAnswer } from "./checks/judge-query.ts";
import { kubeCluster } from "./cluster/kube-cluster.ts";
import { deploy, type DeployOptions } from "./deploy.ts";
import type { DeployEvent } from "./events.ts";
import { parseDeployFile } from "./file/read-deploy-file.ts";
import type { Message } from "./notify/message.ts";
import type { DeployResult } from "./result.ts";
import type { DeployServices } from "./services.ts";

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

interface Stage {
  readonly kubernetes: KubernetesStandIn;
  readonly services: DeployServices;
  readonly messages: Message[];
  readonly events: DeployEvent[];
  /** What the prometheus check answers; a thrown error is a server that cannot be asked. */
  answer: () => QueryAnswer;
  page: () => HttpAnswer;
  isSlackDown: boolean;
}

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1", env: [{ name: "PASSWORD", value: "hunter2hunter2" }] }] } },
  },
};

export function vector(value: number): QueryAnswer {
  return { resultType: "vector", samples: [{ labels: {}, value }], warnings: [] };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 1000) throw new Error("waited for too long");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function upReplicas(kubernetes: KubernetesStandIn): number {
  const { status } = kubernetes.store.get("deployments", "web", "shop") as unknown as { status?: { availableReplicas?: number } };
  return status?.availableReplicas ?? 0;
}

async function stage(options: KubernetesOptions = {}): Promise<Stage> {
  const kubernetes = await startKubernetes({ speed: 10, seed: [web], ...options });
  await until(() => upReplicas(kubernetes) === (options.seed === undefined ? 3 : upReplicas(kubernetes)));
  const cluster = new Cluster({ server: kubernetes.url, session: { retry: { backoff: 5 } } });
  running.push(kubernetes, cluster);
  const messages: Message[] = [];
  const self: Stage = {
    kubernetes,
    messages,
    events: [],
    answer: () => vector(0.1),
    page: () => ({ status: 200, body: "ok" }),
    isSlackDown: false,
    services: {
      cluster: kubeCluster(cluster),
      secretProblems: async () => [],
      query: async () => self.answer(),
      get: async () => self.page(),
      notify: async (_spec, message) => {
        if (self.isSlackDown) throw new Error("slack is down");
        messages.push(message);
      },
      close: async () => {},
    },
  };
  return self;
}

const frame = `version: 1
cluster: { context: test }
target: { namespace: shop, deployment: web }
notify: [{ slack: { webhook: { secret: env:W } } }]
`;

function run(on: Stage, text: string, options: DeployOptions = {}): Promise<DeployResult> {
  return deploy(parseDeployFile(frame + text, "deploy.yaml"), { services: on.services, onEvent: (event) => { on.events.push(event); if (process.env["DBG"]) console.log(Date.now() % 100000, JSON.stringify(event).slice(0, 400)); }, ...options });
}

function live(on: Stage): { metadata: { generation: number; annotations: Record<string, string> }; spec: { replicas: number; template: { spec: { containers: { image: string }[] } } } } {
  return on.kubernetes.store.get("deployments", "web", "shop") as never;
}

describe("deploy", () => {
  it("patches once, follows the rollout to its end and tells of the success", async () => {
    const on = await stage();
    const result = await run(on, "change: { image: { web: web:2 }, replicas: 4, restart: true }\nbefore: [{ pods: { minReady: 100% } }]\nrollout: { timeout: 20s }\nafter: { for: 200ms, every: 100ms, checks: [{ pods: { minReady: 100% } }] }");
    expect(result).toMatchObject({ verdict: "done", exitCode: 0, rollout: { outcome: "complete" } });
    expect(live(on)).toMatchObject({ spec: { replicas: 4 }, metadata: { annotations: { "errand/run": result.runId } } });
    expect(on.messages.map(({ subject }) => subject)).toEqual([`shop/web on ${on.kubernetes.url}: deployed and healthy`]);
    expect(on.kubernetes.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });
});
