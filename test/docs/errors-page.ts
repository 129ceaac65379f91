import { catalog } from "../../src/errors/index.ts";

/** The reference page of the error codes. */
export function errorsPage(): string {
  const entries = Object.entries(catalog).map(
    ([code, { title, meaning, remedy, exitCode }]) =>
      `## ${code}\n\n**${title}.** ${meaning}\n\n${remedy}\n\nExit code of the request command: ${exitCode}.\n`,
  );
  return `# Errors\n\nEvery error of errand has one of these codes; \`errand explain CODE\` prints the page offline. Written by \`npm run docs\` from \`src/errors/catalog.ts\`.\n\n${entries.join("\n")}`;
}
