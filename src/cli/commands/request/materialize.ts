import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import { Readable } from "node:stream";
import { encodeBody, type EncodedBody } from "../../../body/index.ts";
import type { RequestPlan } from "./plan.ts";

/** A plan whose body is made: what is shown of it is what is sent, down to a multipart boundary. */
export interface MadePlan {
  readonly plan: RequestPlan;
  /** Undefined without a body, and for a stream that can be read once only. */
  readonly bytes: Buffer | undefined;
  readonly contentType: string | undefined;
}

/** Makes the body before the request, for `--print B`, `--offline` and `--compress`. */
export async function materialize(plan: RequestPlan, isCompressed: boolean): Promise<MadePlan> {
  const { body, form, files, ...options } = plan.options;
  const typed = headerOf(plan, "content-type");
  const encoded = await encodeBody({ body, form: Array.isArray(form) ? form : undefined, files });
  const contentType = typeof typed === "string" ? typed : encoded?.contentType;
  // Without a boundary of its own a typed multipart type is the library's to refuse.
  const isRefused = typed !== undefined && encoded?.contentType?.startsWith("multipart/") === true;
  if (encoded === undefined || isRefused) return { plan, bytes: undefined, contentType };
  const headers = { ...options.headers, ...(typed === undefined && contentType !== undefined ? { "content-type": contentType } : {}) };
  if (!encoded.isReplayable) {
    if (!isCompressed) return { plan, bytes: undefined, contentType };
    const packed = {
      ...options,
      headers: { ...headers, "content-encoding": "gzip" },
      body: Readable.from(encoded.open()).pipe(createGzip()),
    };
    return { plan: { ...plan, options: packed }, bytes: undefined, contentType };
  }
  const plain = await bytesOf(encoded);
  const packed = isCompressed ? await promisify(gzip)(plain) : plain;
  const isSmaller = packed.length < plain.length;
  const made = {
    ...options,
    headers: { ...headers, ...(isSmaller ? { "content-encoding": "gzip" } : {}) },
    body: isSmaller ? packed : plain,
  };
  return { plan: { ...plan, options: made }, bytes: made.body, contentType: isSmaller ? "application/gzip" : contentType };
}

async function bytesOf(encoded: EncodedBody): Promise<Buffer> {
  if (encoded.bytes !== undefined) return encoded.bytes;
  const chunks: Uint8Array[] = [];
  for await (const chunk of encoded.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function headerOf({ options }: RequestPlan, name: string): unknown {
  return Object.entries(options.headers ?? {}).find(([known]) => known.toLowerCase() === name)?.[1];
}
