import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { goodPassword, signedIn, TestBrowser } from './client.ts';

const stolen = 'marmalade bicycle thunder 9';
const hash = createHash('sha1').update(stolen).digest('hex').toUpperCase();

/** Answers as the range service of Have I Been Pwned does. */
let service: Server;
let asked: string[] = [];
let answer: { status: number; body: string };
let app: TestApp;
beforeAll(async () => {
  service = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['add-padding']}`);
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    environ: { REGISTRATION: 'open', BREACHED_PASSWORDS_URL: `http://127.0.0.1:${port}/range/` },
  });
});
afterAll(async () => {
  await app.stop();
  service.closeAllConnections();
  service.close();
});
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: `${'0'.repeat(35)}:3\r\n${hash.slice(5)}:17\r\n${'F'.repeat(35)}:0\r\n` };
});

async function register(email: string, password: string) {
  const browser = new TestBrowser(app);
  await browser.fetchCsrf();
  const json = { email, password, display_name: 'Ann' };
  return browser.request('POST', '/api/v1/auth/register', { json });
}
const refusal = (field: string) => ({
  code: 'validation_failed',
  errors: [{ field, detail: 'is among passwords that were stolen elsewhere' }],
});

describe('S4: new passwords are looked up among stolen ones, where the operator names a service', () => {
  test('at registration and at a change; five characters of the hash leave, and nothing else', async () => {
    const refused = await register('stolen@example.org', stolen);
    expect([refused.statusCode, refused.json()]).toMatchObject([422, refusal('password')]);
    expect(asked).toEqual([`/range/${hash.slice(0, 5)} true`]);
    const { browser } = await signedIn(app, 'changes@example.org');
    const change = (new_password: string) =>
      browser.request('POST', '/api/v1/auth/password/change', {
        json: { current_password: goodPassword, new_password },
      });
    expect((await change(stolen)).json()).toMatchObject(refusal('new_password'));
    expect((await change('marmalade bicycle thunder 10')).statusCode).toBe(200);
  });

  test('padding is no password', async () => {
    answer.body = `${hash.slice(5)}:0\r\n`;
    expect((await register('padding@example.org', stolen)).statusCode).toBe(201);
  });

  test('a service that fails refuses nobody', async () => {
    answer = { status: 503, body: '' };
    expect((await register('away@example.org', stolen)).statusCode).toBe(201);
    expect(asked).toHaveLength(1);
  });

  test('a sign-in asks nobody', async () => {
    await signedIn(app, 'enters@example.org');
    asked = [];
    expect((await new TestBrowser(app).signIn('enters@example.org')).statusCode).toBe(200);
    expect(asked).toEqual([]);
  });

  test('without the setting nobody is asked', async () => {
    const other = await createTestApp({ guard: 'real', role: 'api', environ: { REGISTRATION: 'open' } });
    try {
      const browser = new TestBrowser(other);
      await browser.fetchCsrf();
      const json = { email: 'off@example.org', password: stolen, display_name: 'Ann' };
      expect((await browser.request('POST', '/api/v1/auth/register', { json })).statusCode).toBe(201);
      expect(asked).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});
