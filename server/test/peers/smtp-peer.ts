import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came over the wire. */
  raw: string;
  /** Header fields by lower-case name; a field that comes twice is joined by a line break. */
  headers: Map<string, string>;
  /** Everything below the headers, decoded from quoted-printable. */
  body: string;
  encrypted: boolean;
}

export interface SmtpPeer {
  port: number;
  received: ReceivedMail[];
  /** Recipients that are answered 550. */
  refused: Set<string>;
  /** The first mail that `matches`, as soon as it is there. */
  arrival(matches?: (mail: ReceivedMail) => boolean): Promise<ReceivedMail>;
  stop(): Promise<void>;
}

/** An SMTP server on loopback that takes what it is given and remembers it. `port` 0 takes a free one. */
export async function startSmtpPeer(
  options: { host?: string; port?: number; tls?: 'none' | 'starttls' | 'implicit' } = {},
) {
  const { tls = 'none' } = options;
  const received: ReceivedMail[] = [];
  const refused = new Set<string>();
  const watchers = new Set<() => void>();
  const settings: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: tls === 'none' ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    secure: tls === 'implicit',
    onRcptTo(address, _session, callback) {
      const error = Object.assign(new Error('No such person here'), { responseCode: 550 });
      callback(refused.has(address.address) ? error : undefined);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((each) => each.address),
          encrypted: session.secure,
          ...readMail(Buffer.concat(chunks).toString('utf8')),
        });
        callback();
        for (const watcher of watchers) watcher();
      });
    },
  };
  const server = new SMTPServer(settings);
  // A client that goes away in the middle is not this server's trouble.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) =>
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve),
  );
  const { port } = server.server.address() as AddressInfo;
  const peer: SmtpPeer = {
    port,
    received,
    refused,
    arrival: (matches = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = received.find(matches);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return peer;
}

function readMail(raw: string): Pick<ReceivedMail, 'raw' | 'headers' | 'body'> {
  const end = raw.indexOf('\r\n\r\n');
  const headers = new Map<string, string>();
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    const value = line.slice(at + 1).trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  return { raw, headers, body: decodeQuotedPrintable(raw.slice(end + 4)) };
}

export function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
