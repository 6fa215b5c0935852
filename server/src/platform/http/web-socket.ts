import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { defineError } from '../errors.ts';
import { SocketConnection } from './socket-connection.ts';

/** The address speaks WebSocket only. Behind a proxy it says that the proxy did not pass the upgrade on (I14). */
export const UpgradeRequired = defineError(
  'sockets.upgrade_required',
  426,
  'WebSocket only',
  'This address speaks WebSocket (RFC 6455) only, and no upgrade arrived. A proxy in between must pass the headers Upgrade and Connection on.',
);

const maxMessageBytes = 64 * 1024;
/** How long a client may take to confirm the end of a connection; then it is cut. */
const closeTimeoutMs = 2_000;
const socketAddresses = '/api/v1/ws/';

interface Upgrade {
  socket: Socket;
  head: Buffer;
  response: ServerResponse;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();
const serverOptions = {
  noServer: true,
  clientTracking: false,
  maxPayload: maxMessageBytes,
  perMessageDeflate: false,
  closeTimeout: closeTimeoutMs,
};
const server = new WebSocketServer(serverOptions);
server.on('headers', (headers, request) => {
  const id = upgrades.get(request)?.response.getHeader('x-request-id');
  if (id !== undefined) headers.push(`X-Request-Id: ${id}`);
});

/**
 * True for requests whose offer to upgrade is taken up. An offer of another protocol (curl offers h2c) is none of ours
 * and answered as plain HTTP (RFC 9110 §7.8).
 */
export function isSocketUpgrade(request: IncomingMessage): boolean {
  return (
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    request.url?.startsWith(socketAddresses) === true
  );
}

/** Sends upgrades through the same router, hooks and guard as every other request (S31); a route then accepts them. */
export function routeUpgrades(app: FastifyInstance, listener: Server = app.server): void {
  listener.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const socket = duplex as Socket;
    socket.on('error', dropBroken);
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    upgrades.set(request, { socket, head, response });
    app.routing(request, response);
  });
}

/** Completes the upgrade. Throws `sockets.upgrade_required` when the request is none; what else is wrong with it is answered 400. */
export function acceptUpgrade(
  request: FastifyRequest,
  reply: FastifyReply,
  onOpen: (connection: SocketConnection) => void,
): void {
  const { raw } = request;
  const upgrade = upgrades.get(raw);
  if (!upgrade) throw UpgradeRequired.with();
  const { socket, head, response } = upgrade;
  response.setHeader('x-request-id', request.id);
  reply.hijack();
  // What the request needed must not live as long as the connection.
  response.removeAllListeners();
  response.detachSocket(socket);
  socket.off('error', dropBroken);
  server.handleUpgrade(raw, socket, head, (webSocket) => {
    upgrades.delete(raw);
    onOpen(new SocketConnection(webSocket, socket));
  });
}

/** Throws `sockets.upgrade_required` for a plain request. */
export function requireUpgrade(request: FastifyRequest): void {
  if (!upgrades.has(request.raw)) throw UpgradeRequired.with();
}

function dropBroken(this: Socket): void {
  this.destroy();
}
