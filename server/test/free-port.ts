import { once } from 'node:events';
import { createServer } from 'node:net';

/** Systems give ports from 32768 on to whoever asks for any: below, one stays free until it is used. */
const first = 12_000;
const count = 20_000;

/** A port of this machine that nobody uses. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    const server = createServer();
    const isFree = new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.once('listening', () => resolve(true));
    });
    server.listen(port, '127.0.0.1');
    if (!(await isFree)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
