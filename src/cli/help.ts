import type { CommandEntry } from "./command-table.ts";

/** `errand --help`: one screen. Options stand in each command's own help. */
export function helpText(commands: ReadonlyMap<string, CommandEntry>): string {
  const groups = new Set([...commands.values()].map((entry) => entry.group));
  const sections = [...groups].map((group) => {
    const members = [...commands].filter(([, entry]) => entry.group === group);
    return [`${group}:`, ...members.map(([name, entry]) => `  ${name.padEnd(12)}${entry.summary}`)].join("\n");
  });
  return `Usage: errand [METHOD] URL [ITEM...]
       errand COMMAND ...

${sections.join("\n\n")}

Items: Header:value  query==value  field=value  field:=json  field@file  @body
URLs:  example.com (https)  localhost:8080, :8080/path, 10.0.0.7 (http)

errand get --help lists the options of requests, errand COMMAND --help those of a command.
`;
}
