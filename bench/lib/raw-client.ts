import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/**
 * A keep-alive connection that writes requests prepared beforehand. It parses no more of an answer than where it ends,
 * because its work is done on the same cores as the work that is measured.
 */
export interface RawConnection {
  send(request: Buffer): Promise<RawAnswer>;
  close(): void;
}

/** Opens a connection to a loopback port. One request at a time. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    send: (request) => exchange(socket, request),
    close: () => socket.destroy(),
  };
}

function exchange(socket: Socket, request: Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (finish: () => void): void => {
      socket.off('data', onData).off('error', onEnd).off('close', onEnd);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const answer = parseAnswer(text);
      if (answer) settle(() => resolve(answer));
    };
    const onEnd = (): void =>
      settle(() => reject(new Error(`The connection ended after: ${text.slice(0, 200)}`)));
    socket.on('data', onData).on('error', onEnd).on('close', onEnd);
    socket.write(request);
  });
}

function parseAnswer(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const body = text.slice(end + 4);
  return body.length < length ? undefined : { status: Number(head.slice(9, 12)), head, body };
}

/** The bytes of a request. */
export function prepareRequest(
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  body = '',
): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = method === 'POST' ? `content-length: ${Buffer.byteLength(body)}\r\n` : '';
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`);
}

/** Name and value of each cookie that an answer sets, as a Cookie header. */
export function cookiesOf(answer: RawAnswer): string {
  return [...answer.head.matchAll(/\r\nset-cookie: ([^;\r]*)/gi)].map(([, pair]) => pair).join('; ');
}
