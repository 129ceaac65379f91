import type { BodyOptions, BodySource, Files } from "./body-options.ts";
import { encodeForm, formPairs, type FormPair } from "./encode-form.ts";
import { encodeJson } from "./encode-json.ts";
import { BytesBody, StreamedBody, type EncodedBody } from "./encoded-body.ts";
import { fileParts, type FilePart } from "./file-part.ts";
import { invalidBody } from "./invalid-body.ts";
import { encodeMultipart } from "./multipart.ts";
import { toPayload, type Payload } from "./payload.ts";

/**
 * The body that the options describe, or `undefined` for none. A promise only when files must be looked at on disk.
 *
 * @throws InvalidRequestError (ERR_INVALID_BODY) for two kinds of body, a value JSON cannot hold, a file that cannot be read.
 */
export function encodeBody(options: BodyOptions): EncodedBody | undefined | Promise<EncodedBody | undefined> {
  const { body, json, form, files } = options;
  if (json !== undefined) {
    refuseSecond("json", { body, form, files });
    return encodeJson(json);
  }
  if (body !== undefined) {
    refuseSecond("body", { form, files });
    return encodeSource(body);
  }
  if (files !== undefined) return encodeFiles(files, form);
  return form === undefined ? undefined : encodeForm(form);
}

function refuseSecond(first: string, others: Omit<BodyOptions, "json">): void {
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined)
      throw invalidBody(`${first} and ${name} cannot be given together`, "Give one of body, json or form; files may go with form.");
  }
}

function encodeSource(source: BodySource): EncodedBody | Promise<EncodedBody> {
  const payload = toPayload(source, "body");
  return payload instanceof Promise ? payload.then(payloadBody) : payloadBody(payload);
}

function payloadBody(payload: Payload): EncodedBody {
  const { bytes, type, length, isReplayable, open } = payload;
  if (bytes !== undefined) return new BytesBody(bytes, type);
  return new StreamedBody({ contentType: type, contentLength: length, isReplayable, start: open });
}

function encodeFiles(files: Files, form: BodyOptions["form"]): EncodedBody | undefined | Promise<EncodedBody> {
  const fields = form === undefined ? [] : formPairs(form);
  const parts = fileParts(files);
  // An empty map is what "no attachments this time" looks like.
  if (parts.length === 0) return form === undefined ? undefined : encodeForm(form);
  if (parts.some((part) => part instanceof Promise)) return encodeLater(fields, parts);
  return encodeMultipart(fields, parts.filter(isReady));
}

async function encodeLater(fields: readonly FormPair[], parts: readonly (FilePart | Promise<FilePart>)[]): Promise<EncodedBody> {
  return encodeMultipart(fields, await Promise.all(parts.map(async (part) => await part)));
}

function isReady(part: FilePart | Promise<FilePart>): part is FilePart {
  return !(part instanceof Promise);
}
