export interface WebOptions {
  readonly image?: string;
  readonly replicas?: number;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** The Deployment shop/web, which tests deploy to. */
export function webDeployment({ image = "web:1", replicas = 3, env }: WebOptions = {}) {
  const labels = { app: "web" };
  const container = { name: "web", image, ...(env === undefined ? {} : { env }) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}
