import { registerHooks } from "node:module";

/** What has been loaded since the hooks were set. */
export interface ModuleWatch {
  /** The URL of the last module that was read: one that cannot be parsed is that one. */
  readonly last: string | undefined;
}

/**
 * Lets a module import `errand` and `errand/...` where its project has none installed (`npx errand run`, a global install): they are then this
 * command's own. Where it has one, that is taken.
 */
export function resolveErrand(): ModuleWatch {
  const watch: { last: string | undefined } = { last: undefined };
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "errand" && !specifier.startsWith("errand/")) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch (error) {
        if (!isNotInstalled(error)) throw error;
        // A package may import itself by its name (https://nodejs.org/api/packages.html#self-referencing-a-package-using-its-name).
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
    load(url, context, next) {
      watch.last = url;
      return next(url, context);
    },
  });
  return watch;
}

function isNotInstalled(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND");
}
