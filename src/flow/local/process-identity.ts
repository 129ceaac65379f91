import { readFileSync, readlinkSync } from "node:fs";

/**
 * Tells this process from every other that ran or will run: boot, pid namespace, pid and start time. Undefined where /proc has no such
 * thing; a dead process is then known by its lease alone.
 */
export function processIdentity(): string | undefined {
  const started = startTime(process.pid);
  const place = placeOfPids();
  return started === undefined || place === undefined ? undefined : `${place} ${process.pid} ${started}`;
}

/** True when the process of that identity certainly ended. One of another boot, container or machine cannot be judged from here. */
export function isSurelyDead(identity: string): boolean {
  const [boot = "", namespace = "", pid = "", started = ""] = identity.split(" ");
  if (`${boot} ${namespace}` !== placeOfPids() || !/^\d+$/.test(pid)) return false;
  return startTime(Number(pid)) !== started;
}

function placeOfPids(): string | undefined {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    // No /proc, as on macOS.
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process, or only its remains (proc(5)). */
function startTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    // It ended.
    return undefined;
  }
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}
