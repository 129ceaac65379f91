import { checkList } from "./check-shape.ts";
import {
  notifyTriggers,
  type AfterSpec,
  type ChangeSpec,
  type ClusterSelection,
  type DeployFile,
  type NotifySpec,
  type RolloutSpec,
} from "./deploy-file.ts";
import { listOf, mapOf } from "./shape/collections.ts";
import { exactlyOne } from "./shape/exactly-one.ts";
import { object, optional, required, withDefault } from "./shape/object.ts";
import { boolean, number, oneOf, text } from "./shape/scalars.ts";
import { mapped, refine, type Shape } from "./shape/shape.ts";
import { duration } from "./values/duration.ts";
import { image } from "./values/image.ts";
import { deploymentName, labelPattern, namespaceName } from "./values/names.ts";
import { secretReference } from "./values/secret-reference.ts";

const cluster: Shape<ClusterSelection> = refine(
  object(
    {
      context: optional(text({ takes: "the name of a kubeconfig context" }), "A context of the kubeconfig."),
      kubeconfig: optional(
        text({ takes: "a path" }),
        "A kubeconfig file, relative to this file; without context its current one is meant.",
      ),
      inCluster: optional(oneOf(true), "The cluster this process runs in, with the pod's service account."),
      fromEnv: optional(oneOf(true), "K8S_API_URL and K8S_TOKEN."),
    },
    "a way to the cluster, such as { context: prod }",
  ),
  (value, node, place) => {
    const chosen = [value.context ?? value.kubeconfig, value.inCluster, value.fromEnv].filter((choice) => choice !== undefined);
    if (chosen.length === 1) return true;
    place.report(node.at, "takes one way to the cluster: context (perhaps with kubeconfig), kubeconfig, inCluster: true or fromEnv: true");
    return false;
  },
);

const target = object({
  namespace: required(namespaceName, "The namespace of the Deployment."),
  deployment: required(deploymentName, "The name of the Deployment."),
});

const change: Shape<ChangeSpec> = refine(
  object({
    image: withDefault(
      mapOf(() => image, {
        takes: "a map of container names and images",
        min: 1,
        refuseKey: (name) =>
          labelPattern.test(name) ? undefined : "is not a container's name: lower-case letters, digits and dashes, at most 63",
      }),
      "The new image of each container named.",
      { value: {} },
    ),
    replicas: optional(
      number({ takes: "a whole number of 0 or more", isInteger: true, min: 0, max: 100_000 }),
      "The new number of replicas.",
    ),
    restart: withDefault(boolean(), "Whether all pods are replaced although nothing else changes.", { value: false }),
  }),
  ({ image, replicas, restart }, node, place) => {
    if (Object.keys(image).length > 0 || replicas !== undefined || restart) return true;
    return place.report(node.at, "changes nothing; it takes image, replicas, restart: true, or several of them");
  },
);

const grace = duration();

/** `true`, `false`, or how long trouble may last. */
const failFast: Shape<boolean | number> = {
  takes: 'true, false, or how long trouble may last, such as "30s"',
  schema: { anyOf: [boolean().schema, grace.schema] },
  read: (node, place) => (node.kind === "scalar" && typeof node.value === "string" ? grace : boolean()).read(node, place),
};

const rollout: Shape<RolloutSpec> = mapped(
  object({
    timeout: withDefault(duration({ minMs: 1000 }), "For the whole rollout, however much it progresses.", {
      value: 600_000,
      written: "10m",
    }),
    failFast: withDefault(failFast, "Whether pods that cannot start end the rollout before its timeout; or after how long (30s).", {
      value: true,
    }),
  }),
  ({ timeout, failFast }) => ({
    timeoutMs: timeout,
    failFast: failFast !== false,
    failFastAfterMs: typeof failFast === "number" ? failFast : undefined,
  }),
);

const after: Shape<AfterSpec> = mapped(
  refine(
    object({
      for: required(duration(), "How long the checks are repeated."),
      every: withDefault(duration({ minMs: 100 }), "The pause between two rounds.", { value: 15_000, written: "15s" }),
      failures: withDefault(
        number({ takes: "a whole number of 1 or more", isInteger: true, min: 1, max: 1000 }),
        "So many failed rounds in a row decide.",
        { value: 2 },
      ),
      checks: required(checkList({ min: 1 }), "What is checked in each round."),
    }),
    (value, node, place) => {
      if (value.every <= value.for) return true;
      place.report(node.at, "every is longer than for: not one round would run");
      return false;
    },
  ),
  (value) => ({ forMs: value.for, everyMs: value.every, failures: value.failures, checks: value.checks }),
);

const slack = refine(
  exactlyOne(
    object({
      webhook: optional(secretReference, "The incoming webhook's URL; it is a credential."),
      token: optional(secretReference, "A bot token (xoxb-); it takes channel as well."),
      channel: optional(text({ takes: "a channel's name or id" }), "Where the bot posts."),
      on: withDefault(
        listOf(oneOf(...notifyTriggers), { takes: `a list of ${notifyTriggers.join(", ")}`, min: 1 }),
        "critical: a check stopped it, or somebody has to look; rollback: it begins, and it is verified; success; failure: any other end; inconclusive. Absent: all of them.",
        {
          value: notifyTriggers,
        },
      ),
    }),
    ["webhook", "token"],
  ),
  ({ token, channel }, node, place) => {
    if ((token === undefined) === (channel === undefined)) return true;
    return place.report(
      node.at,
      token === undefined
        ? "channel goes with token; a webhook has its own channel"
        : "channel is missing; a token alone does not say where to post",
    );
  },
);

const notify: Shape<NotifySpec> = mapped(object({ slack: required(slack, "A Slack message.") }), (value) => ({
  kind: "slack",
  ...value.slack,
}));

/** The whole file: the table that reading and {@link deploySchema} share. */
export const deployShape: Shape<Omit<DeployFile, "path" | "directory">> = object({
  version: required(oneOf(1), "The version of this format."),
  cluster: required(cluster, "Which cluster; there is no default, so that no file changes the wrong one."),
  target: required(target, "Which Deployment."),
  before: withDefault(checkList(), "Checks that must all pass, or nothing is changed.", { value: [] }),
  onCritical: withDefault(oneOf("stop", "proceed"), "What a failed check of before does; proceed: alert, then change all the same.", {
    value: "stop",
  }),
  change: required(change, "What is changed, in one patch."),
  rollout: withDefault(rollout, "How the rollout is watched.", {
    value: { timeoutMs: 600_000, failFast: true, failFastAfterMs: undefined },
    written: {},
  }),
  after: optional(after, "Checks that are repeated for a while after the rollout."),
  onFailure: withDefault(oneOf("rollback", "stop"), "What a failed rollout, or failed checks after it, does.", { value: "rollback" }),
  onInconclusive: withDefault(oneOf("stop", "proceed", "rollback"), "What it does when the checks afterwards could not decide.", {
    value: "stop",
  }),
  notify: withDefault(listOf(notify, { takes: "a list, such as - slack: { webhook: { secret: env:SLACK_WEBHOOK } }" }), "Who is told.", {
    value: [],
  }),
});
