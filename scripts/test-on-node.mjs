// The unit tests on other versions of Node: npm run test:node -- 22 26 [-- vitest's options]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [versions, vitestOptions] = splitAt(process.argv.slice(2), "--");
if (versions.length === 0 || versions.some((version) => !/^\d+(\.\d+)*$/.test(version))) {
  console.error("usage: npm run test:node -- VERSION... [-- OPTION...], e.g. npm run test:node -- 22 26");
  process.exit(64);
}

for (const version of versions) {
  const bin = `${install(version)}/bin`;
  console.log(`\n== Node ${run(`${bin}/node`, ["--version"], { stdio: "pipe" }).trim()}`);
  const projects = ["unit", "process", "slow"].flatMap((name) => ["--project", name]);
  run(`${bin}/node`, ["node_modules/vitest/vitest.mjs", "run", ...projects, ...vitestOptions], {
    env: { ...process.env, PATH: `${bin}:${root}node_modules/.bin:${process.env.PATH}` },
  });
}

/** The package of this platform alone: it needs no install script. */
function install(version) {
  const folder = `${root}node_modules/.cache/node-${version}`;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  if (!existsSync(`${folder}/node_modules/${name}/bin`)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
    run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", `${name}@${version}`], { cwd: folder });
  }
  return `${folder}/node_modules/${name}`;
}

function run(command, args, options) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", encoding: "utf8", ...options });
  if (result.status === 0) return result.stdout;
  console.error(`${command} ${args.join(" ")} failed (${result.status ?? result.signal ?? result.error})`);
  process.exit(1);
}

function splitAt(list, separator) {
  const at = list.indexOf(separator);
  return at < 0 ? [list, []] : [list.slice(0, at), list.slice(at + 1)];
}
