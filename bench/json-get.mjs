// One JSON GET, side by side: each client in turn, interleaved over rounds, so that drift hits all alike.
// Usage: node bench/json-get.mjs [--seconds 1.5] [--rounds 5] [--only errand,undici.request]
import { fork } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "1.5" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const names = ["errand", "undici.dispatch", "undici.request", "fetch", "got", "axios", "ky"].filter(
  (name) => values.only === undefined || values.only.split(",").includes(name),
);
const concurrencies = [1, 50];

const server = fork(new URL("server.mjs", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
const { url } = await message(server);
const workers = new Map();
for (const name of names) {
  const worker = fork(new URL("worker.mjs", import.meta.url), [name, url], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await message(worker);
  workers.set(name, worker);
}

const results = new Map();
for (let round = 0; round <= Number(values.rounds); round += 1) {
  for (const concurrency of concurrencies) {
    for (const [name, worker] of workers) {
      worker.send({ concurrency, milliseconds: Number(values.seconds) * 1000 });
      const { requests, cpuMicros, elapsedMs } = await message(worker);
      // The first round warms up.
      if (round > 0)
        (results.get(`${name}@${concurrency}`) ?? results.set(`${name}@${concurrency}`, []).get(`${name}@${concurrency}`)).push({
          cpu: cpuMicros / requests,
          rate: requests / (elapsedMs / 1000),
        });
    }
  }
}
for (const worker of workers.values()) worker.kill();
server.kill();

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = concurrencies.flatMap((concurrency) => {
  const base = results.get(`undici.request@${concurrency}`);
  return names.map((name) => {
    const list = results.get(`${name}@${concurrency}`);
    const cpu = median(list.map((r) => r.cpu));
    const rate = median(list.map((r) => r.rate));
    return {
      concurrency,
      client: name,
      "CPU µs/request": cpu.toFixed(1),
      "requests/s": Math.round(rate),
      "CPU vs undici.request": base === undefined ? "" : (cpu / median(base.map((r) => r.cpu))).toFixed(2),
    };
  });
});
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);

function message(child) {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`a bench process ended with ${code}`)));
  });
}
