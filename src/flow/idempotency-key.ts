import { hash } from "node:crypto";

export interface KeyParts {
  readonly runId: string;
  readonly stepId: string;
  readonly method: string;
  readonly url: string;
  /** 1 for the first request of that method and URL in an attempt at the step. */
  readonly occurrence: number;
}

/** 43 characters, the same whenever the step is run again. JSON keeps the parts apart. */
export function idempotencyKey({ runId, stepId, method, url, occurrence }: KeyParts): string {
  return hash("sha256", JSON.stringify([runId, stepId, method, url, occurrence]), "base64url");
}
