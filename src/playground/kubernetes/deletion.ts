import { at, type JsonObject } from "./json.ts";
import { type KubeObject, revise, timestamp } from "./object.ts";
import { namespaces, pods } from "./resource-type.ts";
import type { Registry, Target } from "./registry.ts";
import { conflict } from "./status-error.ts";

export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

/** metav1.DeleteOptions, as far as it has an effect here. */
export interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: PropagationPolicy;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly isDryRun?: boolean;
}

export interface Deletion {
  readonly object: KubeObject;
  /** False when it waits for its grace period or its finalizers. */
  readonly isGone: boolean;
}

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** Deletes at once, or marks for deletion what has a grace period or finalizers. */
export function deleteObject(registry: Registry, target: Target, options: DeletionOptions = {}): Deletion {
  const current = registry.get(target);
  checkPreconditions(target, current, options);
  const graceSeconds = gracePeriod(target, current, options);
  const finalizers = finalizersFor(current, options.propagationPolicy);
  // A namespace goes only when the garbage collector has emptied it.
  const isHeld = target.type === namespaces || finalizers.length > 0 || graceSeconds > 0;
  if (!isHeld) {
    if (options.isDryRun === true) return { object: current, isGone: true };
    return { object: registry.store.remove(target.type, current) ?? current, isGone: true };
  }
  const marked = mark(current, { graceSeconds, finalizers, now: registry.agenda.now() });
  if (marked === current || options.isDryRun === true) return { object: marked, isGone: false };
  return { object: registry.store.put(target.type, marked), isGone: false };
}

/** Removes a finalizer; the object vanishes with its last one. */
export function removeFinalizer(registry: Registry, target: Target, finalizer: string): void {
  const current = registry.store.get(target.type, target.name, target.namespace);
  if (current === undefined) return;
  registry.update(target, { manager: "kube-controller-manager" }, (object) =>
    revise(object, (draft) => {
      draft.metadata.finalizers = draft.metadata.finalizers?.filter((name) => name !== finalizer);
      if (draft.metadata.finalizers?.length === 0) delete draft.metadata.finalizers;
    }),
  );
}

function checkPreconditions(target: Target, { metadata }: KubeObject, { uid, resourceVersion }: DeletionOptions): void {
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(target.type, target.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(target.type, target.name, why);
  }
}

/** Only pods that reached a node have a grace period. */
function gracePeriod(target: Target, object: JsonObject, { gracePeriodSeconds }: DeletionOptions): number {
  if (target.type !== pods) return 0;
  const phase = at(object, "status", "phase");
  if (at(object, "spec", "nodeName") === undefined || phase === "Failed" || phase === "Succeeded") return 0;
  if (gracePeriodSeconds !== undefined) return Math.max(0, gracePeriodSeconds);
  const own = at(object, "spec", "terminationGracePeriodSeconds");
  return typeof own === "number" ? own : 30;
}

function finalizersFor({ metadata }: KubeObject, policy: PropagationPolicy | undefined): string[] {
  const own = (metadata.finalizers ?? []).filter((name) => name !== FOREGROUND && name !== ORPHAN);
  if (policy === "Foreground") return [...own, FOREGROUND];
  if (policy === "Orphan") return [...own, ORPHAN];
  // Without a policy, or with Background, a deletion that is under way keeps what it began with.
  return metadata.deletionTimestamp === undefined ? own : (metadata.finalizers ?? []);
}

interface Mark {
  readonly graceSeconds: number;
  readonly finalizers: readonly string[];
  readonly now: number;
}

function mark(current: KubeObject, { graceSeconds, finalizers, now }: Mark): KubeObject {
  const { metadata } = current;
  const isUnderWay = metadata.deletionTimestamp !== undefined;
  // A second deletion can only shorten the first one's grace.
  if (isUnderWay && graceSeconds >= (metadata.deletionGracePeriodSeconds ?? 0)) return current;
  return revise(current, (draft) => {
    draft.metadata.deletionTimestamp = timestamp(now + graceSeconds * 1000);
    draft.metadata.deletionGracePeriodSeconds = graceSeconds;
    if (draft.metadata.generation !== undefined && !isUnderWay) draft.metadata.generation += 1;
    if (finalizers.length > 0) draft.metadata.finalizers = [...finalizers];
    if (draft.kind === "Namespace") draft["status"] = { phase: "Terminating" };
  });
}
