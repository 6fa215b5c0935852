import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { account } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

/** An answer of the API, as a page gets it. */
interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Asks the API from within the page: its cookies, its origin, its CSRF token. */
async function call(page: Page, method: string, path: string, body?: unknown): Promise<Answer> {
  return page.evaluate(
    async (given) => {
      const token = await (await fetch('/api/v1/auth/csrf-token')).json();
      const headers: Record<string, string> = { 'x-csrf-token': token.csrf_token };
      if (given.body !== undefined) headers['content-type'] = 'application/json';
      const response = await fetch(`/api/v1${given.path}`, {
        method: given.method,
        headers,
        ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    { method, path, body },
  );
}

/** Lets the browser itself make a passkey, or use one. */
function performCeremony(page: Page, kind: 'create' | 'get', options: unknown): Promise<unknown> {
  return page.evaluate(
    async (given) => {
      const json = given.options as never;
      const credential =
        given.kind === 'create'
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json),
            })
          : await navigator.credentials.get({
              publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json),
            });
      return (credential as PublicKeyCredential).toJSON();
    },
    { kind, options },
  );
}

describe('passkeys of a real browser', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  let authenticators: CDPSession;
  let authenticatorId: string;
  beforeAll(async () => {
    product = await Product.start();
    const created = await product.command(
      ['create-user', '--email', account.email, '--role', 'superuser', '--password-stdin'],
      account.password,
    );
    if (created.status !== 0) throw new Error(created.output);
    browser = await openBrowser();
    page = browser.page;
    authenticators = await browser.context.newCDPSession(page);
    await authenticators.send('WebAuthn.enable');
    ({ authenticatorId } = await authenticators.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    }));
    // A page of this origin that begins nothing of its own: two ceremonies at once would end each other.
    const empty = { contentType: 'text/html', body: '<!doctype html><title>Empty</title>' };
    await page.route('**/empty', (route) => route.fulfill(empty));
    await page.goto(`${product.url}/empty`);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const verifiesPeople = (isUserVerified: boolean) =>
    authenticators.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  const signOut = () => call(page, 'POST', '/auth/logout');
  const signInByPasskey = async (tampered: object = {}): Promise<Answer> => {
    const begun = await call(page, 'POST', '/auth/passkeys/authentication-options', {});
    const options = { ...(begun.body.options as object), ...tampered };
    const credential = await performCeremony(page, 'get', options);
    return call(page, 'POST', '/auth/passkeys/sign-in', {
      challenge_id: begun.body.challenge_id,
      credential,
    });
  };

  it('is added by somebody who signed in by password, with backup codes at the first', async () => {
    const signedIn = await call(page, 'POST', '/auth/jwt/login', {
      email: account.email,
      password: account.password,
    });
    expect(signedIn.status).toBe(200);
    const begun = await call(page, 'POST', '/auth/passkeys/registration-options');
    const credential = await performCeremony(page, 'create', begun.body.options);
    const added = await call(page, 'POST', '/auth/passkeys', {
      challenge_id: begun.body.challenge_id,
      credential,
      name: 'This computer',
    });
    expect(added).toMatchObject({
      status: 201,
      body: { passkey: { name: 'This computer', transports: ['internal'] } },
    });
    expect(added.body.backup_codes).toHaveLength(10);
  });

  it('signs in alone, without an address', async () => {
    await signOut();
    expect(await signInByPasskey()).toMatchObject({ status: 200, body: { user: { email: account.email } } });
    expect((await call(page, 'GET', '/auth/passkeys')).body.items).toMatchObject([
      { name: 'This computer', last_used_at: expect.any(String) },
    ]);
  });

  it('completes a sign-in by password', async () => {
    await signOut();
    const halfway = await call(page, 'POST', '/auth/jwt/login', {
      email: account.email,
      password: account.password,
    });
    const { challenge_id } = halfway.body.two_factor as { challenge_id: string };
    expect((await call(page, 'GET', '/profile')).status).toBe(401);
    const begun = await call(page, 'POST', '/auth/2fa/passkey-options', { challenge_id });
    const credential = await performCeremony(page, 'get', begun.body.options);
    const completed = await call(page, 'POST', '/auth/2fa/verify', {
      challenge_id,
      method: 'passkey',
      credential,
    });
    expect(completed.status).toBe(200);
  });

  it('S15: does not sign in when it could not check who holds it', async () => {
    await signOut();
    await verifiesPeople(false);
    await expect(signInByPasskey()).rejects.toThrow(/NotAllowedError/);
    // A page that asks its browser for less than the server did.
    expect(await signInByPasskey({ userVerification: 'discouraged' })).toMatchObject({
      status: 401,
      body: { code: 'passkeys.user_verification_required' },
    });
    await verifiesPeople(true);
    expect((await signInByPasskey()).status).toBe(200);
  });

  it('is offered by the sign-in page among the suggestions, without a click', async () => {
    await signOut();
    await page.goto(`${product.url}/sign-in`);
    // This authenticator asks nobody, so choosing the suggestion is all that would be left to do.
    await page.getByRole('button', { name: /^Account of/ }).waitFor();
    await page.goto(`${product.url}/empty`);
    await signOut();
  });

  it('S15: a copy whose counter is behind is refused, and the person is told', async () => {
    const { credentials } = await authenticators.send('WebAuthn.getCredentials', { authenticatorId });
    const [original] = credentials;
    if (!original) throw new Error('The authenticator holds nothing.');
    const replaceBy = async (signCount: number): Promise<void> => {
      const { credentialId } = original;
      await authenticators.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
      await authenticators.send('WebAuthn.addCredential', {
        authenticatorId,
        credential: { ...original, signCount },
      });
    };
    await replaceBy(0);
    expect(await signInByPasskey()).toMatchObject({ status: 401, body: { code: 'passkeys.cloned' } });
    expect((await call(page, 'GET', '/profile')).status).toBe(401);
    await replaceBy(original.signCount + 100);
    expect((await signInByPasskey()).status).toBe(200);
    const activity = await call(page, 'GET', '/auth/activity?limit=20');
    expect(activity.body.items).toContainEqual(
      expect.objectContaining({ action: 'passkey.refused', code: 'passkeys.cloned' }),
    );
  });

  it('S15: what another page got out of the browser is refused by its origin', async () => {
    await signOut();
    const elsewhere = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    try {
      const begun = await call(page, 'POST', '/auth/passkeys/authentication-options', {});
      // Same host, so the browser gives the passkey out; only the server can tell the port.
      await page.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
      const credential = await performCeremony(page, 'get', begun.body.options);
      await page.goto(`${product.url}/empty`);
      const { challenge_id } = begun.body;
      const answer = await call(page, 'POST', '/auth/passkeys/sign-in', { challenge_id, credential });
      expect(answer).toMatchObject({ status: 401, body: { code: 'passkeys.refused' } });
      expect((await call(page, 'GET', '/profile')).status).toBe(401);
    } finally {
      elsewhere.close();
    }
  });

  it('a security key without room for passkeys of its own is a second factor, and signs in where the address is given', async () => {
    await page.goto(`${product.url}/empty`);
    expect((await signInByPasskey()).status).toBe(200);
    await authenticators.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    ({ authenticatorId } = await authenticators.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasResidentKey: false,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    }));
    const begun = await call(page, 'POST', '/auth/passkeys/registration-options');
    const credential = await performCeremony(page, 'create', begun.body.options);
    const { challenge_id } = begun.body;
    const added = await call(page, 'POST', '/auth/passkeys', { challenge_id, credential, name: 'Key ring' });
    expect(added).toMatchObject({ status: 201, body: { passkey: { transports: ['usb'] } } });
    await signOut();
    await expect(signInByPasskey()).rejects.toThrow(/NotAllowedError/);
    const { email, password } = account;
    const halfway = await call(page, 'POST', '/auth/jwt/login', { email, password });
    const second = (halfway.body.two_factor as { challenge_id: string }).challenge_id;
    const asked = await call(page, 'POST', '/auth/2fa/passkey-options', { challenge_id: second });
    const proof = await performCeremony(page, 'get', asked.body.options);
    const verify = { challenge_id: second, method: 'passkey', credential: proof };
    expect((await call(page, 'POST', '/auth/2fa/verify', verify)).status).toBe(200);
    await signOut();
    const named = await call(page, 'POST', '/auth/passkeys/authentication-options', { email });
    const alone = await performCeremony(page, 'get', named.body.options);
    const entered = await call(page, 'POST', '/auth/passkeys/sign-in', {
      challenge_id: named.body.challenge_id,
      credential: alone,
    });
    expect(entered).toMatchObject({ status: 200, body: { user: { email } } });
  });
});
