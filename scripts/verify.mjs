// What CI runs, step by step, stopping at the first that fails: npm run verify [-- --only lint,typecheck]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const tool = (name) => `tools/node_modules/.bin/${name}`;

const steps = {
  setup: () => run("node", ["scripts/setup.mjs"]),
  tools: () =>
    existsSync(`${root}${tool("depcruise")}`) || run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], `${root}tools`),
  format: () => run("oxfmt", ["--check", "."]),
  lint: () => run("oxlint", ["--type-aware", "--deny-warnings"]),
  typecheck: () => run("tsc", ["--noEmit"]),
  boundaries: () => run(tool("depcruise"), ["--config", ".dependency-cruiser.cjs", "src"]),
  unused: () => run("knip", []),
  test: () => run("npm", ["test"]),
  build: () => run("node", ["scripts/build.mjs"]),
  publint: () => run(tool("publint"), ["--strict"]),
  types: () => run(tool("attw"), ["--pack", ".", "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", "./deploy.schema.json"]),
  packaging: () => run("vitest", ["run", "--project", "packaging"]),
};

const { values } = parseArgs({ options: { only: { type: "string" }, skip: { type: "string", default: "" } } });
const wanted = values.only?.split(",") ?? Object.keys(steps).filter((name) => !values.skip.split(",").includes(name));
for (const name of wanted) {
  const step = steps[name];
  if (step === undefined) throw new Error(`no step ${name}; there are ${Object.keys(steps).join(", ")}`);
  const startedAt = Date.now();
  console.log(`\n== ${name}`);
  step();
  console.log(`== ${name} done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function run(command, args, cwd = root) {
  const result = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
  });
  if (result.status !== 0) {
    console.error(`\n${command} ${args.join(" ")} failed (${result.status ?? result.signal ?? result.error})`);
    process.exit(1);
  }
  return true;
}
