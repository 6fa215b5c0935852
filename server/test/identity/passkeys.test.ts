import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetFactors as resetPasskeys } from '../../src/features/passkeys/index.ts';
import { relyingPartyOf } from '../../src/features/passkeys/relying-party.ts';
import { resetFactors as resetCodes } from '../../src/features/two-factor/index.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { signedIn, TestBrowser } from './client.ts';
import {
  auditOf,
  demandSecondFactors,
  enrolPasskey,
  enrolTotp,
  forgetStepUp,
  keyHolder,
  NoticeBook,
  outcomeOf,
  secondFactorsOf,
  signInByPasskey,
} from './factors.ts';
import { type CreationOptions, type Lies, SoftwareAuthenticator } from './software-authenticator.ts';

let app: TestApp;
const notices = new NoticeBook();
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', identity: { noticeSender: notices } });
});
afterAll(() => app.stop());

const url = '/api/v1/auth/passkeys';

describe('registration', () => {
  const lies: [string, Lies][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['another site', { rpId: 'evil.example' }],
    ['another ceremony', { type: 'webauthn.get' }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['no user present', { userPresent: false }],
    ['a frame of another site', { crossOrigin: true }],
  ];

  test.each(lies)('S15: of %s is refused', async (name, lie) => {
    const { browser, id } = await signedIn(app, `registers-${name.replaceAll(' ', '-')}@example.org`);
    const { response } = await enrolPasskey(browser, new SoftwareAuthenticator(), lie);
    expect(outcomeOf(response)).toEqual([422, 'passkeys.registration_refused']);
    expect(await secondFactorsOf(app, id)).toEqual([]);
    expect(await auditOf(app, id, 'passkey.refused')).toHaveLength(1);
  });

  test('asks for a resident key, names the account by its id only, and leaves out what is registered', async () => {
    const { browser, id, authenticator } = await keyHolder(app, 'options@example.org');
    const { options } = await enrolPasskey(browser);
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      user: {
        id: Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url'),
        name: 'options@example.org',
      },
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      attestation: 'none',
    });
    expect(options.excludeCredentials?.map((entry) => entry.id)).toEqual([authenticator.credentials[0]!.id]);
  });

  test('of a passkey that somebody has already is refused', async () => {
    const first = await signedIn(app, 'taken@example.org');
    const second = await signedIn(app, 'taker@example.org');
    const authenticator = new SoftwareAuthenticator();
    await enrolPasskey(first.browser, authenticator);
    const begun = await second.browser.request('POST', `${url}/registration-options`);
    const { challenge_id, options } = begun.json() as { challenge_id: string; options: CreationOptions };
    const credential = authenticator.create(options, { sameIdAs: authenticator.credentials[0]!.id });
    const response = await second.browser.request('POST', url, { json: { challenge_id, credential } });
    expect(outcomeOf(response)).toEqual([409, 'passkeys.already_registered']);
    expect(await secondFactorsOf(app, second.id)).toEqual([]);
  });
});

describe('a person’s passkeys', () => {
  test('are several, have names, and show when they were used', async () => {
    const { browser, id, authenticator, passkey } = await keyHolder(app, 'several@example.org');
    const second = await enrolPasskey(browser);
    await signInByPasskey(app, authenticator);
    const renamed = await browser.request('PATCH', `${url}/${passkey.id}`, {
      json: { name: '  Yellow key ' },
    });
    expect(renamed.json()).toMatchObject({ id: passkey.id, name: 'Yellow key' });
    const { items } = (await browser.request('GET', url)).json() as { items: Record<string, unknown>[] };
    expect(items).toEqual([
      {
        id: passkey.id,
        name: 'Yellow key',
        created_at: expect.any(String),
        last_used_at: expect.any(String),
        backed_up: false,
        transports: ['internal'],
      },
      expect.objectContaining({ id: second.passkey.id, name: 'Passkey', last_used_at: null }),
    ]);
    expect(
      outcomeOf(await browser.request('PATCH', `${url}/${passkey.id}`, { json: { name: '   ' } })),
    ).toEqual([422, 'validation_failed']);
    expect(await auditOf(app, id, 'passkey.added')).toHaveLength(2);
    expect(await auditOf(app, id, 'passkey.renamed')).toHaveLength(1);
  });

  test('are removed one by one; with the last one go the backup codes', async () => {
    const { browser, id, authenticator, passkey } = await keyHolder(app, 'removes@example.org');
    const second = await enrolPasskey(browser);
    expect((await browser.request('DELETE', `${url}/${passkey.id}`)).json()).toEqual({ removed: true });
    expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
    expect(outcomeOf((await signInByPasskey(app, authenticator)).response)).toEqual([
      401,
      'passkeys.refused',
    ]);
    await browser.request('DELETE', `${url}/${second.passkey.id}`);
    expect(await secondFactorsOf(app, id)).toEqual([]);
    expect(await auditOf(app, id, 'passkey.removed')).toHaveLength(2);
    expect(notices.toldTo(id).at(-1)).toEqual({ kind: 'passkey_removed', facts: { name: 'Passkey' } });
  });

  test('S30: are nobody else’s: another person’s passkey is not found', async () => {
    const { passkey, id } = await keyHolder(app, 'owner@example.org');
    const { browser } = await signedIn(app, 'stranger@example.org');
    for (const unknown of [passkey.id, uuidv7()]) {
      const renamed = await browser.request('PATCH', `${url}/${unknown}`, { json: { name: 'Mine' } });
      const removed = await browser.request('DELETE', `${url}/${unknown}`);
      expect([outcomeOf(renamed), outcomeOf(removed)]).toEqual([
        [404, 'passkeys.not_found'],
        [404, 'passkeys.not_found'],
      ]);
    }
    expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
    expect((await browser.request('GET', url)).json()).toEqual({ items: [], next_cursor: null });
  });

  test('S9: are added and removed after a fresh proof only', async () => {
    const { browser, sessionId, passkey } = await keyHolder(app, 'proof@example.org');
    await forgetStepUp(app, sessionId);
    for (const [method, address] of [
      ['POST', `${url}/registration-options`],
      ['DELETE', `${url}/${passkey.id}`],
    ] as const)
      expect(outcomeOf(await browser.request(method, address))).toEqual([403, 'auth.step_up_required']);
  });

  test('the last demanded factor stays', async () => {
    const { browser, id } = await signedIn(app, 'demanded-key@example.org', 'admin');
    const { passkey } = await enrolPasskey(browser);
    await demandSecondFactors(app, 'admin');
    const refused = await browser.request('DELETE', `${url}/${passkey.id}`);
    expect(outcomeOf(refused)).toEqual([409, 'two_factor.required_by_policy']);
    expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
  });

  test('two last factors removed at once under such a policy leave one', async () => {
    const { browser, id } = await signedIn(app, 'race@example.org', 'admin');
    const { passkey } = await enrolPasskey(browser);
    await enrolTotp(browser);
    await demandSecondFactors(app, 'admin');
    const answers = await Promise.all([
      browser.request('DELETE', `${url}/${passkey.id}`),
      browser.request('POST', '/api/v1/auth/2fa/totp/disable'),
    ]);
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409]);
    expect((await secondFactorsOf(app, id)).length).toBe(2);
  });
});

test('an administrator’s reset removes every factor', async () => {
  const { browser, id } = await keyHolder(app, 'reset@example.org');
  await enrolTotp(browser);
  await app.platform.db.transaction().execute(async (trx) => {
    await resetPasskeys(trx, id);
    await resetCodes(trx, id);
  });
  expect(await secondFactorsOf(app, id)).toEqual([]);
  expect((await new TestBrowser(app).signIn('reset@example.org')).json()).toMatchObject({ user: { id } });
});

describe('the site that passkeys are for', () => {
  test('is the configured one, whatever a client calls it', () => {
    expect(relyingPartyOf('https://ai.example.org', 'evil.example')).toEqual({
      id: 'ai.example.org',
      origin: 'https://ai.example.org',
    });
  });

  test('is localhost at the port in use where nothing is configured, and no other name is believed', () => {
    expect(relyingPartyOf(undefined, 'localhost:4100')).toEqual({
      id: 'localhost',
      origin: 'http://localhost:4100',
    });
    for (const host of [
      'evil.example',
      '127.0.0.1:3000',
      '[::1]:3000',
      'evil.localhost:3000',
      'localhost.evil',
      'a b',
    ])
      expect(() => relyingPartyOf(undefined, host)).toThrow(
        expect.objectContaining({ code: 'passkeys.unavailable_here' }),
      );
  });

  test('has a name and https', () => {
    for (const publicUrl of ['https://192.0.2.1', 'https://[2001:db8::1]', 'http://ai.example.org'])
      expect(() => relyingPartyOf(publicUrl, 'localhost:3000')).toThrow(
        expect.objectContaining({ code: 'passkeys.unavailable_here' }),
      );
    expect(relyingPartyOf('http://localhost:8080', 'localhost:3000').origin).toBe('http://localhost:8080');
  });

  test('refuses with a sentence that says what to do at an address without passkeys', async () => {
    const { browser } = await signedIn(app, 'by-address@example.org');
    const response = await browser.request('POST', `${url}/registration-options`, {
      headers: { host: '127.0.0.1:3000' },
      origin: 'http://127.0.0.1:3000',
    });
    expect(outcomeOf(response)).toEqual([409, 'passkeys.unavailable_here']);
    expect((response.json() as { detail: string }).detail).toContain('http://localhost');
  });
});
