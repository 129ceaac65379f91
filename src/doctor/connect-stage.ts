import { formatDuration } from "../retry/index.ts";
import type { Finding } from "../tls/diagnosis.ts";
import { tryAddress, type AddressTrial } from "../transport/trial/index.ts";
import { placeOf, type Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

/** More are not tried: some names have hundreds. */
const mostAddresses = 8;

export interface ConnectTarget {
  readonly addresses: readonly string[];
  readonly port: number;
  /** As the user knows it: `api.example.com:443`. */
  readonly place: string;
}

/** TCP: every address, side by side, in the order in which errand tries them. Nothing is sent. */
export async function connectStage(patient: Patient, target: ConnectTarget): Promise<StageReport<true>> {
  const { addresses, port, place } = target;
  const tried = addresses.slice(0, mostAddresses);
  const trials = await Promise.all(tried.map((address) => tryOne(patient, address, port)));
  const local = trials.find(({ code }) => code !== undefined && exhausted.has(code));
  if (local !== undefined) throw new CannotLook(`no socket for a connection (${local.code})`);
  const left = addresses.length - tried.length;
  const evidence = [...trials.map((trial) => describe(trial, port)), ...(left > 0 ? [`${left} more addresses were not tried`] : [])];
  const good = trials.filter(({ isConnected }) => isConnected);
  const bad = trials.filter(({ isConnected }) => !isConnected);
  const [worst] = bad.toSorted((a, b) => weight(a) - weight(b));
  if (worst === undefined) return { evidence, findings: [], next: true };
  if (good.length === 0) return { evidence, findings: [unreachable(worst, { place, trials, patient })], next: undefined };
  return { evidence, findings: [partly(bad, good)], next: true };
}

/** Nothing is wrong with the server: this machine, or its limits, would not let errand look. */
export class CannotLook extends Error {}

const exhausted: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);
const unroutable: ReadonlySet<string> = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"]);

type Trial = AddressTrial & { readonly isTimeout: boolean };

async function tryOne(patient: Patient, address: string, port: number): Promise<Trial> {
  const startedAt = performance.now();
  try {
    return { ...(await tryAddress(address, port, patient.step())), isTimeout: false };
  } catch (error) {
    if (!patient.isTimeout(error)) throw error;
    return { address, isConnected: false, code: undefined, elapsedMs: performance.now() - startedAt, isTimeout: true };
  }
}

/** What says most about the server first: it refused; it kept silent; there was no way to it. */
function weight({ code, isTimeout }: Trial): number {
  if (code === "ECONNREFUSED") return 0;
  if (isTimeout) return 1;
  return code !== undefined && unroutable.has(code) ? 3 : 2;
}

function describe(trial: Trial, port: number): string {
  const place = placeOf(trial.address, port);
  if (trial.isConnected) return `${place} connected in ${formatDuration(trial.elapsedMs)}`;
  if (trial.isTimeout) return `${place} no answer in ${formatDuration(trial.elapsedMs)}`;
  return `${place} ${words(trial.code)} after ${formatDuration(trial.elapsedMs)}`;
}

function words(code: string | undefined): string {
  if (code === "ECONNREFUSED") return "refused (ECONNREFUSED)";
  return code !== undefined && unroutable.has(code) ? `unreachable (${code})` : `failed (${code ?? "unknown"})`;
}

interface Place {
  readonly place: string;
  readonly trials: readonly Trial[];
  readonly patient: Patient;
}

function unreachable({ code, isTimeout }: Trial, { place, trials, patient }: Place): Finding {
  const facts = { place, addresses: trials.map(({ address }) => address), ...(code === undefined ? {} : { code }) };
  if (code === "ECONNREFUSED")
    return {
      id: "connection-refused",
      severity: "problem",
      summary: `nothing listens at ${place} (ECONNREFUSED)`,
      remedy: "Check the port, that the service runs, and that it listens on more than 127.0.0.1. To wait until it is up:",
      command: `errand wait ${patient.url.origin}`,
      facts,
    };
  if (isTimeout)
    return {
      id: "connect-timeout",
      severity: "problem",
      summary: `no answer from ${place} in ${formatDuration(Math.max(...trials.map(({ elapsedMs }) => elapsedMs)))}`,
      remedy: "A firewall or security group drops the packets, the VPN is down, or the machine is off. Ask for the port to be opened to you.",
      facts,
    };
  if (code !== undefined && unroutable.has(code)) {
    const isIPv6Only = trials.every(({ address }) => address.includes(":"));
    return {
      id: isIPv6Only ? "ipv6-only" : "unreachable",
      severity: "problem",
      summary: isIPv6Only ? `${place} has IPv6 addresses only, and this machine has no IPv6 (${code})` : `there is no route to ${place} (${code})`,
      remedy: isIPv6Only
        ? "Use a network with IPv6 or NAT64, or have an A record added."
        : "Check network and VPN: ip route get ADDRESS names the way.",
      command: `ip ${isIPv6Only ? "-6 " : ""}route get ${trials[0]?.address ?? place}`,
      facts,
    };
  }
  return {
    id: code === "EACCES" || code === "EPERM" ? "connect-forbidden" : "connect-failed",
    severity: "problem",
    summary:
      code === "EACCES" || code === "EPERM"
        ? `this machine does not let errand connect to ${place} (${code})`
        : `no connection to ${place} (${code ?? "unknown"})`,
    remedy: "Check the local firewall, and the policy of the container or sandbox.",
    facts,
  };
}

/** errand passes a dead address by within 250 ms; other clients wait for it. */
function partly(bad: readonly Trial[], good: readonly Trial[]): Finding {
  const isRoute = bad.every(({ code, address }) => address.includes(":") && code !== undefined && unroutable.has(code));
  const list = bad.map(({ address }) => address);
  return {
    id: isRoute ? "no-ipv6-here" : "address-fails",
    severity: isRoute ? "info" : "warning",
    summary: isRoute
      ? "this machine has no IPv6; the IPv4 addresses answer"
      : `${list.length} of ${bad.length + good.length} addresses ${list.length === 1 ? "does" : "do"} not answer: ${list.join(", ")}`,
    remedy: isRoute
      ? "Nothing to do: errand passes such addresses by."
      : "Take dead addresses out of DNS, or mend what listens there: clients that try one address only fail at times.",
    facts: { addresses: list },
  };
}
