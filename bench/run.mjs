// Clients side by side: each in turn, interleaved over rounds, so that drift hits all alike. The ratio is the median of the rounds' ratios.
// Usage: npm run bench -- [--only json-get,memory] [--clients errand,undici.request] [--seconds 1] [--rounds 5] [--scale 1] [--json FILE]
import { fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
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
    // Of the counts and sizes of memory and transfer: 0.01 is enough to see that they run.
    scale: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
const names = pick(Object.keys(clients), values.clients);
const whole = { memory, import: imports, start, transfer, flow };
const parts = pick([...Object.keys(scenarios), ...Object.keys(whole)], values.only);
const milliseconds = Number(values.seconds) * 1000;
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const baseline = "undici.request";

const server = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
const addresses = await message(server);
const results = {};
for (const part of parts) {
  console.log(`\n${part}`);
  results[part] = part in whole ? await whole[part]() : await speed(part);
  console.table(results[part]);
}
server.disconnect();
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);

async function speed(scenario) {
  const workers = new Map();
  const able = names.filter((name) => scenarios[scenario].clients?.includes(name) ?? true);
  for (const name of able) workers.set(name, await startWorker(name));
  const rows = [];
  for (const concurrency of scenarios[scenario].concurrencies) {
    const samples = new Map(able.map((name) => [name, []]));
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, worker] of workers) {
        const { requests, cpuMicros, elapsedMs } = await order(worker, { scenario, concurrency, milliseconds });
        if (round > 0) samples.get(name).push({ cpu: cpuMicros / requests, rate: (requests * 1000) / elapsedMs });
      }
    }
    for (const name of able) {
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
  for (const [name, concurrency] of names
    .filter((each) => each !== "control")
    .flatMap((each) => [
      [each, 1],
      [each, 50],
    ])) {
    const worker = await startWorker(name, ["--expose-gc"]);
    const common = { scenario: "json-get", concurrency, milliseconds: 600_000 };
    const early = await order(worker, { ...common, count: 10_000 * scale });
    const late = await order(worker, { ...common, count: 90_000 * scale });
    worker.disconnect();
    const megabytes = ({ rssBytes }) => (rssBytes / 1e6).toFixed(1);
    rows.push({
      concurrency,
      client: name,
      "RSS MB after 10,000": megabytes(early),
      "after 100,000": megabytes(late),
      ratio: (late.rssBytes / early.rssBytes).toFixed(2),
    });
  }
  return rows;
}

/** What it costs to load the library, beside an empty program. */
async function imports() {
  const program = (code) => [process.execPath, "--input-type=module", "-e", code];
  const rows = await sideBySide({
    nothing: program(""),
    errand: program('await import("../dist/index.js")'),
    undici: program('await import("undici")'),
    got: program('await import("got")'),
    axios: program('await import("axios")'),
  });
  const empty = rows[0]["wall ms"];
  return rows.map((row) => ({ ...row, "above an empty program": (row["wall ms"] - empty).toFixed(1) }));
}

/** A whole command: one small GET. */
function start() {
  return sideBySide({
    "node, nothing": [process.execPath, "-e", "0"],
    "node, fetch": [process.execPath, "-e", `fetch("${addresses.plain}/json").then((r) => r.text()).then(console.log)`],
    "errand get": [process.execPath, "../dist/cli.js", "get", `${addresses.plain}/json`],
    curl: ["curl", "--silent", `${addresses.plain}/json`],
    HTTPie: ["http", "--ignore-stdin", "--body", "GET", `${addresses.plain}/json`],
  });
}

/** 200 MB down into a file, and up from it, as whole commands; the library without a file beside them. */
async function transfer() {
  const bytes = 200_000_000 * scale;
  const directory = mkdtempSync(join(tmpdir(), "errand-bench-transfer-"));
  const file = join(directory, "large");
  const { large } = addresses;
  const library = (code) => [process.execPath, "--input-type=module", "-e", `import errand from "../dist/index.js"; ${code}`];
  try {
    writeFileSync(file, Buffer.alloc(bytes, "errand"));
    const rows = await sideBySide({
      "down: errand get -o": [process.execPath, "../dist/cli.js", "-o", join(directory, "errand"), `${large}/${bytes}`],
      "down: errand, stream": library(
        `for await (const chunk of (await errand.get("${large}/${bytes}", { stream: true })).body) void chunk;`,
      ),
      "down: curl": ["curl", "--silent", "--output", join(directory, "curl"), `${large}/${bytes}`],
      "up: errand": library(`await errand.put("${large}/", { body: { path: ${JSON.stringify(file)} } });`),
      "up: curl": ["curl", "--silent", "--upload-file", file, `${large}/`],
    });
    return rows.map((row) => ({ ...row, "MB/s": Math.round(bytes / 1000 / row["wall ms"]) }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** GETs of a list as steps of a durable run, beside a plain loop; in the largest list memory shows whether it grows. */
async function flow() {
  const rows = [];
  for (const count of [1000, 10_000, 40_000]) {
    const samples = { loop: [], run: [] };
    // In turn, and each in a process of its own.
    for (let round = 0; round < rounds; round += 1) {
      for (const mode of Object.keys(samples)) samples[mode].push(await flowSample(mode, Math.ceil(count * scale)));
    }
    for (const [mode, own] of Object.entries(samples)) {
      const elapsedMs = median(own.map((sample) => sample.elapsedMs));
      rows.push({
        items: Math.ceil(count * scale),
        how: mode === "loop" ? "plain loop" : "run.map, a step each",
        "steps/s": Math.round((Math.ceil(count * scale) * 1000) / elapsedMs),
        "CPU µs/step": (median(own.map(({ cpuMicros }) => cpuMicros)) / Math.ceil(count * scale)).toFixed(0),
        "highest RSS MB": (median(own.map(({ highest }) => highest)) / 1e6).toFixed(0),
        "heap after MB": (median(own.map(({ heap }) => heap)) / 1e6).toFixed(0),
      });
    }
  }
  return rows;
}

function flowSample(mode, count) {
  return new Promise((resolve, reject) => {
    const program = fileURLToPath(new URL("flow.mjs", import.meta.url));
    const child = spawn(process.execPath, ["--expose-gc", program, mode, addresses.plain, String(count)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += chunk));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(JSON.parse(printed)) : reject(new Error(`flow.mjs ended with ${code}`))));
  });
}

/** Whole commands in turn; those that are not installed are left out. */
async function sideBySide(commands) {
  const able = Object.entries(commands).filter(([, [program]]) => isInstalled(program));
  const samples = new Map(able.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, command] of able) {
      const elapsedMs = await run(command);
      if (round > 0 || rounds === 0) samples.get(name).push(elapsedMs);
    }
  }
  return [...samples].map(([name, wall]) => ({ command: name, "wall ms": Number(median(wall).toFixed(1)) }));
}

function run([program, ...options]) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(program, options, { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve(performance.now() - startedAt);
      else reject(new Error(`${program} ${options.join(" ")} ended with ${code}`));
    });
  });
}

function isInstalled(program) {
  return isAbsolute(program) || (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
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
