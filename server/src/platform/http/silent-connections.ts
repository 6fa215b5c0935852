import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps an eye on connections that have said nothing yet; browsers open them in advance. They count neither as idle nor
 * as busy, so that a closing server would wait for them. Returns the function that ends them, now and from now on.
 */
export function watchSilentConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  let ending = false;
  server.on('connection', (socket: Socket) => {
    if (ending) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    ending = true;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}
