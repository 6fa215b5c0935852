import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, signedIn, TestBrowser } from './client.ts';
import {
  auditOf,
  beginPasskeySignIn,
  finishPasskeySignIn,
  forgetStepUp,
  keyHolder,
  NoticeBook,
  outcomeOf,
  signInByPasskey,
  signInHalfway,
  verifySecondFactor,
} from './factors.ts';
import {
  type CreationOptions,
  type Lies,
  type RequestOptions,
  SoftwareAuthenticator,
} from './software-authenticator.ts';

let app: TestApp;
const notices = new NoticeBook();
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', identity: { noticeSender: notices } });
});
afterAll(() => app.stop());

const url = '/api/v1/auth/passkeys';

describe('signing in by a passkey alone', () => {
  test('needs no address, and stands for both factors', async () => {
    const { id, authenticator } = await keyHolder(app, 'resident@example.org');
    const { browser, response, options } = await signInByPasskey(app, authenticator);
    expect(options.allowCredentials).toBeUndefined();
    expect([options.rpId, options.userVerification]).toEqual(['localhost', 'required']);
    expect(response.json()).toMatchObject({ user: { id }, csrf_token: expect.any(String) });
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
    expect(outcomeOf(await browser.request('POST', `${url}/registration-options`))).toEqual([200, undefined]);
    const events = await auditOf(app, id, 'sign_in');
    expect(events.at(-1)).toMatchObject({ outcome: 'success', factor: 'passkey' });
  });

  test('lists the passkeys of an address, so that those without resident keys can answer', async () => {
    const { authenticator, email, id } = await keyHolder(app, 'named@example.org');
    const { response, options } = await signInByPasskey(app, authenticator, { userHandle: null }, email);
    expect(options.allowCredentials?.map((entry) => entry.id)).toEqual(
      authenticator.credentials.map((credential) => credential.id),
    );
    expect(response.json()).toMatchObject({ user: { id } });
  });

  test('S5: answers the same for an unknown address, for one without passkeys, and always the same', async () => {
    await signedIn(app, 'no-passkeys@example.org');
    const { email } = await keyHolder(app, 'has-passkeys@example.org');
    const shapeOf = async (address: string) => {
      const { challenge_id, options } = await beginPasskeySignIn(new TestBrowser(app), address);
      const [first] = (options.allowCredentials ?? []) as {
        id: string;
        type: string;
        transports: string[];
      }[];
      return {
        keys: Object.keys(options).sort(),
        entry: Object.keys(first ?? {}).sort(),
        idLength: challenge_id.length,
        first: first?.id,
      };
    };
    const known = await shapeOf(email);
    for (const address of ['nobody@example.org', 'no-passkeys@example.org']) {
      const unknown = await shapeOf(address);
      expect({ ...unknown, first: '' }).toEqual({ ...known, first: '' });
      expect(unknown.first).toMatch(/^[\w-]{20,}$/);
      expect((await shapeOf(address)).first).toBe(unknown.first);
    }
  });

  test('gives programs bearer tokens when they ask', async () => {
    const { authenticator } = await keyHolder(app, 'program@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id, options } = await beginPasskeySignIn(browser);
    const response = await browser.request('POST', `${url}/sign-in`, {
      json: { challenge_id, credential: authenticator.get(options), token_delivery: 'body' },
    });
    expect(response.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
  });

  test('does not open a suspended account', async () => {
    const { id, authenticator } = await keyHolder(app, 'suspended@example.org');
    await app.platform.db.executeQuery(
      CompiledQuery.raw(`update users set status = 'suspended' where id = $1`, [id]),
    );
    const { response } = await signInByPasskey(app, authenticator);
    expect(outcomeOf(response)).toEqual([403, 'auth.account_blocked']);
  });
});

describe('S15: a passkey is refused', () => {
  const cases: [string, Lies, string, string][] = [
    ['of another origin', { origin: 'https://evil.example' }, 'passkeys.refused', 'origin'],
    ['of another port', { origin: 'http://localhost:3001' }, 'passkeys.refused', 'origin'],
    ['for another site (rpIdHash)', { rpId: 'evil.example' }, 'passkeys.refused', 'authenticator_data'],
    ['from inside a frame of another site', { crossOrigin: true }, 'passkeys.refused', 'cross_origin'],
    ['of another ceremony', { type: 'webauthn.create' }, 'passkeys.refused', 'ceremony'],
    ['for another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'passkeys.refused', 'challenge'],
    [
      'without user verification',
      { userVerified: false },
      'passkeys.user_verification_required',
      'user_verification',
    ],
    ['without user presence', { userPresent: false }, 'passkeys.refused', 'authenticator_data'],
    ['whose signature is another one', { signature: 'MEUCIQ' }, 'passkeys.refused', 'authenticator_data'],
    ['that may suddenly be copied', { backupEligible: true }, 'passkeys.refused', 'backup_eligibility'],
    [
      'with somebody else’s user handle',
      { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' },
      'passkeys.refused',
      'user_handle',
    ],
    ['that names nobody where nobody was named', { userHandle: null }, 'passkeys.refused', 'user_handle'],
  ];

  test.each(cases)('%s', async (name, lies, code, reason) => {
    const email = `refused-${cases.findIndex(([known]) => known === name)}@example.org`;
    const { id, authenticator } = await keyHolder(app, email);
    const { browser, response } = await signInByPasskey(app, authenticator, lies);
    expect(outcomeOf(response)).toEqual([401, code]);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    expect(await auditOf(app, id, 'passkey.refused')).toMatchObject([
      { outcome: 'failure', code, details: { reason } },
    ]);
    expect((await signInByPasskey(app, authenticator)).response.statusCode).toBe(200);
  });

  test('that nobody has registered', async () => {
    const stranger = new SoftwareAuthenticator();
    stranger.create({
      challenge: 'x',
      rp: { id: 'localhost' },
      user: { id: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'x' },
    });
    expect(outcomeOf((await signInByPasskey(app, stranger)).response)).toEqual([401, 'passkeys.refused']);
  });

  test('signed by another key than the registered one', async () => {
    const { authenticator } = await keyHolder(app, 'key-victim@example.org');
    const thief = await keyHolder(app, 'key-thief@example.org');
    const { response } = await signInByPasskey(app, thief.authenticator, {
      credentialId: authenticator.credentials[0]!.id,
      userHandle: authenticator.credentials[0]!.userHandle,
    });
    expect(outcomeOf(response)).toEqual([401, 'passkeys.refused']);
  });

  test('of another person than the one whose address was given', async () => {
    const victim = await keyHolder(app, 'address-victim@example.org');
    const other = await keyHolder(app, 'address-other@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id, options } = await beginPasskeySignIn(browser, victim.email);
    const credential = other.authenticator.get({ challenge: options.challenge, rpId: options.rpId });
    expect(outcomeOf(await finishPasskeySignIn(browser, challenge_id, credential))).toEqual([
      401,
      'passkeys.refused',
    ]);
  });
});

describe('S15: the challenge', () => {
  test('has 16 bytes or more and is another one each time', async () => {
    const challenges = await Promise.all(
      Array.from(
        { length: 5 },
        async () => (await beginPasskeySignIn(new TestBrowser(app))).options.challenge,
      ),
    );
    for (const challenge of challenges)
      expect(Buffer.from(challenge, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(new Set(challenges).size).toBe(5);
  });

  test('is used up: the same answer a second time, or four times at once, signs in once', async () => {
    const { authenticator } = await keyHolder(
      app,
      'replay@example.org',
      new SoftwareAuthenticator({ counts: false }),
    );
    const browser = new TestBrowser(app);
    const { challenge_id, options } = await beginPasskeySignIn(browser);
    const credential = authenticator.get(options);
    const copies = Array.from({ length: 4 }, () => browser.copy());
    const answers = await Promise.all(
      copies.map((copy) => finishPasskeySignIn(copy, challenge_id, credential)),
    );
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409, 409, 409]);
    expect(answers.filter((answer) => answer.statusCode === 409).map(codeOf)).toEqual(
      Array.from({ length: 3 }, () => 'passkeys.challenge_expired'),
    );
    expect(outcomeOf(await finishPasskeySignIn(browser.copy(), challenge_id, credential))).toEqual([
      409,
      'passkeys.challenge_expired',
    ]);
  });

  test('is used up by a wrong answer too', async () => {
    const { authenticator } = await keyHolder(app, 'used-up@example.org');
    const { browser, challenge_id, options, response } = await signInByPasskey(app, authenticator, {
      userVerified: false,
    });
    expect(response.statusCode).toBe(401);
    const again = await finishPasskeySignIn(browser, challenge_id, authenticator.get(options));
    expect(outcomeOf(again)).toEqual([409, 'passkeys.challenge_expired']);
  });

  test('belongs to the browser that asked for it', async () => {
    const { authenticator } = await keyHolder(app, 'bound@example.org');
    const { challenge_id, options } = await beginPasskeySignIn(new TestBrowser(app));
    const elsewhere = new TestBrowser(app);
    await elsewhere.fetchCsrf();
    const response = await finishPasskeySignIn(elsewhere, challenge_id, authenticator.get(options));
    expect(outcomeOf(response)).toEqual([409, 'passkeys.challenge_expired']);
  });

  test('of a registration belongs to the session that began it, and to that ceremony', async () => {
    const first = await signedIn(app, 'ceremony@example.org');
    const other = await signedIn(app, 'ceremony-other@example.org');
    const begun = await first.browser.request('POST', `${url}/registration-options`);
    const { challenge_id, options } = begun.json() as { challenge_id: string; options: CreationOptions };
    const credential = new SoftwareAuthenticator().create(options);
    const stolen = await other.browser.request('POST', url, { json: { challenge_id, credential } });
    expect(outcomeOf(stolen)).toEqual([409, 'passkeys.challenge_expired']);
    const sameSession = await first.browser.request('POST', url, { json: { challenge_id, credential } });
    expect(sameSession.statusCode).toBe(201);
    const repeated = await first.browser.request('POST', url, { json: { challenge_id, credential } });
    expect(outcomeOf(repeated)).toEqual([409, 'passkeys.challenge_expired']);
  });

  test('expires', async () => {
    const { authenticator } = await keyHolder(app, 'late@example.org');
    const browser = new TestBrowser(app);
    const { challenge_id, options } = await beginPasskeySignIn(browser);
    await app.platform.db.executeQuery(
      CompiledQuery.raw(
        `update challenges set expires_at = now() - interval '1 second' where purpose = 'passkey.sign_in'`,
      ),
    );
    const response = await finishPasskeySignIn(browser, challenge_id, authenticator.get(options));
    expect(outcomeOf(response)).toEqual([409, 'passkeys.challenge_expired']);
  });
});

describe('S15: the counter', () => {
  test('that went back means a copy: refused, recorded and told to the person', async () => {
    const { id, authenticator, passkey } = await keyHolder(app, 'cloned@example.org');
    expect((await signInByPasskey(app, authenticator)).response.statusCode).toBe(200);
    for (const counter of [1, 2]) {
      const { response } = await signInByPasskey(app, authenticator, { counter });
      expect(outcomeOf(response)).toEqual([401, 'passkeys.cloned']);
    }
    expect(await auditOf(app, id, 'passkey.refused')).toMatchObject([
      { code: 'passkeys.cloned', details: { reason: 'counter', passkey_id: passkey.id, counter: 1 } },
      { code: 'passkeys.cloned', details: { counter: 2 } },
    ]);
    expect(notices.toldTo(id).map((notice) => notice.kind)).toEqual([
      'passkey_added',
      'passkey_cloned',
      'passkey_cloned',
    ]);
    expect((await signInByPasskey(app, authenticator)).response.statusCode).toBe(200);
  });

  test('that stays at nought is that of a passkey which does not count', async () => {
    const { authenticator } = await keyHolder(
      app,
      'uncounted@example.org',
      new SoftwareAuthenticator({ counts: false }),
    );
    expect((await signInByPasskey(app, authenticator)).response.statusCode).toBe(200);
    expect((await signInByPasskey(app, authenticator)).response.statusCode).toBe(200);
  });
});

describe('a passkey as second factor', () => {
  const optionsFor = async (browser: TestBrowser, challengeId: string) => {
    const response = await browser.request('POST', '/api/v1/auth/2fa/passkey-options', {
      json: { challenge_id: challengeId },
    });
    return (response.json() as { options: RequestOptions }).options;
  };

  test('completes a sign-in by password, also without user verification', async () => {
    const { id, email, authenticator } = await keyHolder(app, 'second@example.org');
    const { browser, challengeId, methods } = await signInHalfway(app, email);
    expect(methods).toEqual(['passkey', 'backup_code']);
    expect((await browser.request('GET', '/api/v1/profile')).statusCode).toBe(401);
    const options = await optionsFor(browser, challengeId);
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'preferred' });
    const credential = authenticator.get(options, { userVerified: false });
    const response = await verifySecondFactor(browser, challengeId, { method: 'passkey', credential });
    expect(response.json()).toMatchObject({ user: { id } });
  });

  test('S15: its challenge is used up by any answer, while the sign-in goes on', async () => {
    const { email, authenticator } = await keyHolder(app, 'second-replay@example.org');
    const { browser, challengeId } = await signInHalfway(app, email);
    const first = await optionsFor(browser, challengeId);
    const wrong = await verifySecondFactor(browser, challengeId, {
      method: 'passkey',
      credential: authenticator.get(first, { origin: 'https://evil.example' }),
    });
    expect(outcomeOf(wrong)).toEqual([401, 'passkeys.refused']);
    const replayed = await verifySecondFactor(browser, challengeId, {
      method: 'passkey',
      credential: authenticator.get(first),
    });
    expect(outcomeOf(replayed)).toEqual([409, 'passkeys.challenge_expired']);
    const credential = authenticator.get(await optionsFor(browser, challengeId));
    const right = await verifySecondFactor(browser, challengeId, { method: 'passkey', credential });
    expect(right.statusCode).toBe(200);
  });

  test('of another person does not do', async () => {
    const { email } = await keyHolder(app, 'second-mine@example.org');
    const other = await keyHolder(app, 'second-other@example.org');
    const { browser, challengeId } = await signInHalfway(app, email);
    const { challenge, rpId } = await optionsFor(browser, challengeId);
    const credential = other.authenticator.get({ challenge, rpId });
    const response = await verifySecondFactor(browser, challengeId, { method: 'passkey', credential });
    expect(outcomeOf(response)).toEqual([401, 'passkeys.refused']);
    const shapeless = await verifySecondFactor(browser, challengeId, {
      method: 'passkey',
      credential: { id: 1 },
    });
    expect(outcomeOf(shapeless)).toEqual([401, 'passkeys.refused']);
  });

  test('is a proof for step-up, once per challenge', async () => {
    const { browser, sessionId, authenticator, passkey } = await keyHolder(app, 'second-step-up@example.org');
    await forgetStepUp(app, sessionId);
    expect(outcomeOf(await browser.request('DELETE', `${url}/${passkey.id}`))).toEqual([
      403,
      'auth.step_up_required',
    ]);
    const begun = await browser.request('POST', '/api/v1/auth/step-up/passkey-options');
    const { challenge_id, options } = begun.json() as { challenge_id: string; options: RequestOptions };
    const proof = { method: 'passkey', challenge_id, credential: authenticator.get(options) };
    const proved = await browser.request('POST', '/api/v1/auth/step-up', { json: proof });
    expect(proved.statusCode).toBe(200);
    browser.csrf = (proved.json() as { csrf_token: string }).csrf_token;
    expect((await browser.request('POST', '/api/v1/auth/step-up', { json: proof })).statusCode).toBe(401);
    expect((await browser.request('DELETE', `${url}/${passkey.id}`)).statusCode).toBe(200);
  });
});
