import type { DryRunOptions } from "./options.ts";

/** The URL with what makes a dry run, in place of what it has of the same name. */
export function rehearsalUrl(given: URL, params: DryRunOptions["params"] = {}): URL {
  const url = new URL(given);
  for (const [name, value] of Object.entries(params)) {
    if (url.searchParams.getAll(name).join() === String(value)) continue;
    if (url.searchParams.has(name)) url.searchParams.delete(name);
    // Not by searchParams, which would write the others anew.
    url.search += `${url.search === "" ? "?" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
  }
  return url;
}
