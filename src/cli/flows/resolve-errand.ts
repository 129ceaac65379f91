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
        return ownCopy(() => next(specifier, { ...context, parentURL: import.meta.url }), error);
      }
    },
    load(url, context, next) {
      watch.last = url;
      return next(url, context);
    },
  });
  return watch;
}

/** A package may import itself by its name (https://nodejs.org/api/packages.html#self-referencing-a-package-using-its-name). */
function ownCopy<T>(resolve: () => T, notInstalled: Error): T {
  try {
    return resolve();
  } catch (error) {
    // Sources that were not built: what the user's module asks for is missing, not what this file does.
    throw isNotInstalled(error) ? notInstalled : error;
  }
}

function isNotInstalled(error: unknown): error is Error {
  return error instanceof Error && "code" in error && (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND");
}
