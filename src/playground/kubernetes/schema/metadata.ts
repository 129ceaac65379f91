import { atomicList, boolean, count, fields, integer, keyedList, map, object, opaque, setList, string } from "./schema.ts";

/** metav1.ObjectMeta. */
export const objectMeta = object("ObjectMeta", {
  ...fields(string, "name generateName namespace selfLink uid resourceVersion creationTimestamp deletionTimestamp"),
  generation: count,
  deletionGracePeriodSeconds: integer,
  labels: map(string),
  annotations: map(string),
  ownerReferences: keyedList(
    object("OwnerReference", {
      ...fields(string, "apiVersion kind name uid"),
      controller: boolean,
      blockOwnerDeletion: boolean,
    }),
    "uid",
  ),
  finalizers: setList(string),
  managedFields: atomicList(opaque),
});

/** metav1.LabelSelector: one value for ownership, as the API declares it. */
export const labelSelector = {
  ...object("LabelSelector", {
    matchLabels: map(string),
    matchExpressions: atomicList(object("LabelSelectorRequirement", { ...fields(string, "key operator"), values: atomicList(string) })),
  }),
  isAtomic: true,
};

/** The condition list of a status; `goType` names it in decoding errors. */
export function conditions(goType: string): ReturnType<typeof keyedList> {
  return keyedList(
    object(goType, {
      ...fields(string, "type status reason message lastTransitionTime lastUpdateTime lastProbeTime"),
      observedGeneration: count,
    }),
    "type",
  );
}

/** The frame of every object around its own fields. */
export function kindSchema(goType: string, own: Parameters<typeof object>[1]): ReturnType<typeof object> {
  return object(goType, { kind: string, apiVersion: string, metadata: objectMeta, ...own });
}
