import { execFile, execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedIn } from '../identity/client.ts';
import { createTestApp, type TestApp, testMasterSecret } from '../test-app.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');
let app: TestApp;
let folder: string;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api' });
  folder = path.join(app.dataDir, 'certificates');
});
afterAll(() => app.stop());

function aiwfe(parameters: string[], input = ''): Promise<{ status: number; output: string }> {
  const env = {
    PATH: process.env.PATH,
    AIWFE_DATA_DIR: app.dataDir,
    DATABASE_URL: app.connectionString,
    SECRET_KEY: testMasterSecret,
    PUBLIC_URL: 'https://ai.example.org',
    PORT: '0',
  };
  const { promise, resolve } = Promise.withResolvers<{ status: number; output: string }>();
  const child = execFile(process.execPath, [main, ...parameters], { env }, (error, out, err) =>
    resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: out + err }),
  );
  child.stdin?.end(input);
  return promise;
}

const names = () =>
  execFileSync(
    'openssl',
    ['x509', '-in', path.join(folder, 'server.pem'), '-noout', '-ext', 'subjectAltName'],
    {
      encoding: 'utf8',
    },
  );

describe('I9: aiwfe certs', () => {
  test('says what to do where there is nothing yet', async () => {
    const status = await aiwfe(['certs', 'status']);
    expect([status.status, status.output]).toEqual([0, expect.stringContaining('npx aiwfe certs init')]);
    const renew = await aiwfe(['certs', 'renew']);
    expect([renew.status, renew.output]).toEqual([1, expect.stringContaining('npx aiwfe certs init')]);
    expect((await aiwfe(['certs', 'unknown'])).status).toBe(2);
  });

  test('makes an authority and a certificate of the server with names, and keys that only their owner reads', async () => {
    const init = await aiwfe(['certs', 'init', '--host', 'devices.example.org']);
    expect([init.output, init.status]).toEqual([expect.stringContaining('Restart the server'), 0]);
    expect(names()).toMatch(/DNS:devices\.example\.org, DNS:ai\.example\.org, DNS:localhost/);
    for (const key of ['ca.key', 'server.key'])
      expect([(await stat(path.join(folder, key))).mode & 0o777, key]).toEqual([0o600, key]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const chain = ['verify', '-CAfile', path.join(folder, 'ca.pem'), path.join(folder, 'server.pem')];
    expect(execFileSync('openssl', chain, { encoding: 'utf8' })).toContain('OK');
    const status = await aiwfe(['certs', 'status']);
    expect([status.status, status.output]).toEqual([0, expect.stringContaining('more days')]);
  });

  test('does not replace the authority that devices rest on; a new certificate of the server is made beside it', async () => {
    const before = execFileSync('cat', [path.join(folder, 'ca.pem')], { encoding: 'utf8' });
    const again = await aiwfe(['certs', 'init']);
    expect([again.status, again.output]).toEqual([1, expect.stringContaining('certs renew')]);
    const renew = await aiwfe(['certs', 'renew', '--host', 'other.example.org']);
    expect(renew.status).toBe(0);
    expect(names()).toContain('DNS:other.example.org');
    expect(execFileSync('cat', [path.join(folder, 'ca.pem')], { encoding: 'utf8' })).toBe(before);
  });

  test('makes a protected file for a person’s device, and never overwrites one', async () => {
    await signedIn(app, 'device-owner@example.org');
    const out = path.join(app.dataDir, 'laptop.p12');
    const make = (email: string) =>
      aiwfe(
        ['certs', 'client', '--email', email, '--name', 'Laptop', '--out', out, '--password-stdin'],
        'lantern quilt\n',
      );
    const unknown = await make('nobody@example.org');
    expect([unknown.status, unknown.output]).toEqual([1, expect.stringContaining('no such account')]);
    const made = await make('Device-Owner@example.org');
    expect([made.output, made.status]).toEqual([expect.stringContaining('readable for you only'), 0]);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const read = ['pkcs12', '-in', out, '-passin', 'pass:lantern quilt', '-nodes'];
    expect(execFileSync('openssl', read, { encoding: 'utf8' })).toContain('CN = Laptop');
    const again = await make('device-owner@example.org');
    expect([again.status, again.output]).toEqual([1, expect.stringContaining('exists already')]);
  });
});
