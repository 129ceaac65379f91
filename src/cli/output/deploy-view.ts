import { redactValue } from "../../secrets/index.ts";
import type { DeployEvent } from "../../deploy/index.ts";
import type { Io } from "../io.ts";
import { painter, type Paint } from "./color.ts";
import { renderDeployLine } from "./deploy-line.ts";
import { isShownLive, nextLiveState, quiet, renderLive } from "./deploy-live.ts";
import { renderDeployResult } from "./deploy-result.ts";
import { LiveRegion } from "./live-region.ts";

/** Somebody who watches a deploy's events and shows them. */
export interface DeployView {
  accept(event: DeployEvent): void;
  /** Leaves the screen in order, whatever has happened. */
  close(): void;
}

/** How often times and bars are drawn again. */
const tickMs = 200;

/** One JSON value a line, on stdout; nothing else. */
export function jsonView({ stdout }: Pick<Io, "stdout">): DeployView {
  return { accept: (event) => stdout.print(JSON.stringify(redactValue(event))), close: () => {} };
}

/** What was asked for: the verdict, and the difference that `--plan` shows. Everything else is the log. */
function renderResult(event: DeployEvent, paint: Paint): string | undefined {
  if (event.type === "ended") return renderDeployResult(event.result, paint);
  return event.type === "serverDifference" ? renderDeployLine(event, paint) : undefined;
}

/** Lines of a log on stderr, results on stdout: for pipes and CI. */
export function lineView({ stdout, stderr }: Pick<Io, "stdout" | "stderr">): DeployView {
  const paint = painter(stderr.hasColor);
  return {
    accept(event) {
      const result = renderResult(event, painter(stdout.hasColor));
      if (result !== undefined) return stdout.print(result);
      const line = renderDeployLine(event, paint);
      if (line !== undefined) stderr.print(line);
    },
    close: () => {},
  };
}

/** The same for a terminal: what goes on is drawn in place below the log. */
export function liveView({ stdout, stderr, now }: Pick<Io, "stdout" | "stderr" | "now">): DeployView {
  const paint = painter(stderr.hasColor);
  const region = new LiveRegion(stderr);
  let state = quiet;
  const draw = (): void => region.draw(renderLive(state, { nowMs: now(), columns: stderr.columns, paint }));
  const timer = setInterval(draw, tickMs);
  return {
    accept(event) {
      state = nextLiveState(state, event);
      const result = renderResult(event, painter(stdout.hasColor));
      const line = result !== undefined || isShownLive(event) ? undefined : renderDeployLine(event, paint);
      if (line !== undefined) region.log(line);
      if (result !== undefined) {
        region.draw([]);
        stdout.print(result);
      }
      draw();
    },
    close() {
      clearInterval(timer);
      region.draw([]);
    },
  };
}
