// The baseline of P5: the ws library alone. It greets each connection, and passes each request on to all of them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const greeting = process.env.GREETING ?? '{}';
const event = Buffer.from(process.env.EVENT ?? '{}');
const open = new Set<WebSocket>();
const server = createServer((_request, response) => {
  for (const socket of open) socket.send(event, { binary: false });
  response.end('{}');
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });
sockets.on('connection', (socket) => {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  socket.on('message', () => undefined);
  socket.send(greeting);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, pid: process.pid }));
});
