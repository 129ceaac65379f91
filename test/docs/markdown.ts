import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** README.md and every page of docs/, by path from the root. */
export function pages(): readonly string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", ...docs.filter((file) => file.endsWith(".md")).map((file) => `docs/${file.replaceAll("\\", "/")}`)];
}

/** A page without its code blocks: what is a heading or a link there is code. */
export function proseOf(page: string): string {
  return readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
}

/** The targets of a page's links to other files and headings, as they stand there. */
export function localLinks(page: string): readonly string[] {
  const withoutCode = proseOf(page).replaceAll(/`[^`\n]*`/g, "code");
  return [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** Where a link of a page leads, from the root. */
export function targetOf(page: string, link: string): string {
  const [path = ""] = link.split("#");
  return path === "" ? page : relative(root, resolve(root, dirname(page), path)).replaceAll("\\", "/");
}

/** What is wrong with a link: undefined when file and heading are there. */
export function brokenLink(page: string, link: string): string | undefined {
  const target = targetOf(page, link);
  if (!existsSync(join(root, target))) return `${page}: ${link}: there is no ${target}`;
  const [, heading] = link.split("#");
  if (heading === undefined || statSync(join(root, target)).isDirectory()) return undefined;
  return anchorsOf(target).has(heading) ? undefined : `${page}: ${link}: ${target} has no such heading`;
}

/** The anchors GitHub gives to headings: lower case, without punctuation, hyphens for blanks. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
