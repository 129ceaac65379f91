// Draws docs/images/demo.svg from what `errand demo` prints: the second scenario, and the table at the end. Run: npm run demo:picture
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const columns = 132;
const lineHeight = 18;
const charWidth = 7.83;

// Progress goes to stderr, results to stdout: the picture shows both, as a terminal does.
const output = execFileSync("sh", ["-c", "node src/cli/main.ts demo 2>&1"], {
  cwd: root,
  encoding: "utf8",
  env: { ...process.env, FORCE_COLOR: "1" },
});
const lines = output.split("\n");
const plain = lines.map((line) => stripVTControlCharacters(line));
const from = plain.findIndex((line) => line.startsWith("Scenario 2"));
const to = plain.findIndex((line) => line.startsWith("Scenario 3"));
const table = plain.findIndex((line) => line.startsWith("SCENARIO"));
const started = plain.findIndex((line, index) => index > from && line.startsWith("$ errand deploy"));
const shown = ["$ npm run demo", "  ...", ...lines.slice(from, from + 4), ...lines.slice(started, to), "  ...", ...lines.slice(table)];
while (shown.at(-1) === "") shown.pop();

const colors = {
  1: "#ffffff",
  2: "#8b949e",
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#a5d6ff",
  90: "#8b949e",
};
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function spans(line) {
  let fill = "#c9d1d9";
  let weight = "";
  let room = columns;
  return line
    .split(/(\u001b\[[\d;]*m)/)
    .map((part) => {
      const code = /\[([\d;]*)m/.exec(part)?.[1];
      if (part.startsWith("\u001b")) {
        for (const number of (code || "0").split(";").map(Number)) {
          if (number === 0 || number === 39) fill = "#c9d1d9";
          if (number === 0 || number === 22) weight = "";
          if (number === 1) weight = ' font-weight="bold"';
          else if (colors[number] !== undefined) fill = colors[number];
        }
        return "";
      }
      const text = part.length > room ? `${part.slice(0, Math.max(0, room - 1))}…` : part;
      room = Math.max(0, room - part.length);
      return text === "" || text === "…" ? "" : `<tspan fill="${fill}"${weight}>${escape(text)}</tspan>`;
    })
    .join("");
}

const width = Math.ceil(columns * charWidth + 40);
const height = shown.length * lineHeight + 60;
const rows = shown
  .map((line, index) => `<text x="20" y="${52 + index * lineHeight}" xml:space="preserve">${spans(line)}</text>`)
  .join("\n");
mkdirSync(`${root}docs/images`, { recursive: true });
writeFileSync(
  `${root}docs/images/demo.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The guarded deployment of npm run demo">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="22" cy="20" r="6" fill="#ff5f56"/><circle cx="42" cy="20" r="6" fill="#ffbd2e"/><circle cx="62" cy="20" r="6" fill="#27c93f"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
${rows}
</g>
</svg>
`,
);
