import type { NamespaceOptions } from "../api/call-options.ts";
import type { Connection } from "../api/connection.ts";
import { builtInResources, resourcePath } from "../api/resource.ts";

/** Which part of a container's log is wanted. */
export interface PodLogOptions extends NamespaceOptions {
  /** Required when the pod has several. */
  readonly container?: string;
  /** Of the container's former run: what a crashed one said last. @default false */
  readonly previous?: boolean;
  /** The last lines only. @default all */
  readonly tailLines?: number;
  /** Only what is younger. */
  readonly sinceSeconds?: number;
  /** Ends after so many bytes. */
  readonly limitBytes?: number;
  /** An RFC 3339 time before each line. @default false */
  readonly timestamps?: boolean;
}

export async function readPodLog(connection: Connection, name: string, options: PodLogOptions): Promise<string> {
  const { container, previous, tailLines, sinceSeconds, limitBytes, timestamps } = options;
  const response = await connection.send({
    method: "GET",
    path: resourcePath(builtInResources.pods, { namespace: options.namespace, name, subresource: "log" }),
    params: { container, previous, tailLines, sinceSeconds, limitBytes, timestamps },
    accept: "*/*",
    call: options,
  });
  return response.text();
}
