import { text } from "../shape/scalars.ts";

/** RFC 1123 label, as Kubernetes takes it for namespaces and containers. */
export const labelPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomainPattern = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

export const namespaceName = text({
  takes: "a namespace's name: lower-case letters, digits and dashes, at most 63",
  pattern: labelPattern,
});

export const deploymentName = text({
  takes: "a Deployment's name: lower-case letters, digits, dashes and dots, at most 253",
  pattern: subdomainPattern,
  refuse: (name) =>
    /^(deployments?|deploy)(\.apps)?\//.test(name) ? `takes the bare name: ${name.slice(name.indexOf("/") + 1)}` : undefined,
});
