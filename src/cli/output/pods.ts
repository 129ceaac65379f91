import type { PodSummary } from "../../services/kubernetes/index.ts";
import { renderAge } from "./age.ts";
import { renderRow, renderTable, type Column } from "./table.ts";

/** What `kubectl get pods` shows, which its users' eyes and awk lines know. */
const columns: readonly Column[] = [{ title: "NAME" }, { title: "READY" }, { title: "STATUS" }, { title: "RESTARTS" }, { title: "AGE" }];

/** For a watch, whose later lines are not known: most names and words fit. */
const widths: Readonly<Record<string, number>> = { NAMESPACE: 14, NAME: 36, READY: 5, STATUS: 18, RESTARTS: 8 };

export interface PodColumns {
  /** There can be several namespaces: the first column says which. */
  readonly allNamespaces: boolean;
}

/** The table of pods. */
export function renderPods(pods: readonly PodSummary[], { allNamespaces }: PodColumns): string {
  return renderTable(
    columnsOf(allNamespaces),
    pods.map((pod) => cellsOf(pod, allNamespaces)),
  );
}

/** The first line of a watch. */
export function renderPodTitles({ allNamespaces }: PodColumns): string {
  return renderRow(
    watchColumns(allNamespaces),
    columnsOf(allNamespaces).map(({ title }) => title),
  );
}

/** One line of a watch. */
export function renderPodLine(pod: PodSummary, { allNamespaces }: PodColumns): string {
  return renderRow(watchColumns(allNamespaces), cellsOf(pod, allNamespaces));
}

function columnsOf(allNamespaces: boolean): readonly Column[] {
  return allNamespaces ? [{ title: "NAMESPACE" }, ...columns] : columns;
}

function watchColumns(allNamespaces: boolean): readonly Column[] {
  return columnsOf(allNamespaces).map((column) => ({ ...column, minWidth: widths[column.title] ?? 0 }));
}

function cellsOf(pod: PodSummary, allNamespaces: boolean): readonly string[] {
  const { name, readyContainers, totalContainers, status, restarts, ageMs } = pod;
  const cells = [name, `${readyContainers}/${totalContainers}`, status, String(restarts), ageMs === undefined ? "?" : renderAge(ageMs)];
  return allNamespaces ? [pod.namespace, ...cells] : cells;
}
