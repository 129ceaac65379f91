import { formatDuration } from "../retry/index.ts";
import type { Finding } from "../tls/index.ts";
import type { AddressTrial } from "../transport/trial/index.ts";

/** An address and what it said; `isTimeout`: nothing, in the time there was. */
export type Trial = AddressTrial & { readonly isTimeout: boolean };

export interface Place {
  /** As the user knows it: `api.example.com:443`. */
  readonly place: string;
  /** `errand wait` takes it. */
  readonly origin: string;
  readonly trials: readonly Trial[];
}

/** No address of a host let errand connect; `worst` says most about it. */
export function unreachable(worst: Trial, where: Place): Finding {
  const { code, isTimeout } = worst;
  const addresses = where.trials.map(({ address }) => address);
  const facts = { place: where.place, addresses, ...(code === undefined ? {} : { code }) };
  if (code === "ECONNREFUSED") return { ...refused(where), severity: "problem", facts };
  if (isTimeout) return { ...silent(where), severity: "problem", facts };
  if (isUnroutable(worst)) return { ...noRoute(where, code), severity: "problem", facts };
  return { ...failed(where, code), severity: "problem", facts };
}

type Words = Omit<Finding, "severity" | "facts">;

function refused({ place, origin, trials }: Place): Words {
  const isThisMachine = trials.every(({ address }) => address.startsWith("127.") || address === "::1");
  const checks = isThisMachine ? "that the service runs" : "that the service runs, and that it listens on more than 127.0.0.1";
  return {
    id: "connection-refused",
    summary: `nothing listens at ${place} (ECONNREFUSED)`,
    remedy: `Check the port${isThisMachine ? ", and" : ","} ${checks}. To wait until it is up:`,
    command: `errand wait ${origin}`,
  };
}

function silent({ place, trials }: Place): Words {
  return {
    id: "connect-timeout",
    summary: `no answer from ${place} in ${formatDuration(Math.max(...trials.map(({ elapsedMs }) => elapsedMs)))}`,
    remedy: "A firewall or security group drops the packets, the VPN is down, or the machine is off. Ask for the port to be opened to you.",
  };
}

function noRoute({ place, trials }: Place, code: string | undefined): Words {
  const [first] = trials;
  if (trials.every(({ address }) => address.includes(":"))) {
    return {
      id: "ipv6-only",
      summary: `${place} has IPv6 addresses only, and this machine has no way to them (${code})`,
      remedy: "Use a network with IPv6 or NAT64, or have an A record added. To see which way the address takes:",
      command: `ip -6 route get ${first?.address}`,
    };
  }
  return {
    id: "unreachable",
    summary: `there is no route to ${place} (${code})`,
    remedy: "Check network and VPN. To see which way the address takes:",
    command: `ip route get ${first?.address}`,
  };
}

function failed({ place }: Place, code: string | undefined): Words {
  const isForbidden = code === "EACCES" || code === "EPERM";
  return {
    id: isForbidden ? "connect-forbidden" : "connect-failed",
    summary: isForbidden ? `this machine does not let errand connect to ${place} (${code})` : `no connection to ${place} (${code})`,
    remedy: "Check the local firewall, and the policy of the container or sandbox.",
  };
}

/** Some addresses answer and some do not. errand passes a dead one by within 250 ms; other clients wait for it, or fail. */
export function partlyReachable(bad: readonly Trial[], count: number): Finding {
  const addresses = bad.map(({ address }) => address);
  if (bad.every((trial) => trial.address.includes(":") && isUnroutable(trial))) {
    return {
      id: "no-ipv6-here",
      severity: "info",
      summary: "this machine has no way to the IPv6 addresses; the others answer",
      remedy: "Nothing to do: errand passes such addresses by.",
      facts: { addresses },
    };
  }
  return {
    id: "address-fails",
    severity: "warning",
    summary: `${bad.length} of ${count} addresses ${bad.length === 1 ? "does" : "do"} not answer: ${addresses.join(", ")}`,
    remedy: "Take dead addresses out of DNS, or mend what listens there: clients that try one address only fail at times.",
    facts: { addresses },
  };
}

const unroutable: ReadonlySet<string | undefined> = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/** This machine has no route to the address: that says nothing about the server. */
export function isUnroutable({ code }: Pick<Trial, "code">): boolean {
  return unroutable.has(code);
}
