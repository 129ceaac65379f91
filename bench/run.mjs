// Clients side by side: each in turn, interleaved over rounds, so that drift hits all alike. The ratio is the median of the rounds' ratios.
// Usage: npm run bench -- [--only json-get,memory] [--clients errand,undici.request] [--seconds 1] [--rounds 5] [--json FILE]
import { fork, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { clients } from "./clients.mjs";
import { scenarios } from "./scenarios.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    clients: { type: "string" },
    seconds: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    json: { type: "string" },
  },
});
const names = pick(Object.keys(clients), values.clients);
const parts = pick([...Object.keys(scenarios), "memory", "import"], values.only);
const milliseconds = Number(values.seconds) * 1000;
const rounds = Number(values.rounds);
const baseline = "undici.request";

const server = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
const addresses = await message(server);
const results = {};
for (const part of parts) {
  console.log(`\n${part}`);
  if (part === "memory") results[part] = await memory();
  else if (part === "import") results[part] = imports();
  else results[part] = await speed(part);
  console.table(results[part]);
}
server.disconnect();
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);

async function speed(scenario) {
  const workers = new Map();
  for (const name of names) workers.set(name, await startWorker(name));
  const rows = [];
  for (const concurrency of scenarios[scenario].concurrencies) {
    const samples = new Map(names.map((name) => [name, []]));
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, worker] of workers) {
        const { requests, cpuMicros, elapsedMs } = await order(worker, { scenario, concurrency, milliseconds });
        if (round > 0) samples.get(name).push({ cpu: cpuMicros / requests, rate: (requests * 1000) / elapsedMs });
      }
    }
    for (const name of names) {
      const own = samples.get(name);
      const ratios = own.map(({ cpu }, round) => cpu / (samples.get(baseline)?.[round]?.cpu ?? Number.NaN));
      rows.push({
        concurrency,
        client: name,
        "CPU µs/request": median(own.map(({ cpu }) => cpu)).toFixed(1),
        "requests/s": Math.round(median(own.map(({ rate }) => rate))),
        [`CPU vs ${baseline}`]: median(ratios).toFixed(2),
      });
    }
  }
  for (const worker of workers.values()) worker.disconnect();
  return rows;
}

/** Memory after 10,000 and after 100,000 requests, garbage collected both times. */
async function memory() {
  const rows = [];
  for (const name of names) {
    const worker = await startWorker(name, ["--expose-gc"]);
    const common = { scenario: "json-get", concurrency: 50, milliseconds: 600_000 };
    const early = await order(worker, { ...common, count: 10_000 });
    const late = await order(worker, { ...common, count: 90_000 });
    worker.disconnect();
    const megabytes = ({ rssBytes }) => (rssBytes / 1e6).toFixed(1);
    rows.push({
      client: name,
      "RSS MB after 10,000": megabytes(early),
      "after 100,000": megabytes(late),
      ratio: (late.rssBytes / early.rssBytes).toFixed(2),
    });
  }
  return rows;
}

/** What it costs to load the library, beside an empty program. */
function imports() {
  const programs = {
    nothing: "",
    errand: 'await import("../dist/index.js")',
    undici: 'await import("undici")',
    got: 'await import("got")',
    axios: 'await import("axios")',
  };
  const samples = new Map(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round <= rounds * 2; round += 1) {
    for (const [name, program] of Object.entries(programs)) {
      const startedAt = performance.now();
      spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        cwd: fileURLToPath(new URL(".", import.meta.url)),
        stdio: "inherit",
      });
      if (round > 0) samples.get(name).push(performance.now() - startedAt);
    }
  }
  const empty = median(samples.get("nothing"));
  return [...samples].map(([name, wall]) => ({
    import: name,
    "wall ms": median(wall).toFixed(1),
    "above an empty program": (median(wall) - empty).toFixed(1),
  }));
}

async function startWorker(name, execArgv = []) {
  const worker = fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), [name, JSON.stringify(addresses)], {
    execArgv,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: addresses.ca },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await message(worker);
  return worker;
}

function order(worker, what) {
  worker.send(what);
  return message(worker);
}

function message(child) {
  return new Promise((resolve, reject) => {
    const onExit = (code) => reject(new Error(`a bench process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (value) => {
      child.off("exit", onExit);
      resolve(value);
    });
  });
}

function pick(known, wanted) {
  if (wanted === undefined) return known;
  const list = wanted.split(",");
  const unknown = list.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${known.join(", ")}`);
  return list;
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
