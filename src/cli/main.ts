#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// What V8 made of the code is kept from one call to the next: a third of the time of a short command. In the user's own folder, for in a shared
// one (Node's default is the one for temporary files) somebody else could have put code there; where it cannot be written nothing is kept.
if (process.env["NODE_COMPILE_CACHE"] === undefined) {
  enableCompileCache(join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "errand", "compile"));
}
const [{ processIo }, { main }] = await Promise.all([import("./io.ts"), import("./program.ts")]);

// Set, not passed to process.exit(): what is still in the pipe of stdout must get out.
process.exitCode = await main(process.argv.slice(2), processIo());
