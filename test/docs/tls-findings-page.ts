import { chapters } from "../tls-lab/cases/index.ts";

const introduction = `# What is wrong with TLS

What \`errand doctor\`, and \`diagnoseTLS\` and \`diagnosePEM\` of \`errand/tls\`, can find. Ids are stable. Each row is a case of the lab in \`test/tls-lab\`, where a server with certificates issued for it fails in just this way: the finding named must come first, and its summary and remedy must hold the words quoted here, on Node 22, 24 and 26. Written by \`npm run docs\`.

No remedy ever is to switch verification off.
`;

/** The reference page of the findings, from the lab's table. */
export function tlsFindingsPage(): string {
  const sections = Object.entries(chapters).map(([title, cases]) => {
    const rows = cases.map(({ name, id, also = [], summary, remedy }) => {
      const others = also.length === 0 ? "" : `, with ${also.map((other) => `\`${other}\``).join(", ")}`;
      return `| ${cell(name)} | \`${id}\`${others} | ${quoted(summary)} | ${quoted(remedy)} |\n`;
    });
    return `## ${title}\n\n| case | finding | says | remedy |\n|---|---|---|---|\n${rows.join("")}`;
  });
  return `${introduction}\n${sections.join("\n")}`;
}

function quoted(words: readonly string[]): string {
  return words.map((text) => `"${cell(text.trim())}"`).join(" ... ");
}

function cell(text: string): string {
  return text.replaceAll(/[\\|*<>_]/g, (character) => `\\${character}`);
}
