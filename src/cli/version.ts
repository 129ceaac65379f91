import { readFileSync } from "node:fs";

/** The version in errand's own package.json, found upwards: the sources lie two folders below it, the bundle one. */
export function packageVersion(): string {
  for (const up of ["../package.json", "../../package.json"]) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (isOurs(found)) return found.version;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new Error("errand's package.json is missing: install the package again");
}

function isOurs(value: unknown): value is { readonly version: string } {
  return typeof value === "object" && value !== null && "name" in value && value.name === "errand" && "version" in value && typeof value.version === "string";
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
