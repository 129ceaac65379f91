import { describe, expect, it } from "vitest";
import type { Deployment } from "../../services/kubernetes/index.ts";
import { initDeployFile } from "./init-deploy-file.ts";
import { parseDeployFile } from "./read-deploy-file.ts";

const deployment: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "1" },
  spec: {
    replicas: 4,
    selector: {},
    template: {
      spec: {
        containers: [
          { name: "web", image: "registry.example.com:5000/shop/web:1.8.1" },
          { name: "proxy", image: `proxy@sha256:${"0".repeat(64)}` },
        ],
      },
    },
  },
};

describe("a deploy file made from a live Deployment", () => {
  it("reads without a problem and changes nothing yet", () => {
    const text = initDeployFile({ deployment, cluster: { context: "prod: eu #1" } });
    expect(parseDeployFile(text, "deploy.yaml")).toMatchObject({
      cluster: { context: "prod: eu #1" },
      target: { namespace: "shop", deployment: "web" },
      before: [{ kind: "pods", minReady: { percent: 80 } }],
      change: {
        image: { web: "registry.example.com:5000/shop/web:1.8.1", proxy: `proxy@sha256:${"0".repeat(64)}` },
        replicas: undefined,
        restart: false,
      },
      after: { forMs: 120_000 },
      onFailure: "rollback",
    });
  });

  it("reads with its commented lines switched on, too", () => {
    const text = initDeployFile({ deployment, cluster: { fromEnv: true } });
    const on = text.replace(/^(\s*)# (- prometheus|- http|replicas|restart|notify|  - slack)/gm, "$1$2");
    expect(on).not.toBe(text);
    const file = parseDeployFile(on, "deploy.yaml");
    expect(file.before.map(({ kind }) => kind)).toEqual(["pods", "prometheus", "http"]);
    expect(file).toMatchObject({
      change: { replicas: 4, restart: true },
      notify: [{ kind: "slack", webhook: { secret: "env:SLACK_WEBHOOK" } }],
    });
  });

  it("says onFailure: stop where there is no history to roll back to", () => {
    const text = initDeployFile({
      deployment: { ...deployment, spec: { ...deployment.spec, revisionHistoryLimit: 0 } },
      cluster: { inCluster: true },
    });
    expect(parseDeployFile(text, "deploy.yaml").onFailure).toBe("stop");
  });
});
