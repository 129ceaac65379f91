export type { BodyOptions, BodySource, FileAtPath, FileLabel, Files, FileSource, FormFields, FormValue } from "./body-options.ts";
export type { DecodeLimits } from "./content-coding.ts";
export { dispositionFilename } from "./content-disposition.ts";
export { decodeBytes } from "./decode-bytes.ts";
export { decodeStream } from "./decode-stream.ts";
export { decodeText } from "./decode-text.ts";
export { encodeBody } from "./encode-body.ts";
export type { EncodedBody } from "./encoded-body.ts";
export type { EventStreamPosition, ServerSentEvent } from "./event-stream-parser.ts";
export { guessType } from "./guess-type.ts";
export { lines, type LineOptions } from "./lines.ts";
export { parseLinkHeader, type Link } from "./link-header.ts";
export { mediaType, type MediaType } from "./media-type.ts";
export { ndjson, type NdjsonOptions } from "./ndjson.ts";
export { parseJson, type JsonContext } from "./parse-json.ts";
export { parseProblem, type Problem } from "./problem.ts";
export {
  downloadMeter,
  withDownloadProgress,
  withUploadProgress,
  type DownloadProgress,
  type DownloadSize,
  type Progress,
  type ProgressListener,
  type ProgressMeter,
  type UploadProgress,
} from "./progress.ts";
export { sseEvents, type EventStreamOptions } from "./sse-events.ts";
