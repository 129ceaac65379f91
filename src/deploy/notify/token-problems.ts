import { ErrandError } from "../../errors/index.ts";
import { isChannelId, type Slack } from "../../services/slack/index.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { NotifySpec } from "../file/deploy-file.ts";
import type { SecretProblem } from "../services.ts";

/** Nobody waits long for advice. */
const patienceMs = 5000;

/** What a bot token lacks to post, and to look up after an interruption whether it has: every answer of Slack names its scopes. */
export async function tokenProblems(
  notify: readonly NotifySpec[],
  open: (spec: NotifySpec) => Promise<Slack>,
  signal: AbortSignal,
): Promise<readonly SecretProblem[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const found = await Promise.all(
    notify.map(async (spec, index): Promise<readonly SecretProblem[]> => {
      if (spec.token === undefined) return [];
      const path = `notify[${index}].slack`;
      try {
        const { scopes } = await (await open(spec)).authTest({ signal: limit });
        return scopes === undefined ? [] : missing(path, spec.channel ?? "", scopes);
      } catch (error) {
        signal.throwIfAborted();
        const remedy = error instanceof ErrandError ? error.hint : undefined;
        const message = limit.aborted ? `Slack did not answer within ${patienceMs / 1000} s` : describeError(error);
        return [{ path: `${path}.token`, message, remedy: remedy ?? "Its messages may not arrive." }];
      }
    }),
  );
  return found.flat();
}

function missing(path: string, channel: string, scopes: readonly string[]): readonly SecretProblem[] {
  const hasNone = (...wanted: readonly string[]): boolean => !wanted.some((scope) => scopes.includes(scope));
  const again = "install it again: tokens keep their old scopes.";
  const problems: SecretProblem[] = [];
  if (hasNone("chat:write"))
    problems.push({
      path: `${path}.token`,
      message: "the token lacks the scope chat:write: no message will arrive",
      remedy: `Add it to the app, and ${again}`,
    });
  const consequence = "after an interruption it cannot be looked up whether a message was sent, and an alert may come twice";
  if (hasNone("channels:history", "groups:history"))
    problems.push({
      path: `${path}.token`,
      message: `the token lacks the scope channels:history: ${consequence}`,
      remedy: `Add it (groups:history for a private channel) to the app, and ${again}`,
    });
  else if (!isChannelId(channel) && hasNone("channels:read", "groups:read"))
    problems.push({
      path: `${path}.channel`,
      message: `the history takes the id of ${channel}, and the token lacks the scope channels:read to find it: ${consequence}`,
      remedy: `Give the channel's id (C..., in Slack below the channel's details), or add channels:read (groups:read for a private channel) to the app, and ${again}`,
    });
  return problems;
}
