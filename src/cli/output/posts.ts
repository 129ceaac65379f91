import type { PostsSummary } from "../flows/count-posts.ts";
import { renderTable } from "./table.ts";

/** A row for each user, and what it comes to. */
export function renderPosts({ users, totals }: PostsSummary): string {
  const rows = users.map(({ id, name, posts, error }) => [String(id), name, posts === undefined ? "-" : String(posts), error ?? ""]);
  const table = renderTable([{ title: "ID", align: "right" }, { title: "NAME" }, { title: "POSTS", align: "right" }, { title: "" }], rows);
  const failed = totals.failed === 0 ? "" : `; for ${totals.failed} of them the posts could not be read`;
  return `${table}\n\n${totals.users} users, ${totals.posts} posts${failed}`;
}
