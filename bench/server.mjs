// A small JSON answer from a raw socket server: as little of the measured time as possible is the server's.
import { createServer } from "node:net";

const body = JSON.stringify({
  id: 7,
  name: "web",
  replicas: 4,
  labels: { app: "web", tier: "front" },
  ready: true,
  notes: "x".repeat(200),
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nkeep-alive: timeout=60\r\n\r\n${body}`,
);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let pending = "";
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    for (let end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
      pending = pending.slice(end + 4);
      socket.write(answer);
    }
  });
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}/api/deployments/web` }));
process.on("disconnect", () => process.exit());
