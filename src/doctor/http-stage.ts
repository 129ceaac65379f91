import { describeProxy, type ProxyChoice } from "../proxy/index.ts";
import { formatDuration, parseHttpDate } from "../retry/index.ts";
import { redactUrl } from "../secrets/index.ts";
import type { Finding } from "../tls/index.ts";
import { askServer, explainTrial, speaksTLS, type Answer } from "../transport/trial/index.ts";
import type { Patient } from "./patient.ts";
import { proxyFinding } from "./proxy-stage.ts";
import type { StageReport } from "./stage-report.ts";

/** A clock that is further off makes certificates, tokens and signatures fail. */
const mostSkewMs = 5 * 60_000;
/** A port that speaks TLS does so at once. */
const handshakeMs = 2000;
/** What servers say that do not know HEAD. */
const noHead: ReadonlySet<number> = new Set([400, 403, 404, 405, 500, 501]);

/** HTTP: the status of a bare HEAD of `/`, or GET where the server knows no HEAD. Redirects are named, not followed. */
export async function httpStage(patient: Patient, proxy: ProxyChoice | undefined): Promise<StageReport> {
  const way = patient.way(proxy);
  const startedAt = performance.now();
  try {
    let method: "HEAD" | "GET" = "HEAD";
    let answer = await askServer(way, method, patient.step());
    if (noHead.has(answer.status)) {
      method = "GET";
      answer = await askServer(way, method, patient.step());
    }
    const evidence = [`${method} / answered ${statusWords(answer)}`, ...clockEvidence(answer, patient)];
    const wrongPort = answer.status === 400 && !patient.isSecure ? await portSpeaksTLS(patient, proxy) : undefined;
    return { evidence, findings: wrongPort === undefined ? findingsOf(answer, patient, proxy) : [wrongPort], next: undefined };
  } catch (error) {
    const isSilent = patient.isTimeout(error);
    const finding = isSilent ? silent(performance.now() - startedAt) : failure(error, proxy);
    const wrongPort = isSilent || patient.isSecure ? undefined : await portSpeaksTLS(patient, proxy);
    return { evidence: [], findings: [wrongPort ?? finding], next: undefined };
  }
}

function statusWords({ status, statusText }: Answer): string {
  return statusText === "" ? String(status) : `${status} ${statusText}`;
}

function silent(elapsedMs: number): Finding {
  return {
    id: "http-timeout",
    severity: "problem",
    summary: `it accepts connections and does not answer: no response in ${formatDuration(elapsedMs)}`,
    remedy: "The service hangs, or the port speaks another protocol. Look into its log and its load.",
  };
}

function failure(error: unknown, proxy: ProxyChoice | undefined): Finding {
  const failed = explainTrial(error);
  if (failed.proxy !== undefined && proxy !== undefined) return proxyFinding(failed, proxy);
  const id =
    failed.code === "ERR_MALFORMED_RESPONSE" ? "not-http" : failed.code === "ERR_CONNECTION_CLOSED" ? "http-closed" : "http-failed";
  return {
    id,
    severity: "problem",
    summary: failed.problem,
    remedy: failed.remedy ?? "Look into the server's log: it often crashed or restarted, or expects another protocol on this port.",
  };
}

/** http:// to a port that speaks TLS: servers hang up, or answer 400. */
async function portSpeaksTLS(patient: Patient, proxy: ProxyChoice | undefined): Promise<Finding | undefined> {
  // What a proxy forwards does not show the server's own port.
  if (proxy !== undefined || patient.leftMs < 1) return undefined;
  try {
    if (!(await speaksTLS(patient.way(undefined), patient.step(handshakeMs)))) return undefined;
  } catch (error) {
    // The reason for which it was asked stays the answer.
    patient.isTimeout(error);
    return undefined;
  }
  const url = `https://${patient.url.hostname}${patient.url.port === "443" ? "" : `:${patient.url.port === "" ? "80" : patient.url.port}`}`;
  return {
    id: "https-expected",
    severity: "problem",
    summary: "the port speaks TLS, and the URL says http://",
    remedy: "Use https:// for this port:",
    command: `errand doctor ${url}`,
  };
}

function clockEvidence(answer: Answer, patient: Patient): string[] {
  const skew = skewOf(answer, patient);
  if (skew === undefined) return [];
  return Math.abs(skew) > mostSkewMs ? [] : ["the clocks agree"];
}

/** Positive where this machine is ahead. Undefined where the server does not tell the time. */
function skewOf({ headers }: Answer, patient: Patient): number | undefined {
  const { date } = headers;
  const nowMs = patient.now();
  const served = typeof date === "string" ? parseHttpDate(date, nowMs) : undefined;
  return served === undefined ? undefined : nowMs - served;
}

function findingsOf(answer: Answer, patient: Patient, proxy: ProxyChoice | undefined): Finding[] {
  const skew = skewOf(answer, patient) ?? 0;
  return [
    ...statusFindings(answer, proxy),
    ...redirectFindings(answer, patient),
    ...(Math.abs(skew) > mostSkewMs ? [clockSkew(skew, answer)] : []),
  ];
}

function clockSkew(skewMs: number, { headers }: Answer): Finding {
  const off = formatDuration(Math.abs(skewMs));
  return {
    id: "clock-skew",
    severity: "warning",
    summary: `this machine's clock is ${off} ${skewMs > 0 ? "ahead of" : "behind"} the server's`,
    remedy: "Synchronise it: certificates, tokens and signatures depend on the time.",
    command: "timedatectl set-ntp true",
    facts: { skewSeconds: Math.round(skewMs / 1000), serverDate: String(headers["date"]) },
  };
}

/** A gateway that has no service behind it, or a proxy that wants credentials; any other status is the application's own word. */
function statusFindings(answer: Answer, proxy: ProxyChoice | undefined): Finding[] {
  const { status } = answer;
  const words = statusWords(answer);
  if (status === 407 && proxy !== undefined) return [wantsCredentials(words, proxy)];
  if (status >= 502 && status <= 504) {
    const who =
      proxy === undefined
        ? "a gateway answers, but the service behind it does not"
        : "the proxy or a gateway behind it cannot reach the service";
    return [
      {
        id: "gateway",
        severity: "problem",
        summary: `${who}: ${words}`,
        remedy: "The way is free as far as the gateway: look at the service, its health checks and its readiness.",
        facts: { status },
      },
    ];
  }
  if (status >= 500)
    return [
      {
        id: "server-error",
        severity: "warning",
        summary: `the server answered ${words} for /`,
        remedy: "The way is free: look into the application's log.",
        facts: { status },
      },
    ];
  return [];
}

function wantsCredentials(words: string, proxy: ProxyChoice): Finding {
  const { authorization } = proxy;
  const remedy = authorization === undefined ? "Give it user and password." : "It does not accept this user and password.";
  return proxyFinding(
    {
      code: "ERR_PROXY_AUTH",
      problem: `${describeProxy(proxy)} wants credentials: ${words}`,
      remedy,
      proxy: { kind: "credentials", status: 407 },
    },
    proxy,
  );
}

function redirectFindings({ status, headers }: Answer, { url }: Patient): Finding[] {
  const { location } = headers;
  if (status < 300 || status > 399 || typeof location !== "string") return [];
  const target = URL.parse(location, url.href);
  if (target === null || (target.protocol !== "http:" && target.protocol !== "https:"))
    return [
      {
        id: "redirect-broken",
        severity: "warning",
        summary: `it redirects (${status}) to what is no URL`,
        remedy: "Correct the server's Location.",
      },
    ];
  const shown = redactUrl(`${target.origin}${target.pathname}`);
  if (target.origin === url.origin)
    return [{ id: "redirect", severity: "info", summary: `/ redirects (${status}) to ${shown}`, remedy: "Nothing to do." }];
  return [
    {
      id: "redirect-elsewhere",
      severity: "info",
      summary: `it redirects (${status}) to ${shown}, which was not looked at`,
      remedy: "If calls fail there, look at it too:",
      command: `errand doctor ${target.origin}`,
    },
  ];
}
