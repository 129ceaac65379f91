import { isObject, type Json, type JsonObject } from "./json.ts";
import { randomSuffix } from "./random-suffix.ts";

const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Mounts a token into every container of a new pod, as the service account admission plugin does: the spec of a pod is
 * never just its template. https://kubernetes.io/docs/concepts/security/service-accounts/#assign-to-pod
 */
export function mountServiceAccount(pod: JsonObject): void {
  const { spec } = pod;
  if (!isObject(spec) || spec["automountServiceAccountToken"] === false) return;
  const name = `kube-api-access-${randomSuffix()}`;
  const containers = [...objects(spec["initContainers"]), ...objects(spec["containers"])];
  const unmounted = containers.filter(
    (container) => !objects(container["volumeMounts"]).some((mount) => mount["mountPath"] === MOUNT_PATH),
  );
  if (unmounted.length === 0) return;
  for (const container of unmounted) {
    container["volumeMounts"] = [...objects(container["volumeMounts"]), { name, readOnly: true, mountPath: MOUNT_PATH }];
  }
  spec["volumes"] = [...objects(spec["volumes"]), { name, projected: { sources: sources(), defaultMode: 420 } }];
}

function sources(): JsonObject[] {
  return [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
  ];
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
