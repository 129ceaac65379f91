import type { StageName } from "../../../doctor/index.ts";
import type { Io } from "../../io.ts";
import { painter } from "../../output/color.ts";
import { LiveRegion } from "../../output/live-region.ts";

const doing: Readonly<Record<StageName, string>> = {
  dns: "resolving the name",
  tcp: "connecting",
  proxy: "asking the proxy",
  tls: "looking at TLS",
  http: "waiting for an answer",
};

/** What is being looked at, in one line that is gone with the result; silent where nobody watches. */
export interface Progress {
  readonly onStage: (stage: StageName) => void;
  readonly end: () => void;
}

export function doctorProgress({ stderr, env }: Io): Progress {
  if (!stderr.isTTY || env["TERM"] === "dumb") return { onStage: () => undefined, end: () => undefined };
  const region = new LiveRegion(stderr);
  const paint = painter(stderr.hasColor);
  return { onStage: (stage) => region.draw([paint("dim", `${doing[stage]}...`)]), end: () => region.draw([]) };
}
