/**
 * The reference Socket.IO server with the two messages of `portal_server.py`: follow, and write. Its options are the
 * defaults but for the transport and the pings, which are the portal's. Prints its port once it listens.
 */

import { createServer } from "node:http";
import process from "node:process";

import { Server } from "socket.io";

const STREAM = "bench";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 15_000, pingTimeout: 10_000 });
let number = 0;

io.on("connection", (socket) => {
  socket.on("stream:follow", (_body, acknowledge) => {
    socket.join(STREAM);
    acknowledge({ ok: true, head: number, upto: number, entries: [], reload: false });
  });
  socket.on("note:write", ({ at, text }, acknowledge) => {
    number += 1;
    const entries = [{ number, kind: "note.written", body: { at, text } }];
    io.to(STREAM).emit("stream:advanced", { stream: STREAM, after: number - 1, upto: number, entries });
    acknowledge({ ok: true });
  });
});

http.listen(0, "127.0.0.1", () => process.stdout.write(`${http.address().port}\n`));
process.on("SIGTERM", () => process.exit(0));
