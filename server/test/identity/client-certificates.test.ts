import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  inspectCertificates,
  loadAuthorityTools,
  writeKeyedCertificate,
} from '../../src/features/client-certificates/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}
interface Shown {
  pfx?: Buffer;
  passphrase?: string;
  cert?: string;
  key?: string;
}

const { makeAuthority, openAuthority } = await loadAuthorityTools();
const filePassword = 'lantern quilt harbour';
let folder: string;
let app: TestApp;
let authorityPem: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-certificates-'));
  await makeInstallation(folder);
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    environ: { CERTIFICATES_DIR: folder, NATIVE_TLS_PORT: '0' },
  });
  await app.listen();
  const { browser } = await signedIn(app, 'port@example.org');
  const listed = (await browser.request('GET', '/api/v1/auth/certificates')).json() as { port: number };
  port = listed.port;
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

async function makeInstallation(directory: string): Promise<void> {
  const now = new Date();
  const authority = await makeAuthority('Test devices', now);
  authorityPem = authority.certificatePem;
  await writeKeyedCertificate(directory, 'authority', authority, { replace: false });
  const server = await (await openAuthority(authority)).issueServer(['localhost', '127.0.0.1'], now);
  await writeKeyedCertificate(directory, 'server', server, { replace: false });
}

/** One request on a connection of its own. */
async function ask(
  method: string,
  url: string,
  shown: Shown = {},
  options: { json?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const body = options.json === undefined ? undefined : JSON.stringify(options.json);
  const request = https.request(
    {
      host: 'localhost',
      port,
      path: url,
      method,
      ca: authorityPem,
      agent: false,
      ...shown,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

const jsonOf = <T>(answer: Answer): T => JSON.parse(answer.text) as T;

interface Issued {
  certificate: { id: string; serial: string; state: string };
  pem: string;
  pkcs12: string | null;
}

async function enrol(browser: TestBrowser, body: Record<string, unknown>) {
  return browser.request('POST', '/api/v1/auth/certificates', { json: body });
}

/** A signed-in person with a certificate for one device. */
async function equipped(email: string) {
  const person = await signedIn(app, email);
  const answer = await enrol(person.browser, { name: 'Laptop', pkcs12_password: filePassword });
  expect(answer.statusCode).toBe(201);
  const issued = answer.json() as Issued;
  const shown: Shown = { pfx: Buffer.from(issued.pkcs12 ?? '', 'base64'), passphrase: filePassword };
  return { ...person, issued, shown };
}

/** A signing request as a device makes it. */
async function signingRequest(): Promise<{ pem: string; key: string }> {
  const keyFile = path.join(folder, `device-${Math.random().toString(36).slice(2)}.key`);
  const pem = execFileSync(
    'openssl',
    [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=somebody-else@example.org',
      '-keyout',
      keyFile,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const key = execFileSync('cat', [keyFile], { encoding: 'utf8' });
  return { pem, key };
}

describe('the port that asks for certificates', () => {
  test('shows a page that explains how to get one to whoever has none', async () => {
    const page = await ask('GET', '/request-access');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('This device needs a certificate');
    expect(page.text).toContain('Your browser showed no certificate.');
    expect(page.headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe-inline/);
    const german = await ask(
      'GET',
      '/request-access',
      {},
      { headers: { 'accept-language': 'de-DE,de;q=0.9' } },
    );
    expect(german.text).toContain('Dieses Gerät braucht ein Zertifikat');
  });

  test('leads browsers there and refuses programs with a code', async () => {
    const browser = await ask('GET', '/', {}, { headers: { accept: 'text/html' } });
    expect([browser.status, browser.headers.location]).toEqual([303, '/request-access']);
    for (const url of ['/native/whoami', '/api/v1/auth/status', '/health']) {
      const program = await ask('GET', url);
      expect([url, program.status, jsonOf<{ code: string }>(program).code]).toEqual([
        url,
        403,
        'native.certificate_required',
      ]);
    }
  });

  test('refuses a certificate of another authority, whatever name it carries', async () => {
    const { issued } = await equipped('named@example.org');
    const forger = await openAuthority(await makeAuthority('Test devices', new Date()));
    const request = await signingRequest();
    const forged = await forger.issueForRequest(
      request.pem,
      { commonName: 'named@example.org', days: 10 },
      new Date(),
    );
    const answer = await ask('GET', '/native/whoami', { cert: forged.certificatePem, key: request.key });
    expect([answer.status, jsonOf<{ code: string }>(answer).code]).toEqual([
      403,
      'native.certificate_refused',
    ]);
    expect(issued.certificate.state).toBe('good');
  });

  test('refuses a certificate that the authority signed but nobody enrolled', async () => {
    const [authorityCertificate, authorityKey] = await Promise.all(
      ['ca.pem', 'ca.key'].map(async (name) =>
        execFileSync('cat', [path.join(folder, name)], { encoding: 'utf8' }),
      ),
    );
    const authority = await openAuthority({
      certificatePem: authorityCertificate ?? '',
      privateKeyPem: authorityKey ?? '',
    });
    const request = await signingRequest();
    const stray = await authority.issueForRequest(request.pem, { commonName: 'x', days: 10 }, new Date());
    const answer = await ask('GET', '/native/whoami', { cert: stray.certificatePem, key: request.key });
    expect([answer.status, jsonOf<{ code: string }>(answer).code]).toEqual([
      403,
      'native.certificate_refused',
    ]);
  });

  test('I9: the ordinary port asks for nothing and answers nothing native', async () => {
    const answer = await new TestBrowser(app).request('GET', '/native/whoami');
    expect([answer.statusCode, codeOf(answer)]).toEqual([421, 'native.wrong_port']);
  });
});

describe('a certificate', () => {
  test('says by its leaf alone whose device it is', async () => {
    const { shown, email, id } = await equipped('leaf@example.org');
    const answer = await ask('GET', '/native/whoami', shown);
    expect(answer.status).toBe(200);
    expect(jsonOf<{ user: { id: string; email: string } }>(answer).user).toMatchObject({ id, email });
  });

  test('comes from a signing request of the device, whose own words count for nothing', async () => {
    const { browser, email } = await signedIn(app, 'device-key@example.org');
    const request = await signingRequest();
    const answer = await enrol(browser, { name: 'Phone', signing_request: request.pem });
    expect(answer.statusCode).toBe(201);
    const issued = answer.json() as Issued;
    expect(issued.pkcs12).toBeNull();
    const who = await ask('GET', '/native/whoami', { cert: issued.pem, key: request.key });
    expect(jsonOf<{ user: { email: string } }>(who).user.email).toBe(email);
  });

  test('signs in as a first factor of its own, on a device that is known by it', async () => {
    const { shown, browser } = await equipped('native@example.org');
    const answer = await ask('POST', '/native/sign-in', shown, { json: { token_delivery: 'body' } });
    expect(answer.status).toBe(200);
    const { access_token } = jsonOf<{ access_token: string }>(answer);
    const profile = await app.app.inject({
      method: 'GET',
      url: '/api/v1/profile',
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(profile.statusCode).toBe(200);
    const sessions = (await browser.request('GET', '/api/v1/auth/sessions')).json() as {
      items: { factors: string[] }[];
    };
    expect(sessions.items.some((session) => session.factors.includes('certificate'))).toBe(true);
  });

  test('signs a browser in at its port: cookies, CSRF token and own origin', async () => {
    const { shown, email } = await equipped('browser@example.org');
    const token = await ask('GET', '/api/v1/auth/csrf-token', shown);
    const cookie = [token.headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';')[0])
      .join('; ');
    const headers = { cookie, 'x-csrf-token': jsonOf<{ csrf_token: string }>(token).csrf_token };
    const signIn = (origin: string) =>
      ask('POST', '/native/sign-in', shown, { json: {}, headers: { ...headers, origin } });
    const foreign = await signIn('https://evil.example');
    expect([foreign.status, jsonOf<{ code: string }>(foreign).code]).toEqual([403, 'csrf_bad_origin']);
    const plain = await signIn(`http://localhost:${port}`);
    expect([plain.status, jsonOf<{ code: string }>(plain).code]).toEqual([403, 'csrf_bad_origin']);
    const own = await signIn(`https://localhost:${port}`);
    expect(own.status).toBe(200);
    expect(jsonOf<{ user: { email: string } }>(own).user.email).toBe(email);
    expect(String(own.headers['set-cookie'])).toContain('access_token=');
  });

  test('is refused without a public key that can be trusted', async () => {
    const { browser } = await signedIn(app, 'weak@example.org');
    const weak = execFileSync(
      'openssl',
      ['req', '-new', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=x', '-keyout', '/dev/null'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    for (const signing_request of [
      weak,
      'not a request',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
    ]) {
      const answer = await enrol(browser, { name: 'Phone', signing_request });
      expect([answer.statusCode, codeOf(answer)]).toEqual([422, 'certificates.unusable_request']);
    }
    const both = await enrol(browser, {
      name: 'Phone',
      signing_request: weak,
      pkcs12_password: filePassword,
    });
    expect([both.statusCode, codeOf(both)]).toEqual([422, 'validation_failed']);
  });

  test('is opened by other programs with its password only', async () => {
    const { issued } = await equipped('openssl@example.org');
    const file = path.join(folder, 'device.p12');
    await writeFile(file, Buffer.from(issued.pkcs12 ?? '', 'base64'));
    const read = (password: string) =>
      execFileSync('openssl', ['pkcs12', '-in', file, '-passin', `pass:${password}`, '-nodes'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(read(filePassword)).toMatch(
      /BEGIN PRIVATE KEY[\s\S]*BEGIN CERTIFICATE|BEGIN CERTIFICATE[\s\S]*BEGIN PRIVATE KEY/,
    );
    expect(() => read('not the password')).toThrow();
  });
});

describe('a revoked certificate', () => {
  test('S19: is refused at once, ends what it opened, and stands on the revocation list', async () => {
    const { browser, shown, issued } = await equipped('revoked@example.org');
    const signIn = await ask('POST', '/native/sign-in', shown, { json: { token_delivery: 'body' } });
    const { access_token } = jsonOf<{ access_token: string }>(signIn);
    const bearer = { authorization: `Bearer ${access_token}` };
    expect(
      (await app.app.inject({ method: 'GET', url: '/api/v1/profile', headers: bearer })).statusCode,
    ).toBe(200);

    const url = `/api/v1/auth/certificates/${issued.certificate.id}`;
    expect((await browser.request('DELETE', url)).statusCode).toBe(200);

    expect(
      (await app.app.inject({ method: 'GET', url: '/api/v1/profile', headers: bearer })).statusCode,
    ).toBe(401);
    expect(jsonOf<{ code: string }>(await ask('GET', '/native/whoami', shown)).code).toBe(
      'native.certificate_refused',
    );
    const list = await ask('GET', '/native/revocation-list.pem');
    const text = execFileSync('openssl', ['crl', '-noout', '-text'], { encoding: 'utf8', input: list.text });
    expect(text.toLowerCase()).toContain(`serial number: ${issued.certificate.serial}`);
    const page = await ask('GET', '/request-access', shown);
    expect(page.text).toContain('was revoked, has expired, or is not known here');
  });

  test('S30: can be revoked by nobody but its owner', async () => {
    const { issued } = await equipped('owner@example.org');
    const other = (await signedIn(app, 'stranger@example.org')).browser;
    const answer = await other.request('DELETE', `/api/v1/auth/certificates/${issued.certificate.id}`);
    const unknown = await other.request(
      'DELETE',
      '/api/v1/auth/certificates/01940000-0000-7000-8000-000000000000',
    );
    expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'certificates.not_found']);
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'certificates.not_found']);
  });

  test('S12: administrators see and revoke those of people below their rank', async () => {
    const { issued, id, shown } = await equipped('below@example.org');
    const admin = await signedIn(app, 'admin-of-devices@example.org', 'admin');
    const own = (await enrol(admin.browser, { name: 'Own', pkcs12_password: filePassword })).json() as Issued;
    const other = await signedIn(app, 'second-admin@example.org', 'admin');
    const url = (certificate: string) => `/api/v1/admin/certificates/${certificate}`;
    const listed = await admin.browser.request('GET', `/api/v1/admin/users/${id}/certificates`);
    expect((listed.json() as { items: { id: string }[] }).items.map((item) => item.id)).toEqual([
      issued.certificate.id,
    ]);
    const equal = await other.browser.request('DELETE', url(own.certificate.id));
    expect([equal.statusCode, codeOf(equal)]).toEqual([403, 'auth.forbidden']);
    const unknown = await admin.browser.request('DELETE', url('01940000-0000-7000-8000-000000000000'));
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'certificates.not_found']);
    expect((await admin.browser.request('DELETE', url(issued.certificate.id))).statusCode).toBe(200);
    expect((await ask('GET', '/native/whoami', shown)).status).toBe(403);
  });

  test('S33: a suspended account stays out by this door too', async () => {
    const { shown, id } = await equipped('suspended@example.org');
    const admin = await signedIn(app, 'certificate-admin@example.org', 'admin');
    await app.platform.db
      .updateTable('users' as never)
      .set({ status: 'suspended' } as never)
      .where('id' as never, '=', id as never)
      .execute();
    const answer = await ask('POST', '/native/sign-in', shown, { json: { token_delivery: 'body' } });
    expect([answer.status, jsonOf<{ code: string }>(answer).code]).toEqual([403, 'auth.account_blocked']);
    expect(admin.id).not.toBe(id);
  });
});

describe('the certificates of the server (I9)', () => {
  test('are found good, with the days that are left', async () => {
    const finding = await inspectCertificates(folder, new Date());
    expect(finding).toMatchObject({ ok: true });
    expect(finding?.detail).toContain('DNS:localhost');
    expect((await stat(path.join(folder, 'ca.key'))).mode & 0o777).toBe(0o600);
  });

  test('are found wanting with the command that mends them', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'aiwfe-bad-certificates-'));
    try {
      expect(await inspectCertificates(directory, new Date())).toBeUndefined();
      const now = new Date();
      const authority = await makeAuthority('Test devices', now);
      const opened = await openAuthority(authority);
      await writeKeyedCertificate(directory, 'authority', authority, { replace: true });
      expect((await inspectCertificates(directory, now))?.detail).toContain('certs init');
      const server = await opened.issueServer(['localhost'], now);
      await writeKeyedCertificate(directory, 'server', server, { replace: true });
      const later = new Date(now.getTime() + 390 * 86_400_000);
      expect((await inspectCertificates(directory, later))?.detail).toContain('expires on');
      const muchLater = new Date(now.getTime() + 500 * 86_400_000);
      expect((await inspectCertificates(directory, muchLater))?.detail).toContain('expired on');
      const other = await opened.issueServer(['localhost'], now);
      await writeKeyedCertificate(
        directory,
        'server',
        { ...server, privateKeyPem: other.privateKeyPem },
        { replace: true },
      );
      expect((await inspectCertificates(directory, now))?.detail).toContain('key does not belong');
      const stranger = await openAuthority(await makeAuthority('Others', now));
      await writeKeyedCertificate(directory, 'server', await stranger.issueServer(['localhost'], now), {
        replace: true,
      });
      expect((await inspectCertificates(directory, now))?.detail).toContain('not issued by this authority');
      execFileSync('chmod', ['644', path.join(directory, 'ca.key')]);
      expect((await inspectCertificates(directory, now))?.detail).toContain('chmod 600');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
