// One client in a process of its own: told a concurrency and a time, answers with requests, CPU and wall time.
const [name, url] = process.argv.slice(2);

const clients = {
  errand: async () => {
    const { Session } = await import("../dist/index.js");
    const session = new Session();
    return () => session.get(url).json();
  },
  "undici.dispatch": async () => {
    const { Agent } = await import("undici");
    const agent = new Agent();
    const { origin, pathname } = new URL(url);
    return () =>
      new Promise((resolve, reject) => {
        const chunks = [];
        agent.dispatch(
          { origin, path: pathname, method: "GET" },
          {
            onRequestStart: () => undefined,
            onResponseStart: () => undefined,
            onResponseData: (_controller, chunk) => chunks.push(chunk),
            onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString())),
            onResponseError: (_controller, error) => reject(error),
          },
        );
      });
  },
  "undici.request": async () => {
    const { request, Agent } = await import("undici");
    const dispatcher = new Agent();
    return async () => (await request(url, { dispatcher })).body.json();
  },
  fetch: async () => async () => (await fetch(url)).json(),
  got: async () => {
    const { default: got } = await import("got");
    const { Agent } = await import("node:http");
    const client = got.extend({ agent: { http: new Agent({ keepAlive: true }) } });
    return () => client(url).json();
  },
  axios: async () => {
    const { default: axios } = await import("axios");
    const { Agent } = await import("node:http");
    const client = axios.create({ httpAgent: new Agent({ keepAlive: true }) });
    return async () => (await client.get(url)).data;
  },
  ky: async () => {
    const { default: ky } = await import("ky");
    return () => ky(url).json();
  },
};

const call = await clients[name]();
process.on("message", ({ concurrency, milliseconds }) => void measure(concurrency, milliseconds));
process.on("disconnect", () => process.exit());
process.send({ ready: true });

async function measure(concurrency, milliseconds) {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let requests = 0;
  const lane = async () => {
    while (performance.now() - startedAt < milliseconds) {
      await call();
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const { user, system } = process.cpuUsage(before);
  process.send({ requests, cpuMicros: user + system, elapsedMs: performance.now() - startedAt });
}
