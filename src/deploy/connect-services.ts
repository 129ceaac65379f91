import { basic, bearer, type Auth } from "../auth/index.ts";
import { Session, type SessionOptions } from "../client/index.ts";
import { ErrandError } from "../errors/index.ts";
import { openSecret, redactText, secret } from "../secrets/index.ts";
import { Prometheus } from "../services/prometheus/index.ts";
import type { Slack } from "../services/slack/index.ts";
import { kubeCluster } from "./cluster/kube-cluster.ts";
import { fromDirectory, openCluster } from "./cluster/open-cluster.ts";
import { describeError } from "./cluster/write-failure.ts";
import type { CheckSpec, DeployFile, HttpCheckSpec, NotifySpec, PrometheusCheckSpec } from "./file/deploy-file.ts";
import type { AuthSpec, HttpAccess } from "./file/values/http-access.ts";
import { secretReferences } from "./secret-references.ts";
import type { DeployServices, SecretProblem } from "./services.ts";

/** A deploy waits for its messages, but not for ever. */
const notifyDeadline = "60s";
/** A health page is small; a check that downloads more is pointed at the wrong thing. */
const maxResponseSize = 5_000_000;

/**
 * Everything a deploy file talks to. Nothing is asked yet.
 *
 * @throws ConfigError when the kubeconfig or a certificate that it names cannot be used
 */
export function connectServices(file: DeployFile, { context }: { readonly context?: string } = {}): DeployServices {
  const cluster = kubeCluster(openCluster(file, context));
  const prometheus = new Pool<PrometheusCheckSpec, Prometheus>(
    (spec) => new Prometheus({ url: spec.url, auth: authOf(spec.auth), headers: headersOf(spec), session: sessionOptions(file, spec) }),
  );
  const sessions = new Pool<HttpCheckSpec, Session>(
    (spec) => new Session({ ...sessionOptions(file, spec), auth: authOf(spec.auth), headers: headersOf(spec) }),
  );
  const slacks = new Pool<NotifySpec, Slack>(openSlack);
  return {
    cluster,
    secretProblems: () => secretProblems(file),
    query: async (spec, signal) => (await prometheus.of(spec)).query(spec.query, { signal }),
    async get(spec, signal) {
      const response = await (await sessions.of(spec)).get(spec.url, { signal });
      return { status: response.status, body: response.text() };
    },
    async notifyProblems(signal) {
      if (file.notify.every(({ token }) => token === undefined)) return [];
      const { tokenProblems } = await import("./notify/token-problems.ts");
      return tokenProblems(file.notify, (spec) => slacks.of(spec), signal);
    },
    async notify(spec, message, signal) {
      const slack = await slacks.of(spec);
      const { deliverToSlack } = await import("./notify/deliver-to-slack.ts");
      if (spec.token !== undefined) return deliverToSlack(slack, message, signal);
      const { slackMessage } = await import("./notify/slack-message.ts");
      await slack.send(slackMessage(message), { signal });
      return undefined;
    },
    async close() {
      await Promise.all([cluster.close(), prometheus.close(), sessions.close(), slacks.close()]);
    },
  };
}

/** One client for each entry of the file, made at its first use. */
class Pool<Spec extends CheckSpec | NotifySpec, Client extends { close(): Promise<void> }> {
  readonly #open: (spec: Spec) => Client | Promise<Client>;
  readonly #clients = new Map<Spec, Promise<Client>>();

  constructor(open: (spec: Spec) => Client | Promise<Client>) {
    this.#open = open;
  }

  of(spec: Spec): Promise<Client> {
    const known = this.#clients.get(spec);
    if (known !== undefined) return known;
    const client = Promise.resolve(spec).then(this.#open);
    this.#clients.set(spec, client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map(async (client) => (await client).close()));
  }
}

function sessionOptions(file: DeployFile, { tls, timeoutMs }: HttpAccess): SessionOptions {
  const ca = tls === undefined ? {} : { tls: { ca: fromDirectory(file.directory, tls.ca) } };
  return { ...ca, timeout: timeoutMs, deadline: timeoutMs, maxResponseSize };
}

function authOf(auth: AuthSpec | undefined): Auth | undefined {
  if (auth?.bearer !== undefined) return bearer(secret(auth.bearer.secret));
  return auth?.basic === undefined ? undefined : basic(auth.basic.user, secret(auth.basic.password.secret));
}

function headersOf({ headers }: HttpAccess): SessionOptions["headers"] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : secret(value.secret)]),
  );
}

/** Loaded when a message is due: most deploys of a day send one at their end. */
async function openSlack({ webhook, token, channel }: NotifySpec): Promise<Slack> {
  const { Slack } = await import("../services/slack/index.ts");
  const session = { deadline: notifyDeadline };
  if (webhook !== undefined) return new Slack({ webhook: secret(webhook.secret), session });
  if (token === undefined || channel === undefined) throw new TypeError("a slack entry without webhook and token passed its shape");
  return new Slack({ token: secret(token.secret), channel, session });
}

async function secretProblems(file: DeployFile): Promise<readonly SecretProblem[]> {
  const checked = await Promise.all(
    secretReferences(file).map(async ({ path, reference }): Promise<SecretProblem | undefined> => {
      try {
        await openSecret(secret(reference));
        return undefined;
      } catch (error) {
        const remedy = error instanceof ErrandError ? error.hint : undefined;
        return { path, message: redactText(describeError(error)).replace(/\.$/, ""), remedy: remedy ?? `Set what ${reference} names.` };
      }
    }),
  );
  return checked.filter((problem) => problem !== undefined);
}
