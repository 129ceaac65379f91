#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { compileCacheFolder } from "./compile-cache.ts";

// A third of the time of a short command. Whoever says where (NODE_COMPILE_CACHE) has been heard by Node itself.
const folder = process.env["NODE_COMPILE_CACHE"] === undefined ? compileCacheFolder(process.env) : undefined;
if (folder !== undefined) enableCompileCache(folder);
const [{ processIo }, { main }] = await Promise.all([import("./io.ts"), import("./program.ts")]);

const io = processIo();
const exitCode = await main(process.argv.slice(2), io);
// Set, not passed to process.exit(): what is still in the pipe of stdout must get out.
process.exitCode = exitCode;
// Who interrupts a command does not wait for what a step of a user's flow has left running.
if (io.signal.aborted) process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
