#!/usr/bin/env node
// The whole module, for an old Node lacks the function, and could not even say so.
import nodeModule from "node:module";
import { compileCacheFolder } from "./compile-cache.ts";
import { tooOldNode } from "./node-version.ts";

const problem = tooOldNode(process.versions.node);
if (problem === undefined) await runCommand();
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

async function runCommand(): Promise<void> {
  // A third of the time of a short command. Whoever says where (NODE_COMPILE_CACHE) has been heard by Node itself.
  const folder = process.env["NODE_COMPILE_CACHE"] === undefined ? compileCacheFolder(process.env) : undefined;
  if (folder !== undefined) nodeModule.enableCompileCache(folder);
  const [{ processIo }, { main }] = await Promise.all([import("./io.ts"), import("./program.ts")]);
  const io = processIo();
  const exitCode = await main(process.argv.slice(2), io);
  // Set, not passed to process.exit(): what is still in the pipe of stdout must get out.
  process.exitCode = exitCode;
  // Who interrupts a command does not wait for what a step of a user's flow has left running.
  if (io.signal.aborted) process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
}
