import { resolveName } from "../transport/trial/index.ts";
import type { Finding } from "../tls/index.ts";
import { formatDuration } from "../retry/index.ts";
import type { Patient } from "./patient.ts";
import type { StageReport } from "./stage-report.ts";

/** DNS: the addresses of a name, in the order in which they are tried. */
export async function resolveStage(patient: Patient, host = patient.host): Promise<StageReport<readonly string[]>> {
  const startedAt = performance.now();
  const elapsed = (): string => formatDuration(performance.now() - startedAt);
  try {
    const addresses = await resolveName(host, patient.step(), patient.seams.lookup);
    if (addresses.length === 0) return { evidence: [], findings: [notFound(host, "no address", patient)], next: undefined };
    if (addresses[0] === host) return { evidence: [`${host} is an address`], findings: [], next: addresses };
    const fromHosts = hostsEntry(host, patient);
    const evidence = [`${host} is ${addresses.map(withFamily).join(", ")}`];
    return { evidence, findings: fromHosts === undefined ? [] : [fromHosts], next: addresses };
  } catch (error) {
    if (patient.isTimeout(error)) return failed(resolverSilent(host, `no answer in ${elapsed()}`, patient));
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "") throw error;
    if (code === "EAI_AGAIN") return failed(resolverSilent(host, code, patient));
    if (["ENOTFOUND", "EAI_NONAME", "ENODATA", "EAI_NODATA"].includes(code)) return failed(notFound(host, code, patient));
    return failed(resolverFailed(host, code));
  }
}

function failed(finding: Finding): StageReport<readonly string[]> {
  return { evidence: [], findings: [finding], next: undefined };
}

function withFamily(address: string): string {
  return `${address} (${address.includes(":") ? "IPv6" : "IPv4"})`;
}

function notFound(host: string, code: string, patient: Patient): Finding {
  const search = resolverSetting(patient, "search");
  const isShort = !host.replace(/\.$/, "").includes(".");
  const hint = isShort
    ? search === undefined
      ? "A name without a dot needs a search domain, and this machine has none: write the full name."
      : `A name without a dot is completed by the search domains of /etc/resolv.conf (${search}): write the full name.`
    : "Check the spelling. A new record takes as long to appear as the old answer may be kept; an internal name needs its VPN.";
  return {
    id: "name-not-found",
    severity: "problem",
    summary: `the name ${host} does not resolve (${code})`,
    remedy: hint,
    command: `getent ahosts ${host}`,
    facts: { host, code },
  };
}

function resolverSilent(host: string, code: string, patient: Patient): Finding {
  const servers = resolverSetting(patient, "nameserver");
  return {
    id: "resolver-silent",
    severity: "problem",
    summary: `the resolver did not answer for ${host} (${code})`,
    remedy: `The name may be right: this machine cannot ask. Check network and VPN, and the resolver${servers === undefined ? "" : ` (${servers})`} of /etc/resolv.conf.`,
    command: "cat /etc/resolv.conf",
    facts: { host, code },
  };
}

function resolverFailed(host: string, code: string): Finding {
  return {
    id: "resolver-failed",
    severity: "problem",
    summary: `the resolver failed for ${host} (${code})`,
    remedy: "Check that the name is a valid one, then the resolver of this machine.",
    command: `getent ahosts ${host}`,
    facts: { host, code },
  };
}

/** A line somebody wrote into the hosts file beats DNS, for as long as nobody remembers it. */
function hostsEntry(host: string, patient: Patient): Finding | undefined {
  if (host === "localhost") return undefined;
  const line = patient
    .readFile("/etc/hosts")
    ?.split("\n")
    .map((each) => each.replace(/#.*$/, "").trim().split(/\s+/))
    .find(([, ...names]) => names.some((name) => name.toLowerCase() === host.toLowerCase()));
  if (line === undefined) return undefined;
  return {
    id: "hosts-file",
    severity: "info",
    summary: `/etc/hosts names ${line[0]} for ${host}: DNS is not asked`,
    remedy: "If that is no longer where it is, remove the line.",
    command: `grep -n ${host} /etc/hosts`,
  };
}

/** Every value of a keyword of resolv.conf(5), in one line. */
function resolverSetting(patient: Patient, keyword: "nameserver" | "search"): string | undefined {
  const values = (patient.readFile("/etc/resolv.conf") ?? "").split("\n").flatMap((line) => {
    const [word, ...rest] = line.trim().split(/\s+/);
    return word === keyword ? rest : [];
  });
  return values.length === 0 ? undefined : values.slice(0, 4).join(" ");
}
