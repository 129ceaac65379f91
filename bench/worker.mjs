// One client in a process of its own: told a scenario, a concurrency and a time, answers with requests, CPU and wall time.
import { clients } from "./clients.mjs";
import { scenarios } from "./scenarios.mjs";

const [name, addresses] = process.argv.slice(2);
const servers = JSON.parse(addresses);
const client = await clients[name]();
process.on("message", (order) => void measure(order));
process.on("disconnect", () => process.exit());
process.send({ ready: true });

async function measure({ scenario, concurrency, milliseconds, count = Number.POSITIVE_INFINITY }) {
  const { call } = scenarios[scenario];
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let requests = 0;
  const lane = async () => {
    while (requests < count && performance.now() - startedAt < milliseconds) {
      requests += 1;
      await call(client, servers);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedAt;
  globalThis.gc?.();
  process.send({ requests, cpuMicros: user + system, elapsedMs, rssBytes: process.memoryUsage.rss() });
}
