import { StatusError } from "../status-error.ts";

/** How an answer shall look. */
export interface Accepted {
  readonly format: "json" | "yaml";
  readonly as: "object" | "Table" | "PartialObjectMetadata";
  /** The media type asked for, with its parameters. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MEDIA_TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The first alternative of an Accept header that can be served; else 406. */
export function negotiate(accept: string | undefined): Accepted {
  const alternatives = (accept ?? "*/*").split(",").map((part) => part.trim());
  for (const alternative of alternatives) {
    const served = serve(alternative);
    if (served !== undefined) return served;
  }
  throw new StatusError(406, "NotAcceptable", { message: `only the following media types are accepted: ${MEDIA_TYPES}` });
}

function serve(alternative: string): Accepted | undefined {
  const [media = "", ...rest] = alternative.split(";").map((part) => part.trim());
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [name = "", value = ""] = part.split("=");
      return [name, value];
    }),
  );
  const format = formatOf(media);
  const as = parameters.get("as");
  if (format === undefined) return undefined;
  if (as === undefined) return { format, as: "object", parameters };
  if (parameters.get("g") !== "meta.k8s.io" || !["v1", "v1beta1"].includes(parameters.get("v") ?? "")) return undefined;
  if (as === "Table") return { format, as, parameters };
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { format, as: "PartialObjectMetadata", parameters };
  return undefined;
}

function formatOf(media: string): Accepted["format"] | undefined {
  if (media === "" || media === "*/*" || media === "application/*" || media === "application/json") return "json";
  return media === "application/yaml" ? "yaml" : undefined;
}
