// dist/: the library's types file by file (tsc), its code and the command in a few files (rolldown), the deploy file's JSON Schema.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;

rmSync(dist, { recursive: true, force: true });
compile("--emitDeclarationOnly");

// Optional peers are loaded when used, and their absence is a clear error; dependencies are installed once, not twice.
const external = ["@peculiar/x509", "yaml", "tough-cookie", "@opentelemetry/api"];

// Reading two hundred small files would cost more than running them: what entry points share goes into a few.
await bundle(entryPoints(), {
  dir: dist,
  chunkFileNames: "chunks/[name]-[hash].js",
  codeSplitting: true,
  // The documentation belongs to the types; in the JavaScript it would only be weight.
  comments: { jsdoc: false },
});
await bundle(
  { cli: "src/cli/main.ts" },
  {
    dir: dist,
    // A command loads its own part: what the others need is not even read. What every request needs is one file.
    chunkFileNames: "cli/[name]-[hash].js",
    codeSplitting: {
      groups: [{ name: "request", test: await modulesOf("src/cli/io.ts", "src/cli/program.ts", "src/cli/commands/request.ts") }],
    },
    minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
  },
);
chmodSync(`${dist}/cli.js`, 0o755);
for (const name of readdirSync(dist, { recursive: true })) if (name.endsWith(".js")) escapeLetters(`${dist}/${name}`);
// Its code is part of the command, and its licence wants to go along.
copyFileSync(`${root}node_modules/commander/LICENSE`, `${dist}/cli/commander.LICENSE`);

const { deploySchema } = await import(`${dist}/deploy/index.js`);
writeFileSync(`${dist}/deploy.schema.json`, `${JSON.stringify(deploySchema(), undefined, 2)}\n`);

/** `{ "services/slack/index": "src/services/slack/index.ts" }` for each subpath of package.json. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const paths = Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [entry.default]));
  return Object.fromEntries(
    paths.map((path) => [path.slice("./dist/".length, -".js".length), path.replace("./dist/", "src/").replace(/js$/, "ts")]),
  );
}

/** One letter outside of ASCII makes V8 hold, and read, a file with two bytes for each of its characters. They stand in literals only. */
function escapeLetters(path) {
  const code = readFileSync(path, "utf8");
  const escaped = code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (escaped !== code) writeFileSync(path, escaped);
}

/** Tells the modules that these import, but for what they load later. */
async function modulesOf(...files) {
  const scan = await rolldown({ cwd: root, input: files, platform: "node", external, onwarn: () => undefined });
  const { output } = await scan.generate({ format: "esm" });
  await scan.close();
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const wanted = new Set();
  const modules = new Set();
  const visit = (name) => {
    const chunk = chunks.get(name);
    if (chunk === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const id of Object.keys(chunk.modules)) modules.add(id);
    for (const imported of chunk.imports) visit(imported);
  };
  for (const chunk of output) if (chunk.isEntry) visit(chunk.fileName);
  return (id) => modules.has(id);
}

async function bundle(input, output) {
  const made = await rolldown({
    cwd: root,
    input,
    platform: "node",
    external,
    onwarn: (warning) => {
      throw new Error(`rolldown: ${warning.message}`);
    },
  });
  await made.write({ format: "esm", ...output });
  await made.close();
}

function compile(...options) {
  const compiled = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", `${root}tsconfig.build.json`, ...options], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}
