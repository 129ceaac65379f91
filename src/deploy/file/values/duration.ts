import { InvalidRequestError } from "../../../errors/index.ts";
import { durationMs } from "../../../retry/index.ts";
import { reportMismatch, type Shape } from "../shape/shape.ts";

/** A duration of at least `minMs`, with its unit; reads as milliseconds. */
export function duration({ minMs = 1 }: { readonly minMs?: number } = {}): Shape<number> {
  const shape: Shape<number> = {
    takes: 'a duration with its unit, such as "15s" or "10m"',
    schema: { type: "string", pattern: "^[0-9][0-9.dhms]*(?:ms|s|m|h|d)$" },
    read(node, place) {
      if (node.kind !== "scalar") return reportMismatch(shape, node, place);
      if (typeof node.value === "number")
        return void place.report(node.at, `${node.value} has no unit; write ${node.value}s or ${node.value}m`);
      const ms = typeof node.value === "string" ? parseDuration(node.value) : undefined;
      if (ms === undefined) return reportMismatch(shape, node, place);
      if (ms < minMs) return void place.report(node.at, `takes a duration of at least ${minMs} ms`);
      return ms;
    },
  };
  return shape;
}

function parseDuration(text: string): number | undefined {
  try {
    return durationMs(text, "");
  } catch (error) {
    // Its message speaks of numbers as milliseconds, which a deploy file does not take.
    if (error instanceof InvalidRequestError) return undefined;
    throw error;
  }
}
