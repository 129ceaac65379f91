#!/usr/bin/env node
import { processIo } from "./io.ts";
import { main } from "./program.ts";

// Set, not passed to process.exit(): what is still in the pipe of stdout must get out.
process.exitCode = await main(process.argv.slice(2), processIo());
