export { download } from "./download.ts";
export type { DownloadOptions, DownloadResult } from "./download-options.ts";
export { downloadSource } from "./download-source.ts";
