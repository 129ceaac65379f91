import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { ConfigNode, kubeconfigError } from "./config-node.ts";
import type { Kubeconfig, Located } from "./kubeconfig.ts";
import { readCluster, readContext, readUser } from "./read-entries.ts";

/** Where kubeconfigs are read from. */
export interface LoadKubeconfigOptions {
  /** A path, or several separated as in PATH. @default $KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and merges kubeconfig files by kubectl's rules: of several files the first to set a value or a name wins, files that are missing
 * are skipped, and relative paths are relative to the file they stand in.
 *
 * @throws ConfigError (ERR_KUBECONFIG) with file, line and column; when none of the files exists; when a name stands twice in one file.
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function loadKubeconfig(options: LoadKubeconfigOptions = {}): Kubeconfig {
  const env = options.env ?? process.env;
  const paths = configPaths(options.kubeconfig, env);
  const roots = paths.map((path) => ConfigNode.read(path)).filter((root) => root !== undefined);
  if (roots.length === 0) throw noneFound(paths, options.kubeconfig, env);
  return {
    files: roots.map((root) => root.file),
    currentContext: roots.map((root) => root.field("current-context").text()).find((name) => name !== undefined),
    contexts: merge(roots, "contexts", readContext),
    clusters: merge(roots, "clusters", readCluster),
    users: merge(roots, "users", readUser),
  };
}

function configPaths(given: string | undefined, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = env["HOME"] || homedir();
  const list = given || env["KUBECONFIG"] || join(home, ".kube", "config");
  // A shell expands `~`; a deploy file or an option has no shell.
  const paths = list.split(delimiter).map((path) => (path.startsWith("~/") ? join(home, path.slice(2)) : path));
  return [...new Set(paths.filter((path) => path !== "").map((path) => resolve(path)))];
}

function noneFound(paths: readonly string[], given: string | undefined, env: Readonly<Record<string, string | undefined>>): Error {
  const from = given ? "the option kubeconfig names" : env["KUBECONFIG"] ? "$KUBECONFIG names" : "the default is";
  return kubeconfigError({
    message: `no kubeconfig found: ${from} ${paths.join(", ") || "no file"}, which ${paths.length > 1 ? "do" : "does"} not exist`,
    file: paths[0],
    hint: "Set KUBECONFIG, give the option kubeconfig, or use Cluster.inCluster() inside a pod and Cluster.fromEnv() with K8S_API_URL and K8S_TOKEN.",
  });
}

function merge<T>(roots: readonly ConfigNode[], key: string, read: (name: string, node: ConfigNode) => T): ReadonlyMap<string, Located<T>> {
  const merged = new Map<string, Located<T>>();
  for (const root of roots) {
    const own = new Set<string>();
    for (const node of root.field(key).items()) {
      const name = node.field("name").text();
      if (name === undefined) throw node.error("needs a name");
      if (own.has(name)) throw node.error(`has the name ${JSON.stringify(name)}, which an entry above it has already`);
      own.add(name);
      // Of an entry in two files the second is left out as a whole, its other fields too.
      if (!merged.has(name))
        merged.set(
          name,
          located(node, () => read(name, node)),
        );
    }
  }
  return merged;
}

/** Read when it is used: a mistake in an entry for another cluster is not in the way, and its secrets stay unread. */
function located<T>(node: ConfigNode, read: () => T): Located<T> {
  let entry: T | undefined;
  return {
    node,
    get entry() {
      entry ??= read();
      return entry;
    },
  };
}
