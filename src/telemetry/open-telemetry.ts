import { createRequire } from "node:module";
import type * as OpenTelemetry from "@opentelemetry/api";
import { ConfigError } from "../errors/index.ts";

const load = createRequire(import.meta.url);
let api: typeof OpenTelemetry | undefined;

/** Loaded with the first request that is traced. Its copies share one global, so that it finds the application's SDK. */
export function openTelemetry(): typeof OpenTelemetry {
  // package.json says which versions this may be.
  api ??= load("@opentelemetry/api") as typeof OpenTelemetry;
  return api;
}

/** @throws ConfigError ERR_PEER_MISSING when a session is made and the package is not installed: not with its first request */
export function checkOpenTelemetry(): void {
  try {
    load.resolve("@opentelemetry/api");
  } catch (cause) {
    throw new ConfigError({
      code: "ERR_PEER_MISSING",
      message: "tracing needs the package @opentelemetry/api, which is not installed",
      hint: "npm install @opentelemetry/api@1",
      cause,
    });
  }
}
