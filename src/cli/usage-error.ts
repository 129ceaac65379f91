import { ErrandError } from "../errors/index.ts";

/** The command line cannot be understood: exit code 64, and nothing was sent. */
export class UsageError extends ErrandError {
  constructor(message: string, { hint, cause }: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super({ code: "ERR_USAGE", message, hint, cause });
  }
}
