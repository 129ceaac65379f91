import { isObject } from "./read-refusal.ts";
import type { ApiAnswer } from "./web-api.ts";

const PAGE_SIZE = 200;

/** True for a channel's id (C..., G..., D...: upper-case letters and digits), false for its name. */
export function isChannelId(channel: string): boolean {
  return /^[CGD][A-Z0-9]{6,}$/.test(channel);
}

/** Finds a channel by its name among those that the app is in, kind by kind as its scopes allow: users.conversations. */
export async function findChannelId(
  name: string,
  scopes: readonly string[] | undefined,
  getPage: (params: Readonly<Record<string, string | number | boolean | undefined>>) => Promise<ApiAnswer>,
): Promise<string | undefined> {
  const wanted = name.replace(/^#/, "");
  const types = [
    ...(scopes?.includes("channels:read") === true ? ["public_channel"] : []),
    ...(scopes?.includes("groups:read") === true ? ["private_channel"] : []),
  ];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    // Without any of the scopes Slack itself says which one is missing.
    const page = await getPage({ types: types.join(",") || "public_channel", exclude_archived: true, limit: PAGE_SIZE, cursor });
    const { channels, response_metadata: metadata } = page;
    const found = Array.isArray(channels) ? channels.find((channel) => isObject(channel) && channel["name"] === wanted) : undefined;
    if (isObject(found)) return typeof found["id"] === "string" ? found["id"] : undefined;
    const next = isObject(metadata) ? metadata["next_cursor"] : undefined;
    cursor = typeof next === "string" && next !== "" && !seen.has(next) ? next : undefined;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return undefined;
}
