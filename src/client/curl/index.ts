export type { CurlConnection } from "./curl-connection.ts";
export { curlLine } from "./curl-line.ts";
