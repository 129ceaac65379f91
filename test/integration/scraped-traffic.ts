import { startPrometheus, type PrometheusStandIn } from "../../src/playground/index.ts";

/** Requests a second. */
export interface Traffic {
  readonly good: number;
  readonly bad: number;
}

/** Scraped by Prometheus itself: counters of a web service that only ever grow, however its traffic changes. */
export class ScrapedTraffic {
  readonly #standIn: PrometheusStandIn;
  readonly #counts = { good: 1000, bad: 1000 };
  #traffic: Traffic = { good: 0, bad: 0 };
  #countedAtSeconds = Date.now() / 1000;

  private constructor(standIn: PrometheusStandIn) {
    this.#standIn = standIn;
    standIn.set('http_requests_total{code="200"}', () => this.#count().good);
    standIn.set('http_requests_total{code="500"}', () => this.#count().bad);
  }

  static async start(): Promise<ScrapedTraffic> {
    return new ScrapedTraffic(await startPrometheus());
  }

  get url(): string {
    return this.#standIn.url;
  }

  set(traffic: Traffic): void {
    this.#count();
    this.#traffic = traffic;
  }

  close(): Promise<void> {
    return this.#standIn.close();
  }

  #count(): Traffic {
    const now = Date.now() / 1000;
    const elapsed = now - this.#countedAtSeconds;
    this.#countedAtSeconds = now;
    this.#counts.good += this.#traffic.good * elapsed;
    this.#counts.bad += this.#traffic.bad * elapsed;
    return { good: Math.floor(this.#counts.good), bad: Math.floor(this.#counts.bad) };
  }
}
