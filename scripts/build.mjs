// dist/: the library file by file with its types (tsc), the command in one file (rolldown), the deploy file's JSON Schema.
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;

rmSync(dist, { recursive: true, force: true });
// The documentation belongs to the types; in the JavaScript it would only be weight.
compile("--emitDeclarationOnly");
compile("--declaration", "false", "--removeComments");

const bundle = await rolldown({
  input: `${root}src/cli/main.ts`,
  platform: "node",
  // Optional peers are loaded when used, and their absence is a clear error; dependencies are installed once, not twice.
  external: ["@peculiar/x509", /^undici/, "yaml", "commander", "tough-cookie"],
  onwarn: (warning) => {
    throw new Error(`rolldown: ${warning.message}`);
  },
});
await bundle.write({
  file: `${dist}/cli.js`,
  format: "esm",
  codeSplitting: false,
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } },
});
await bundle.close();
chmodSync(`${dist}/cli.js`, 0o755);

const { deploySchema } = await import(`${dist}/deploy/index.js`);
writeFileSync(`${dist}/deploy.schema.json`, `${JSON.stringify(deploySchema(), undefined, 2)}\n`);

function compile(...options) {
  const compiled = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", `${root}tsconfig.build.json`, ...options], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}
