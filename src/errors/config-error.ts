import { ErrandError, type ErrandErrorInit } from "./errand-error.ts";

export interface ConfigErrorInit extends ErrandErrorInit {
  /** Where the bad value stands: a path, or a name such as `$KUBECONFIG`. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

/** A file, a setting or a secret reference that cannot be used. Thrown before any I/O to a server. */
export class ConfigError extends ErrandError {
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(init: ConfigErrorInit) {
    super(init);
    this.file = init.file;
    this.line = init.line;
    this.column = init.column;
  }
}
