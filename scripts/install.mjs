import { spawnSync } from "node:child_process";

/**
 * Installs what a folder's package-lock.json says and leaves that file alone.
 *
 * Not `npm ci`: it refuses a lockfile in which a registry had no build of some optional package for another platform.
 */
export function install(folder) {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const result = spawnSync("npm", args, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
