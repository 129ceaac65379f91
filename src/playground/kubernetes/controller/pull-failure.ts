import type { Container } from "../shapes.ts";
import type { ImageRule } from "./image-behaviour.ts";

/** Why a container cannot be started, in the words of the kubelet. */
export interface PullFailure {
  readonly reason: string;
  readonly message: string;
  readonly eventMessage: string;
  /** The reason shown between attempts; absent: the first one stays. */
  readonly backoffReason?: string;
}

export function pullFailure({ behaviour }: ImageRule, { image, name }: Container, namespace: string): PullFailure | undefined {
  switch (behaviour) {
    case "pullError": {
      const reference = fullImage(image);
      const why = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
      const message = `rpc error: code = NotFound desc = ${why}`;
      return {
        reason: "ErrImagePull",
        message,
        eventMessage: `Failed to pull image "${image}": ${message}`,
        backoffReason: "ImagePullBackOff",
      };
    }
    case "invalidName": {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      return { reason: "InvalidImageName", message, eventMessage: message };
    }
    case "configError": {
      const message = `configmap "${name}-config" not found`;
      return { reason: "CreateContainerConfigError", message, eventMessage: `Error: ${message} in namespace ${namespace}` };
    }
    default:
      return undefined;
  }
}

/** `nginx:1` as containerd resolves it: `docker.io/library/nginx:1`. */
function fullImage(image: string): string {
  const first = image.split("/")[0] ?? "";
  const hasRegistry = image.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  if (hasRegistry) return image;
  return image.includes("/") ? `docker.io/${image}` : `docker.io/library/${image}`;
}

/** The reference without tag and digest. */
export function shortImage(image: string): string {
  const withoutDigest = image.split("@")[0] ?? image;
  const slash = withoutDigest.lastIndexOf("/");
  const colon = withoutDigest.lastIndexOf(":");
  return fullImage(colon > slash ? withoutDigest.slice(0, colon) : withoutDigest);
}
