import type { LookupAddress } from "node:dns";
import { diagnose, type Diagnosis, type DiagnoseOptions, type DoctorSeams, type Stage, type StageName } from "../src/doctor/index.ts";

/** A resolver that knows these names, and answers every other with an error. */
export function resolver(names: Readonly<Record<string, readonly string[] | string>>): NonNullable<DoctorSeams["lookup"]> {
  return (host, _options, callback) => {
    const found = names[host] ?? "ENOTFOUND";
    const fail = (code: string): void => callback(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }), []);
    const addresses = (list: readonly string[]): LookupAddress[] =>
      list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    setImmediate(() => (typeof found === "string" ? fail(found) : callback(null, addresses(found))));
  };
}

/** A diagnosis of a machine without proxies and without files of its own. */
export function examine(url: string, options: DiagnoseOptions = {}, seams: DoctorSeams = {}): Promise<Diagnosis> {
  return diagnose(url, { env: {}, ...options }, { readFile: () => undefined, stepMs: 2000, ...seams });
}

export function stageOf(diagnosis: Diagnosis, name: StageName): Stage {
  const stage = diagnosis.stages.find((each) => each.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stage;
}

/** `dns ok, tcp problem, ...` */
export function courseOf({ stages }: Diagnosis): string {
  return stages.map(({ name, status }) => `${name} ${status}`).join(", ");
}
