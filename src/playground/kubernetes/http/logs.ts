import { isPod, type PodObject } from "../shapes.ts";
import type { Simulation } from "../simulation.ts";
import { badRequest } from "../status-error.ts";
import type { LogLine } from "../controller/pod-logs.ts";
import type { Answer, Call } from "./call.ts";
import type { ResourceRoute } from "./route.ts";

/** GET …/pods/NAME/log: text/plain, a line per entry. */
export function logAnswer({ registry, kubelet }: Simulation, route: ResourceRoute, { query }: Call): Answer {
  const pod = registry.get(route);
  if (!isPod(pod)) throw badRequest("not a pod");
  const container = chosenContainer(pod, query.get("container") ?? "");
  const status = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (one) => one.name === container,
  );
  const hasRun =
    status?.state.running !== undefined || status?.state.terminated !== undefined || status?.lastState.terminated !== undefined;
  if (!hasRun) throw badRequest(waitingText(pod, container, status?.state.waiting?.reason));
  const isPrevious = isTrue(query.get("previous"));
  const run = (status?.restartCount ?? 0) - (isPrevious ? 1 : 0);
  if (run < 0) throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  const render = (line: LogLine): string => format(line, isTrue(query.get("timestamps")));
  const lines = kubelet.logs.read(pod.metadata.uid, container).filter((line) => line.run === run);
  const text = tail(lines, query.get("tailLines")).map(render).join("");
  if (!isTrue(query.get("follow")) || status?.state.running === undefined) {
    return { status: 200, body: text, contentType: "text/plain" };
  }
  return {
    stream: (response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write(text);
      return kubelet.logs.follow(pod.metadata.uid, container, (line) => {
        if (line === undefined || line.run !== run) response.end();
        else response.write(render(line));
      });
    },
  };
}

function chosenContainer(pod: PodObject, given: string): string {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name);
  if (given !== "") {
    if (all.includes(given)) return given;
    throw badRequest(`container ${given} is not valid for pod ${pod.metadata.name}`);
  }
  const [only, ...others] = pod.spec.containers;
  if (only !== undefined && others.length === 0) return only.name;
  const choices = pod.spec.containers.map((container) => container.name).join(" ");
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${choices}]`);
}

function waitingText(pod: PodObject, container: string, reason: string | undefined): string {
  const where = `container "${container}" in pod "${pod.metadata.name}"`;
  if (reason === "ErrImagePull" || reason === "ImagePullBackOff") return `${where} is waiting to start: trying and failing to pull image`;
  if (reason === "InvalidImageName") return `${where} is waiting to start: image can't be pulled`;
  return `${where} is waiting to start: ${reason ?? "ContainerCreating"}`;
}

function tail(lines: readonly LogLine[], tailLines: string | null): readonly LogLine[] {
  if (tailLines === null || !/^\d+$/.test(tailLines)) return lines;
  const count = Number(tailLines);
  return count === 0 ? [] : lines.slice(-count);
}

function format({ atMs, text }: LogLine, hasTimestamp: boolean): string {
  return hasTimestamp ? `${new Date(atMs).toISOString()} ${text}\n` : `${text}\n`;
}

function isTrue(value: string | null): boolean {
  return value === "true" || value === "1";
}
