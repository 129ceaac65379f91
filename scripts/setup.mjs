// Installs the locked dependencies when they are missing or older than the lockfile. Runs on any Node that runs npm.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const installed = `${root}node_modules/.package-lock.json`;

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(`${root}package-lock.json`).mtimeMs) install(root);
