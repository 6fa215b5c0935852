import { connect, type Socket } from 'node:net';

/**
 * A WebSocket that is opened and then counts bytes: what receives is on the same machine as what is measured, and must
 * cost little. Resolves once the first frame has come.
 */
export interface RawSocket {
  /** Bytes that came after the handshake. */
  readonly received: number;
  onData: (() => void) | undefined;
  close(): void;
}

export function openRawSocket(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<RawSocket> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const opened: RawSocket & { received: number } = {
    received: 0,
    onData: undefined,
    close: () => socket.destroy(),
  };
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return new Promise((resolve, reject) => {
    let head: string | undefined = '';
    const fail = (): void => reject(new Error(`The connection ended after: ${head}`));
    socket.once('error', fail);
    socket.once('close', fail);
    socket.on('data', (chunk: Buffer) => {
      if (head === undefined) {
        opened.received += chunk.length;
        opened.onData?.();
        return;
      }
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!head.startsWith('HTTP/1.1 101')) return void socket.destroy();
      if (head.length === end + 4) return;
      opened.received = head.length - end - 4;
      head = undefined;
      resolve(opened);
    });
  });
}
