// What is measured: a call of every client, and how many of them run side by side.
const kilobyte = { id: 7, name: "web", notes: "x".repeat(960) };

export const scenarios = {
  "json-get": { concurrencies: [1, 50], call: (client, { plain }) => client.getJSON(`${plain}/json`) },
  "json-post": { concurrencies: [1, 50], call: (client, { plain }) => client.postJSON(`${plain}/echo`, kilobyte) },
  "megabyte-get": { concurrencies: [1, 10], call: (client, { plain }) => client.getBytes(`${plain}/megabyte`) },
  "tls-get": { concurrencies: [1, 50], call: (client, { secure }) => client.getJSON(`${secure}/json`) },
  "http2-get": {
    concurrencies: [1, 50],
    clients: ["errand", "undici.request", "control"],
    call: (client, { h2 }) => client.getJSON(`${h2}/json`),
  },
  "thousand-get": { concurrencies: [1000], call: (client, { plain }) => client.getJSON(`${plain}/json`) },
};
