// The clients, each as its users set it up for connections that are reused. Loaded one to a process.
import { Agent as HTTPAgent } from "node:http";
import { Agent as HTTPSAgent } from "node:https";

const keepAlive = { keepAlive: true };

export const clients = {
  errand: async () => {
    const { Session } = await import("../dist/index.js");
    const session = new Session();
    return {
      getJSON: (url) => session.get(url).json(),
      postJSON: (url, json) => session.post(url, { json }).json(),
      getBytes: (url) => session.get(url).bytes(),
    };
  },
  "undici.dispatch": async () => {
    const { Agent } = await import("undici");
    const agent = new Agent();
    const bytes = (url, init = { method: "GET" }) => {
      const { origin, pathname } = new URL(url);
      return new Promise((resolve, reject) => {
        const chunks = [];
        agent.dispatch(
          { origin, path: pathname, ...init },
          {
            onRequestStart: () => undefined,
            onResponseStart: () => undefined,
            onResponseData: (_controller, chunk) => chunks.push(chunk),
            onResponseEnd: () => resolve(Buffer.concat(chunks)),
            onResponseError: (_controller, error) => reject(error),
          },
        );
      });
    };
    const headers = ["content-type", "application/json"];
    return {
      getJSON: async (url) => JSON.parse(await bytes(url)),
      postJSON: async (url, value) => JSON.parse(await bytes(url, { method: "POST", headers, body: JSON.stringify(value) })),
      getBytes: (url) => bytes(url),
    };
  },
  "undici.request": undiciRequest,
  // The same once more, in another process: how far from 1 its ratio is tells how much the others' are worth.
  control: undiciRequest,
  fetch: async () => ({
    getJSON: async (url) => (await fetch(url)).json(),
    postJSON: async (url, value) =>
      (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) })).json(),
    getBytes: async (url) => (await fetch(url)).bytes(),
  }),
  got: async () => {
    const { default: got } = await import("got");
    const client = got.extend({ agent: { http: new HTTPAgent(keepAlive), https: new HTTPSAgent(keepAlive) } });
    return {
      getJSON: (url) => client(url).json(),
      postJSON: (url, json) => client.post(url, { json }).json(),
      getBytes: (url) => client(url).buffer(),
    };
  },
  axios: async () => {
    const { default: axios } = await import("axios");
    const client = axios.create({ httpAgent: new HTTPAgent(keepAlive), httpsAgent: new HTTPSAgent(keepAlive) });
    return {
      getJSON: async (url) => (await client.get(url)).data,
      postJSON: async (url, value) => (await client.post(url, value)).data,
      getBytes: async (url) => (await client.get(url, { responseType: "arraybuffer" })).data,
    };
  },
  ky: async () => {
    const { default: ky } = await import("ky");
    return {
      getJSON: (url) => ky(url).json(),
      postJSON: (url, json) => ky.post(url, { json }).json(),
      getBytes: async (url) => (await ky(url)).arrayBuffer(),
    };
  },
};

async function undiciRequest() {
  const { request, Agent } = await import("undici");
  const dispatcher = new Agent({ allowH2: true });
  const headers = { "content-type": "application/json" };
  return {
    getJSON: async (url) => (await request(url, { dispatcher })).body.json(),
    postJSON: async (url, value) => (await request(url, { dispatcher, method: "POST", headers, body: JSON.stringify(value) })).body.json(),
    getBytes: async (url) => (await request(url, { dispatcher })).body.bytes(),
  };
}
