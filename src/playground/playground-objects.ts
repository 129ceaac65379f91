/** What the kubernetes stand-in of a playground starts with unless told otherwise: the Deployment that the guide's examples speak of. */
export const PLAYGROUND_OBJECTS: readonly object[] = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "registry.example.com/web:1.8.1", ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
];
