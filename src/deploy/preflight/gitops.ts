import type { Deployment } from "../../services/kubernetes/index.ts";
import type { PreflightFinding } from "./finding.ts";

interface Marker {
  readonly owner: string;
  readonly isMarked: (labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>) => boolean;
  readonly remedy: string;
}

const markers: readonly Marker[] = [
  {
    owner: "Argo CD",
    isMarked: (labels, annotations) =>
      annotations["argocd.argoproj.io/tracking-id"] !== undefined || labels["argocd.argoproj.io/instance"] !== undefined,
    remedy: "Change the Git repository as well, or Argo CD may put the former state back.",
  },
  {
    owner: "Flux",
    isMarked: (labels) => labels["kustomize.toolkit.fluxcd.io/name"] !== undefined || labels["helm.toolkit.fluxcd.io/name"] !== undefined,
    remedy: "Change the Git repository as well, or Flux puts the former state back.",
  },
  {
    owner: "Helm",
    isMarked: (labels, annotations) =>
      labels["app.kubernetes.io/managed-by"] === "Helm" && annotations["meta.helm.sh/release-name"] !== undefined,
    remedy: "Change the chart's values as well, or the next helm upgrade puts the former state back.",
  },
];

/** Warns when somebody else owns the Deployment's desired state. */
export function gitOpsFindings({ metadata }: Deployment): readonly PreflightFinding[] {
  const { labels = {}, annotations = {} } = metadata;
  const isFlux = markers[1]?.isMarked(labels, annotations) === true;
  return markers
    .filter(({ owner, isMarked }) => isMarked(labels, annotations) && !(isFlux && owner === "Helm"))
    .map(({ owner, remedy }) => ({ level: "warn", about: "gitops", message: `${owner} manages deployment ${metadata.name}`, remedy }));
}
