import { redactUrl } from "../secrets/index.ts";
import type { TLSDiagnosis } from "../tls/index.ts";
import { CannotLook, connectStage } from "./connect-stage.ts";
import type { Diagnosis, Stage, StageName } from "./diagnosis.ts";
import { httpStage } from "./http-stage.ts";
import type { DiagnoseOptions, DoctorSeams } from "./options.ts";
import { Patient } from "./patient.ts";
import { decideProxy, proxyStage, type ProxyDecision } from "./proxy-stage.ts";
import { resolveStage } from "./resolve-stage.ts";
import { runStage, skipped, type RunStage, type StageReport } from "./stage-report.ts";
import { targetOf } from "./target.ts";
import { tlsStage } from "./tls-stage.ts";

/**
 * Looks at what is between this machine and a server: DNS, TCP, proxy, TLS and HTTP in turn, up to the first that fails.
 *
 * Of the URL the origin alone is used. Nothing of the caller's is sent but, to servers and proxies that ask, the credentials given for
 * them; over https a bare HEAD of `/`, once the certificate is verified.
 * @throws InvalidRequestError for a URL or option that is none, ConfigError for a file that cannot be used, the signal's reason
 */
export async function diagnose(url: string | URL, options: DiagnoseOptions = {}, seams: DoctorSeams = {}): Promise<Diagnosis> {
  const startedAt = performance.now();
  const examination = new Examination(new Patient(targetOf(url), options, seams));
  try {
    await examination.run();
  } catch (error) {
    if (!(error instanceof CannotLook)) throw error;
    examination.giveUp(error.message);
  }
  return { ...examination.result(), elapsedMs: Math.round(performance.now() - startedAt) };
}

const names: readonly StageName[] = ["dns", "tcp", "proxy", "tls", "http"];

class Examination {
  readonly #patient: Patient;
  readonly #stages: Stage[] = [];
  #tls: TLSDiagnosis | undefined;
  #isComplete = true;

  constructor(patient: Patient) {
    this.#patient = patient;
  }

  async run(): Promise<void> {
    const decision = decideProxy(this.#patient);
    const isThere = decision.proxy === undefined ? await this.#directly(decision) : await this.#throughProxy(decision, decision.proxy.host);
    if (!isThere || !this.#hasTime()) return;
    if (this.#patient.isSecure) {
      const { stage, next } = await this.#run("tls", async () => {
        const report = await tlsStage(this.#patient, decision.proxy);
        this.#tls = report.diagnosis;
        return report;
      });
      this.#stages.push(stage);
      if (next === undefined) return this.#skipRest("nothing is sent where TLS is not in order");
      if (!this.#hasTime()) return;
    } else this.#stages.push(skipped("tls", "plain http"));
    this.#stages.push((await this.#run("http", () => httpStage(this.#patient, decision.proxy))).stage);
  }

  giveUp(why: string): void {
    this.#isComplete = false;
    this.#skipRest(why);
  }

  result(): Omit<Diagnosis, "elapsedMs"> {
    const failed = this.#stages.find(({ status }) => status === "problem");
    return {
      url: redactUrl(this.#patient.url.origin),
      isHealthy: failed === undefined && this.#isComplete,
      isComplete: this.#isComplete,
      answer: failed?.findings[0],
      failedStage: failed?.name,
      stages: this.#stages,
      tls: this.#tls,
    };
  }

  async #directly(decision: ProxyDecision): Promise<boolean> {
    const patient = this.#patient;
    const [wrong] = decision.findings.filter(({ severity }) => severity === "problem");
    if (wrong !== undefined) {
      for (const name of ["dns", "tcp"] as const) this.#stages.push(skipped(name, "whether there is a proxy is not known"));
      this.#stages.push((await this.#run("proxy", () => proxyStage(patient, decision))).stage);
      this.#skipRest("the proxy comes first");
      return false;
    }
    const dns = await this.#run("dns", () => resolveStage(patient));
    this.#stages.push(dns.stage);
    if (dns.next === undefined) return this.#stop("the name does not resolve");
    if (!this.#hasTime()) return false;
    const { port, place } = patient;
    const addresses = dns.next;
    const tcp = await this.#run("tcp", () => connectStage(patient, { addresses, port, place }));
    this.#stages.push(tcp.stage);
    if (tcp.next === undefined) return this.#stop("there is no connection");
    this.#stages.push({ ...skipped("proxy", decision.why), findings: decision.findings });
    return true;
  }

  async #throughProxy(decision: ProxyDecision, host: string): Promise<boolean> {
    this.#stages.push(skipped("dns", `${host} resolves the name`), skipped("tcp", `${host} connects`));
    const { stage, next } = await this.#run("proxy", () => proxyStage(this.#patient, decision));
    this.#stages.push(stage);
    return next === undefined ? this.#stop("the proxy does not lead there") : true;
  }

  #run<Next>(name: StageName, look: () => Promise<StageReport<Next>>): Promise<RunStage<Next>> {
    this.#patient.options.onStage?.(name);
    return runStage(name, look);
  }

  #hasTime(): boolean {
    if (this.#patient.leftMs > 0) return true;
    this.giveUp("no time was left");
    return false;
  }

  #stop(why: string): false {
    this.#skipRest(why);
    return false;
  }

  #skipRest(why: string): void {
    for (const name of names.slice(this.#stages.length)) this.#stages.push(skipped(name, why));
  }
}
