import { describe, expect, it } from "vitest";
import type { Condition, Deployment, RolloutSnapshot } from "../../services/kubernetes/index.ts";
import { parseDeployFile } from "../file/read-deploy-file.ts";
import { changeDigestOf, makePlan } from "../plan/make-plan.ts";
import { inspectTarget } from "./inspect-target.ts";
import { rolloutCondition } from "../plan/rollout-condition.ts";

const available: readonly Condition[] = [{ type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }];

interface Overrides {
  readonly spec?: Partial<Deployment["spec"]>;
  readonly status?: Partial<NonNullable<Deployment["status"]>>;
  readonly metadata?: Partial<Deployment["metadata"]>;
}

function deploymentWith({ spec, status, metadata }: Overrides = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: "1", generation: 7, ...metadata },
    spec: {
      replicas: 4,
      selector: {},
      template: { spec: { containers: [{ name: "web", image: "web:1" }], initContainers: [{ name: "migrate", image: "m:1" }] } },
      ...spec,
    },
    status: {
      observedGeneration: 7,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      conditions: available,
      ...status,
    },
  };
}

interface Case {
  readonly live?: Overrides;
  readonly change?: string;
  readonly rest?: string;
  readonly hasHistory?: boolean;
  readonly autoscalers?: readonly { readonly name: string; readonly minReplicas: number; readonly maxReplicas: number }[];
}

/** `level about: message` of each finding. */
function findings({ live, change = "image: { web: web:2 }", rest = "", hasHistory = true, autoscalers = [] }: Case): readonly string[] {
  const file = parseDeployFile(
    `version: 1\ncluster: { context: c }\ntarget: { namespace: shop, deployment: web }\nchange: { ${change} }\n${rest}\n`,
    "deploy.yaml",
  );
  const deployment = deploymentWith(live);
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "u1", controller: true };
  const snapshot: RolloutSnapshot = {
    deployment,
    replicaSets: hasHistory
      ? [
          {
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            metadata: { name: "web-1", uid: "r1", resourceVersion: "1", ownerReferences: [owner] },
            spec: { template: deployment.spec.template },
          },
        ]
      : [],
    pods: [],
    serverTimeMs: 0,
  };
  const plan = makePlan({ file, snapshot, deployment, runId: "run-1", nowMs: 0 });
  return inspectTarget({ file, deployment, snapshot, autoscalers, plan }).map(
    ({ level, about, message, remedy }) => `${level} ${about}: ${message}. ${remedy}`,
  );
}

describe("the preflight of the target", () => {
  it("finds nothing against a healthy Deployment", () => {
    expect(findings({})).toEqual([]);
    expect(findings({ change: "image: { migrate: m:2 }, replicas: 6, restart: true" })).toEqual([]);
  });

  it("names the containers when the file names another", () => {
    expect(findings({ change: "image: { app: web:2 }" })).toEqual([
      "block image: change.image names the container app, which deployment shop/web does not have. Its containers are: web, migrate (init).",
    ]);
  });

  it("blocks a paused Deployment, once", () => {
    const paused = {
      spec: { paused: true },
      status: { conditions: [{ type: "Progressing", status: "Unknown", reason: "DeploymentPaused" }] as const },
    };
    expect(findings({ live: paused })).toEqual([expect.stringMatching(/^block paused: .*rollout resume deployment\/web/)]);
  });

  it("blocks replicas that an autoscaler would undo, and leaves other changes alone", () => {
    const autoscalers = [{ name: "web", minReplicas: 2, maxReplicas: 10 }];
    expect(findings({ change: "replicas: 6", autoscalers })).toEqual([
      expect.stringMatching(/^block autoscaler: .*web sets the replicas .*\(2 to 10\)/),
    ]);
    expect(findings({ change: "image: { web: web:2 }", autoscalers })).toEqual([]);
    expect(findings({ change: "image: { web: web:2 }, replicas: 4", autoscalers })).toEqual([expect.stringMatching(/^warn autoscaler/)]);
  });

  it("blocks while another rollout is in progress", () => {
    const rolling = {
      status: { updatedReplicas: 2, conditions: [{ type: "Progressing", status: "True", reason: "ReplicaSetUpdated" }] as const },
    };
    expect(findings({ live: rolling })).toEqual([
      expect.stringMatching(/^block rollout: a rollout of deployment shop\/web is in progress \(2 of 4 pods updated/),
    ]);
    expect(findings({ live: { metadata: { generation: 8 } } })).toEqual([expect.stringMatching(/has not seen the last change yet/)]);
  });

  it("does not take pods that became unready for a rollout in progress: a restart may be their remedy", () => {
    expect(findings({ live: { status: { readyReplicas: 1, availableReplicas: 1 } }, change: "restart: true" })).toEqual([]);
  });

  it("asks for onFailure: stop when the present revision never came up", () => {
    const failed = {
      status: {
        replicas: 5,
        updatedReplicas: 1,
        availableReplicas: 4,
        conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" }] as const,
      },
    };
    expect(findings({ live: failed })).toEqual([
      expect.stringMatching(/^block rollout: .*never came up \(timed out\).*say onFailure: stop/),
    ]);
    expect(findings({ live: failed, rest: "onFailure: stop" })).toEqual([expect.stringMatching(/^warn rollout/)]);
  });

  it.each([
    ["no ReplicaSet of the present revision", { hasHistory: false }],
    ["revisionHistoryLimit 0", { live: { spec: { revisionHistoryLimit: 0 } } }],
  ])("asks for onFailure: stop with %s, where the template changes", (_name, given: Case) => {
    expect(findings(given)).toEqual([expect.stringMatching(/^block history: .*rollback is impossible.*onFailure: stop/)]);
    expect(findings({ ...given, rest: "onFailure: stop" })).toEqual([]);
    expect(findings({ ...given, change: "replicas: 6" })).toEqual([]);
  });

  it("warns of whoever else owns the desired state", () => {
    const argo = { metadata: { annotations: { "argocd.argoproj.io/tracking-id": "x" } } };
    expect(findings({ live: argo })).toEqual([expect.stringMatching(/^warn gitops: Argo CD manages/)]);
    const helm = { metadata: { labels: { "app.kubernetes.io/managed-by": "Helm" }, annotations: { "meta.helm.sh/release-name": "web" } } };
    expect(findings({ live: helm })).toEqual([expect.stringMatching(/^warn gitops: Helm manages/)]);
    const flux = {
      metadata: { labels: { ...helm.metadata.labels, "helm.toolkit.fluxcd.io/name": "web" }, annotations: helm.metadata.annotations },
    };
    expect(findings({ live: flux })).toEqual([expect.stringMatching(/^warn gitops: Flux manages/)]);
  });

  it("blocks a run id that has done something else here", () => {
    const with_ = (change: string): Overrides => ({ metadata: { annotations: { "errand/run": "run-1", "errand/change": change } } });
    for (const change of ["abc", "rolled-back/abc"])
      expect(findings({ live: with_(change) })).toEqual([expect.stringMatching(/^block run: .*made another change .* Give another --id/)]);
  });

  it("takes up a run that was rolled back, unless the Deployment was changed since", () => {
    const change = `rolled-back/${changeDigestOf({ namespace: "shop", deployment: "web" }, { image: { web: "web:2" }, replicas: undefined, restart: false })}`;
    const backTo = (replicaSet: string): Overrides => ({
      metadata: { annotations: { "errand/run": "run-1", "errand/change": change, "errand/previous": JSON.stringify({ replicaSet }) } },
    });
    expect(findings({ live: backTo("web-1") })).toEqual([]);
    expect(findings({ live: backTo("web-0") })).toContainEqual(
      expect.stringMatching(/^block run: the run run-1 .* was rolled back, and the Deployment was changed again since\. Give another --id/),
    );
  });
});

describe("the rollout before ours", () => {
  it("counts as settled with a stale deadline condition when everything is up (trace C)", () => {
    const stale = deploymentWith({
      status: { conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] },
    });
    expect(rolloutCondition(stale).state).toBe("settled");
  });

  it("reads absent numbers as 0: a Deployment scaled to 0 is settled (trace D)", () => {
    const scaled: Deployment = { ...deploymentWith({ spec: { replicas: 0 } }), status: { observedGeneration: 7, conditions: available } };
    expect(rolloutCondition(scaled).state).toBe("settled");
  });

  it("goes by the numbers where there is no deadline and so no condition", () => {
    expect(rolloutCondition(deploymentWith({ status: { conditions: [] } })).state).toBe("settled");
    expect(rolloutCondition(deploymentWith({ status: { conditions: [], availableReplicas: 2 } })).state).toBe("inProgress");
  });

  it("does not take the status from before the patch for the present one (trace A)", () => {
    expect(rolloutCondition(deploymentWith({ metadata: { generation: 8 } })).state).toBe("inProgress");
  });
});
