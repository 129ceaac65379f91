import { describeProxy, isForwarded, resolveProxy, whyDirect, type ProxyChoice } from "../proxy/index.ts";
import { ConfigError } from "../errors/index.ts";
import { formatDuration } from "../retry/index.ts";
import type { Finding } from "../tls/index.ts";
import { explainTrial, openWay, type TrialFailure } from "../transport/trial/index.ts";
import { connectStage } from "./connect-stage.ts";
import { placeOf, type Patient } from "./patient.ts";
import { resolveStage } from "./resolve-stage.ts";
import type { StageReport } from "./stage-report.ts";

/** Which proxy, if any, and why. */
export interface ProxyDecision {
  readonly proxy: ProxyChoice | undefined;
  readonly why: string;
  readonly findings: readonly Finding[];
}

/** @throws InvalidRequestError for an option that is wrong; a variable that is wrong is a finding */
export function decideProxy({ options, url, env }: Patient): ProxyDecision {
  const resolver = resolveProxy(options.proxy, env);
  try {
    const proxy = resolver.choose(url);
    const findings = resolver.ignoredNoProxy().map(ignored);
    if (proxy !== undefined) return { proxy, why: describeProxy(proxy), findings };
    const why =
      options.proxy === undefined
        ? whyDirect(url, env)
        : options.proxy === false
          ? "the option proxy is false"
          : "proxy.noProxy exempts the host";
    return { proxy, why, findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const finding: Finding = {
      id: "proxy-variable",
      severity: "problem",
      summary: error.message,
      remedy: error.hint ?? "Correct the variable, or unset it.",
      ...(error.file === undefined ? {} : { command: `printenv ${error.file.replace("$", "")}` }),
    };
    return { proxy: undefined, why: "its variable cannot be read", findings: [finding] };
  }
}

function ignored(entry: string): Finding {
  return {
    id: "no-proxy-entry",
    severity: "warning",
    summary: `an entry of NO_PROXY means nothing and is passed over: ${JSON.stringify(entry)}`,
    remedy: "Entries are names, addresses and networks with commas between: .example.com,10.0.0.0/8,registry:5000.",
  };
}

/** The proxy: its name, its address, and whether it leads to the server. Only CONNECT and its credentials are sent, to it alone. */
export async function proxyStage(patient: Patient, { proxy, findings: before }: ProxyDecision): Promise<StageReport<ProxyChoice>> {
  if (proxy === undefined) return { evidence: [], findings: before, next: undefined };
  const evidence = [describeProxy(proxy).replace(/^the proxy /, "")];
  const findings = [...before];
  const end = (finding: Finding): StageReport<ProxyChoice> => ({ evidence, findings: [finding, ...findings], next: undefined });
  const resolved = await resolveStage(patient, proxy.host);
  evidence.push(...resolved.evidence);
  if (resolved.next === undefined) return end(ofProxy(resolved.findings[0], proxy));
  findings.push(...resolved.findings.map((finding) => ofProxy(finding, proxy)));
  const place = placeOf(proxy.host, proxy.port);
  const reached = await connectStage(patient, { addresses: resolved.next, port: proxy.port, place });
  evidence.push(...reached.evidence);
  if (reached.next === undefined) return end(ofProxy(reached.findings[0], proxy));
  findings.push(...reached.findings.map((finding) => ofProxy(finding, proxy)));
  const startedAt = performance.now();
  try {
    (await openWay(patient.way(proxy), false, patient.step())).destroy();
  } catch (error) {
    if (patient.isTimeout(error)) return end(proxySilent(proxy, performance.now() - startedAt));
    return end(proxyFinding(explainTrial(error), proxy));
  }
  const took = formatDuration(performance.now() - startedAt);
  evidence.push(isForwarded(proxy, patient.url, false) ? "it forwards plain http requests" : `it connected to ${patient.place} in ${took}`);
  return { evidence, findings, next: proxy };
}

/** What is found on the way to a proxy: the same as with any server, under its own id. */
function ofProxy(finding: Finding | undefined, proxy: ProxyChoice): Finding {
  if (finding === undefined) return proxySilent(proxy, 0);
  const found = { ...finding, id: `proxy-${finding.id}`, summary: `${describeProxy(proxy)}: ${finding.summary}` };
  if (finding.severity !== "problem") return found;
  const isOption = proxy.source === "proxy";
  const place = isOption ? "the option proxy (--proxy)" : `the variable ${proxy.source}`;
  const remedy = `Check ${place}, and that the proxy runs.${isOption ? "" : " NO_PROXY exempts a host."}`;
  return { ...found, remedy, command: isOption ? undefined : `printenv ${proxy.source}` };
}

function proxySilent(proxy: ProxyChoice, elapsedMs: number): Finding {
  return {
    id: "proxy-timeout",
    severity: "problem",
    summary: `${describeProxy(proxy)} did not lead to the server in ${formatDuration(elapsedMs)}`,
    remedy: "It answers slowly, cannot reach the server, or its URL has the wrong scheme (http, https or socks5).",
  };
}

/** What a proxy said to CONNECT, to a SOCKS5 request, or to one that it should forward. */
export function proxyFinding({ problem, remedy, proxy: said }: TrialFailure, proxy: ProxyChoice): Finding {
  const { kind = "closed", status } = said ?? {};
  return {
    id: `proxy-${kind}`,
    severity: "problem",
    summary: problem,
    remedy: remedy ?? "Check the proxy's address and scheme.",
    ...(kind === "credentials" ? { command: credentialsCommand(proxy) } : {}),
    ...(status === undefined ? {} : { facts: { status } }),
  };
}

/** Where a variable names the proxy, and has no credentials yet. */
function credentialsCommand({ source, scheme, host, port, authorization }: ProxyChoice): string | undefined {
  if (source === "proxy" || authorization !== undefined) return undefined;
  return `export ${source}=${scheme}://USER:PASSWORD@${placeOf(host, port)}`;
}
