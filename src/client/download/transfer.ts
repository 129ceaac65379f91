import { basename } from "node:path";
import { decodeStream, downloadMeter, type ProgressMeter } from "../../body/index.ts";
import { RequestError, type RequestSummary } from "../../errors/index.ts";
import { decideRetry } from "../../retry/index.ts";
import type { RequestOptions } from "../options.ts";
import { parseContentRange } from "./content-range.ts";
import type { DownloadPlan, DownloadResponse, DownloadSource } from "./download-options.ts";
import { aborted, htmlPage, incomplete, noDownload, tooManyBytes } from "./failures.ts";
import { isStoredAsSent, isUnexpectedPage } from "./file-kind.ts";
import type { Part } from "./part.ts";
import type { PartRecord } from "./sidecar.ts";
import { fitsValidator, strongValidator } from "./validator.ts";

/** A resumption that brought so much begins a new count of attempts: a long file may break off more often than a short answer. */
const progressBytes = 1024 * 1024;

/** Fetches the bytes of one file, over as many answers as it takes. */
export class Transfer {
  readonly #source: DownloadSource;
  readonly #plan: DownloadPlan;
  readonly #request: RequestSummary;
  readonly #startedAt: number;
  readonly #meter: ProgressMeter | undefined;

  constructor(source: DownloadSource, plan: DownloadPlan, request: RequestSummary) {
    this.#source = source;
    this.#plan = plan;
    this.#request = request;
    this.#startedAt = source.now();
    this.#meter = plan.onProgress === undefined ? undefined : downloadMeter(plan.onProgress, source.now);
  }

  /** Asks for the file, from this byte on where a validator says what the bytes before it belong to. */
  async open(part?: Part): Promise<DownloadResponse> {
    const { headers } = this.#plan.request;
    const from =
      part?.record === undefined || part.sizeBytes === 0
        ? undefined
        : { range: `bytes=${part.sizeBytes}-`, "if-range": part.record.validator };
    const options: RequestOptions = {
      ...this.#plan.request,
      stream: true,
      headers: { ...headers, "accept-encoding": "identity", ...from },
    };
    const remainingMs = this.#remainingMs;
    return this.#source.open(remainingMs === undefined ? options : { ...options, deadline: Math.max(1, Math.ceil(remainingMs)) });
  }

  /** Fills the part; gives the answer that brought the last byte. @param first an answer that is there already, to a plain request */
  async run(part: Part, first: DownloadResponse | undefined): Promise<DownloadResponse> {
    let response = first;
    for (let attempt = 1; ; attempt += 1) {
      // What cannot be opened was retried as the call's rules say.
      const leg = await this.#accept(response ?? (await this.open(part)), part);
      response = undefined;
      const startBytes = part.sizeBytes;
      try {
        this.#meter?.start(startBytes, leg.totalBytes);
        await this.#receive(leg, part);
        return leg.response;
      } catch (error) {
        await leg.response.close();
        if (!(error instanceof RequestError)) throw error;
        if (part.record !== undefined && part.sizeBytes - startBytes >= progressBytes) attempt = 1;
        await this.#waitOrThrow(error, attempt);
      }
    }
  }

  /** The last report of progress. */
  reportEnd(): void {
    this.#meter?.finish();
  }

  get #remainingMs(): number | undefined {
    const { deadlineMs, now } = this.#source;
    return deadlineMs === undefined ? undefined : deadlineMs - (now() - this.#startedAt);
  }

  /** An answer whose body goes to the part's end; from the first byte where it does not go on from what is there. */
  async #accept(answer: DownloadResponse, part: Part): Promise<Leg> {
    let response = answer;
    try {
      if (part.sizeBytes > 0) {
        const leg = continuation(response, part);
        if (leg !== undefined) return leg;
        // Out of range, another range or another version: the file is asked for as a whole, and the part kept until that is there.
        if (response.status === 206 || response.status === 416) {
          await response.close();
          response = await this.open();
        }
      }
      await response.raiseForStatus();
      if (!isWhole(response)) throw noDownload(response.status, this.#request);
      this.#refusePage(response, part);
      await part.startOver(recordOf(response, part));
      const totalBytes = lengthOf(response, part);
      return { response, endBytes: totalBytes, totalBytes };
    } catch (error) {
      await response.close();
      throw error;
    }
  }

  #refusePage(response: DownloadResponse, { target }: Part): void {
    const contentType = response.header("content-type");
    if (!this.#plan.html && isUnexpectedPage(contentType, target)) throw htmlPage(String(contentType), basename(target), this.#request);
  }

  async #receive({ response, endBytes, totalBytes }: Leg, part: Part): Promise<void> {
    for await (const chunk of this.#chunks(response, part)) {
      if (endBytes !== undefined && part.sizeBytes + chunk.byteLength > endBytes) {
        // Which of them are the right ones, nobody knows.
        await part.startOver(undefined);
        throw tooManyBytes(endBytes, this.#request);
      }
      await part.write(chunk);
      this.#meter?.add(chunk.byteLength);
    }
    if (totalBytes !== undefined && part.sizeBytes < totalBytes) throw incomplete({ sizeBytes: part.sizeBytes, totalBytes }, this.#request);
  }

  #chunks(response: DownloadResponse, { target }: Part): AsyncIterable<Uint8Array> {
    const encoding = response.header("content-encoding");
    if (isStoredAsSent(encoding, target)) return response.body;
    return decodeStream(response.body, encoding, { maxBytes: undefined, request: this.#request });
  }

  async #waitOrThrow(error: RequestError, attempt: number): Promise<void> {
    const { retry, budget, random, sleep } = this.#source;
    const { signal } = this.#plan.request;
    const decision = decideRetry({
      policy: retry,
      attempt,
      method: this.#request.method,
      url: this.#request.url,
      outcome: { error },
      isKeyed: false,
      honoursIdempotencyKey: false,
      isUnprocessed: false,
      canReplayBody: true,
      remainingMs: this.#remainingMs,
      budget,
      nowMs: Date.now(),
      random,
    });
    if (decision.action === "stop") throw error;
    await sleep(decision.waitMs, signal);
    if (signal?.aborted === true) throw aborted(signal, this.#request);
  }
}

/** One answer on the way to the whole file. */
interface Leg {
  readonly response: DownloadResponse;
  /** Where its body ends in the file; undefined when nobody knows. */
  readonly endBytes: number | undefined;
  /** Of the file. */
  readonly totalBytes: number | undefined;
}

function isWhole({ status }: DownloadResponse): boolean {
  return status === 200 || status === 203;
}

/** A 206 that begins where the part ends, and is of the same version. */
function continuation(response: DownloadResponse, part: Part): Leg | undefined {
  const { record, sizeBytes } = part;
  if (response.status !== 206 || record === undefined) return undefined;
  const header = (name: string): string | undefined => response.header(name);
  const range = parseContentRange(header("content-range"));
  if (range === undefined || range.firstByte !== sizeBytes || range.totalBytes === undefined) return undefined;
  const endBytes = range.lastByte + 1;
  const bodyBytes = lengthOf(response, part);
  const isRight =
    range.totalBytes === (record.lengthBytes ?? range.totalBytes) &&
    endBytes - sizeBytes === (bodyBytes ?? endBytes - sizeBytes) &&
    isStoredAsSent(header("content-encoding"), part.target) &&
    fitsValidator(header, record.validator);
  return isRight ? { response, endBytes, totalBytes: range.totalBytes } : undefined;
}

function recordOf(response: DownloadResponse, part: Part): PartRecord | undefined {
  const header = (name: string): string | undefined => response.header(name);
  const validator = strongValidator(header);
  if (
    validator === undefined ||
    !isStoredAsSent(header("content-encoding"), part.target) ||
    header("accept-ranges")?.toLowerCase() === "none"
  )
    return undefined;
  const lengthBytes = lengthOf(response, part);
  return lengthBytes === undefined ? { validator } : { validator, lengthBytes };
}

/** Of the body as it is stored; undefined when nobody knows. */
function lengthOf(response: DownloadResponse, { target }: Part): number | undefined {
  const value = response.header("content-length");
  return value !== undefined && /^\d{1,15}$/.test(value) && isStoredAsSent(response.header("content-encoding"), target)
    ? Number(value)
    : undefined;
}
