import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Where what V8 made of the code is kept from one call to the next; undefined where no place is the user's alone.
 *
 * Code is read from there: not from a folder for temporary files (Node's default), where somebody else could have put it, and not from the home
 * of another user, whose it stays under some kinds of sudo.
 */
export function compileCacheFolder(env: NodeJS.ProcessEnv, user = process.getuid?.()): string | undefined {
  try {
    const given = env["XDG_CACHE_HOME"];
    // An empty or relative path there is to be ignored (XDG Base Directory Specification).
    const root = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
    const owner = statSync(root, { throwIfNoEntry: false }) ?? statSync(dirname(root));
    return user === undefined || owner.uid === user ? join(root, "errand", "compile") : undefined;
  } catch {
    // A user without a home: nothing is kept.
    return undefined;
  }
}
