import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { goodPassword } from './client.ts';

const script = path.resolve(import.meta.dirname, '../../../scripts/auth-walk.sh');

let app: TestApp;
let address: string;
let folder: string;
const closers: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  address = await app.listen();
  folder = await mkdtemp(path.join(tmpdir(), 'auth-walk-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

interface Walk {
  status: number | null;
  text: string;
}

async function walk(environ: Record<string, string>, password = goodPassword): Promise<Walk> {
  const child = spawn('bash', [script], { env: { PATH: process.env.PATH, TMPDIR: folder, ...environ } });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  child.stdin.on('error', () => undefined).end(`${password}\n`);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, text };
}

let people = 0;
async function person(change?: ReturnType<typeof sql>): Promise<string> {
  people += 1;
  const email = `walker-${people}@example.org`;
  const input = { email, role: 'user' as const, displayName: 'Walker', password: goodPassword };
  const { id } = await app.operator!.createUser(input);
  if (change) await sql`update users set ${change} where id = ${id}`.execute(app.platform.db);
  return email;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Meddling {
  request?: (headers: IncomingMessage['headers']) => void;
  answer?: (headers: IncomingMessage['headers']) => void;
  /** Answers this address itself, with this status. */
  instead?: { url: RegExp; status: number };
}

/** A proxy as people put one in front, which does one thing wrong. */
function proxy({ request = () => {}, answer = () => {}, instead }: Meddling): Promise<string> {
  return listen((incoming, outgoing) => {
    if (instead?.url.test(incoming.url ?? '')) {
      outgoing.writeHead(instead.status, { 'content-type': 'text/html' }).end('<h1>A proxy</h1>');
      return;
    }
    const headers = { ...incoming.headers };
    request(headers);
    const { method, url } = incoming;
    const onward = httpRequest(new URL(url ?? '/', address), { method, headers }, (response) => {
      const returned = { ...response.headers };
      answer(returned);
      outgoing.writeHead(response.statusCode ?? 502, returned);
      response.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
}

describe('scripts/auth-walk.sh', () => {
  test('walks through a whole sign-in, leaves no session and no file behind', async () => {
    const email = await person();
    const done = await walk({ BASE_URL: address, EMAIL: email });
    expect(done).toEqual({ status: 0, text: expect.stringContaining('Everything works.') });
    expect(done.text).toContain('Renewed: the used refresh token is dead');
    expect(done.text).toContain('WebSockets get through.');
    expect(done.text).not.toContain(goodPassword);
    expect(await readdir(folder)).toEqual([]);
    const { rows } = await sql`select 1 from sessions s join users u on u.id = s.user_id
      where u.email = ${email} and s.ended_at is null`.execute(app.platform.db);
    expect(rows).toEqual([]);
  });

  test('takes the password from a file, and one with quotes and backslashes as it is', async () => {
    const email = `quotes-${people}@example.org`;
    const password = 'a "quoted" back\\slash harbour ü';
    await app.operator!.createUser({ email, role: 'user', displayName: 'Walker', password });
    const file = path.join(folder, 'password');
    await writeFile(file, password);
    const done = await walk({ BASE_URL: `${address}/`, EMAIL: email, PASSWORD_FILE: file }, 'not this one');
    await rm(file);
    expect(done).toEqual({ status: 0, text: expect.stringContaining('Everything works.') });
  });

  test('goes on where the server has no WebSocket tickets, and says so', async () => {
    const through = await proxy({ instead: { url: /ws-ticket/, status: 404 } });
    const done = await walk({ BASE_URL: through, EMAIL: await person() });
    expect(done).toEqual({ status: 0, text: expect.stringContaining('no WebSocket tickets (404)') });
  });
});

describe('scripts/auth-walk.sh names what is wrong about the account', () => {
  test('a wrong password', async () => {
    const done = await walk({ BASE_URL: address, EMAIL: await person() }, 'something else entirely');
    expect(done).toEqual({
      status: 30,
      text: expect.stringContaining('E-mail address or password is wrong.'),
    });
  });

  test.each([
    [32, 'a second factor is due', sql`second_factors = '{totp}'`],
    [33, 'The account may not sign in.', sql`status = 'suspended'`],
    [34, 'only to choose a new password', sql`must_change_password = true`],
  ])('status %i: %s', async (status, sentence, change) => {
    const done = await walk({ BASE_URL: address, EMAIL: await person(change) });
    expect(done).toEqual({ status, text: expect.stringContaining(sentence) });
  });

  test('too many attempts', async () => {
    const email = await person();
    let done = await walk({ BASE_URL: address, EMAIL: email }, 'wrong');
    for (let attempt = 0; attempt < 20 && done.status === 30; attempt += 1)
      done = await walk({ BASE_URL: address, EMAIL: email }, 'wrong');
    expect(done).toEqual({ status: 31, text: expect.stringMatching(/Retry after \d+ seconds/) });
  });
});

describe('scripts/auth-walk.sh names what is wrong on the way', () => {
  const noSetCookie = (headers: IncomingMessage['headers']) => delete headers['set-cookie'];
  const noCookie = (headers: IncomingMessage['headers']) => delete headers.cookie;
  const otherHost = (headers: IncomingMessage['headers']) => {
    headers.host = new URL(address).host;
  };
  const noUpgrade = (headers: IncomingMessage['headers']) => {
    delete headers.upgrade;
    headers.connection = 'close';
  };

  test.each<[number, string, Meddling]>([
    [20, 'removes the Set-Cookie header', { answer: noSetCookie }],
    [22, 'removes the Cookie header', { request: noCookie }],
    [16, 'Status 502, and not from this product.', { instead: { url: /./, status: 502 } }],
    [16, 'Status 504, and not from this product.', { instead: { url: /login/, status: 504 } }],
    [15, 'but not this product', { instead: { url: /./, status: 200 } }],
    [23, 'takes this for a request from another site', { request: otherHost }],
    [40, 'The sign-in is not accepted', { instead: { url: /profile/, status: 401 } }],
    [51, 'The connection was not upgraded', { request: noUpgrade }],
  ])('a proxy, status %i: %s', async (status, sentence, meddling) => {
    const done = await walk({ BASE_URL: await proxy(meddling), EMAIL: await person() });
    expect(done).toEqual({ status, text: expect.stringContaining(sentence) });
    expect(done.text).toMatch(/FAILED .*\n {2}cause {3}.+\n {2}fix {5}.+/);
  });

  test('a server that is meant for https, reached by http', async () => {
    const other = await createTestApp({
      guard: 'real',
      role: 'api',
      connectionString: app.connectionString,
      environ: { ENVIRONMENT: 'production', PUBLIC_URL: 'https://ai.example.org' },
    });
    closers.push(() => other.stop());
    const done = await walk({ BASE_URL: await other.listen(), EMAIL: await person() });
    expect(done).toEqual({ status: 21, text: expect.stringContaining('cookies for https only') });
  });

  test('no server, no TLS, no answer, an unknown name', async () => {
    const silent = await listen(() => {});
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const closed = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    gone.close();
    await once(gone, 'close');
    const EMAIL = 'you@example.org';
    expect(await walk({ BASE_URL: closed, EMAIL })).toMatchObject({ status: 11 });
    expect(await walk({ BASE_URL: address.replace('http:', 'https:'), EMAIL })).toMatchObject({ status: 13 });
    expect(await walk({ BASE_URL: silent, EMAIL, TIMEOUT_SECONDS: '1' })).toMatchObject({ status: 12 });
    expect(await walk({ BASE_URL: 'http://nothing.invalid', EMAIL })).toMatchObject({ status: 10 });
  });

  test('wrong use', async () => {
    expect(await walk({ EMAIL: 'you@example.org' })).toMatchObject({ status: 2 });
    expect(await walk({ BASE_URL: 'ai.example.org', EMAIL: 'you@example.org' })).toMatchObject({ status: 2 });
    expect(await walk({ BASE_URL: address, EMAIL: 'you@example.org' }, '')).toMatchObject({ status: 2 });
  });
});
