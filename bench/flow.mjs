// One measurement in a process of its own: GETs of a list, plainly or as steps of a durable run. Prints what it took as JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../dist/index.js";
import { flow } from "../dist/flow/index.js";

const [mode, url, count] = process.argv.slice(2);
const concurrency = 64;
const session = new Session({ baseUrl: url });
const items = Array.from({ length: Number(count) }, (_each, id) => ({ id }));
const folder = mkdtempSync(join(tmpdir(), "errand-bench-flow-"));
let highest = 0;
const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 20);

const details = flow("details", (run) =>
  run.map("item", items, (branch) => branch.step("detail", async () => (await session.get("/json").json()).id), { concurrency }),
);

async function loop() {
  let next = 0;
  const lane = async () => {
    for (; next < items.length;) {
      next += 1;
      await session.get("/json").json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

const journal = join(folder, "runs.db");
const before = process.cpuUsage();
const startedAt = performance.now();
await (mode === "loop" ? loop() : details.start(undefined, { id: "bench", journal }));
const elapsedMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(before);
clearInterval(watch);
// What is alive; the resident size is mostly V8's young generation, which it sizes by the rate of garbage.
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
await session.close();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ elapsedMs, cpuMicros: user + system, highest: Math.max(highest, process.memoryUsage.rss()), heap }));
