import { fileURLToPath } from "node:url";

/** Where in the user's own files an error was made, `file:line:column`; undefined when its stack has none of them. */
export function sourcePlace(error: Error): string | undefined {
  const own = new URL("..", import.meta.url).href;
  for (const [, url, position] of (error.stack ?? "").matchAll(/(file:\/\/\S+?)(:\d+:\d+)\)?$/gm)) {
    if (url === undefined || url.startsWith(own) || url.includes("/node_modules/")) continue;
    return fileURLToPath(url) + position;
  }
  return undefined;
}
