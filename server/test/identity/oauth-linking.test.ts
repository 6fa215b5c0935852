import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PeerPerson } from '../peers/openid-provider.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { countMails, mailedToken } from './mail-world.ts';
import {
  accountOf,
  authorizationUrl,
  authorize,
  comeBack,
  createOauthWorld,
  linkedTo,
  type OauthWorld,
  signInAtPeer,
  verifyEmail,
  whoIs,
} from './oauth-world.ts';

let world: OauthWorld;
beforeAll(async () => {
  world = await createOauthWorld();
});
beforeEach(async () => {
  world.peer.behave();
  await world.keepStepUp();
});
afterAll(() => world.stop());

let count = 0;
function atPeer(more: Partial<PeerPerson> = {}) {
  count += 1;
  const email = `linking-${count}@example.org`;
  const person = { sub: `linking-${count}`, email, email_verified: true, ...more };
  world.peer.people.set(person.sub, person);
  return person;
}

/** Somebody with an account here, whose address is verified, and with the same address at the provider. */
async function known(role: 'user' | 'admin' | 'superuser' = 'user') {
  const person = atPeer();
  const here = await signedIn(world.app, person.email, role);
  await verifyEmail(world.app, here.id);
  return { person, ...here };
}

const refusal = (code: string): string => `/sign-in?oauth_error=${code}`;
const arrive = (sub: string): Promise<string> => signInAtPeer(world, new TestBrowser(world.app), sub);

async function ageProof(sessionOf: TestBrowser): Promise<void> {
  const { session } = (await sessionOf.request('GET', '/api/v1/auth/status')).json() as {
    session: { id: string };
  };
  await sql`update sessions set stepped_up_at = now() - interval '1 hour' where id = ${session.id}`.execute(
    world.app.platform.db,
  );
  world.app.platform.bus.publish('sessions.changed', { session_ids: [session.id] });
}

async function identities(browser: TestBrowser) {
  const response = await browser.request('GET', '/api/v1/auth/identities');
  return (response.json() as { items: { id: string; provider_id: string | null; usable: boolean }[] }).items;
}

describe('S33: an address alone', () => {
  test('leads into the account when it is verified on both sides', async () => {
    const { person, id } = await known();
    const browser = new TestBrowser(world.app);
    expect(await signInAtPeer(world, browser, person.sub)).toBe('/');
    expect(await whoIs(browser)).toBe(id);
    expect(await identities(browser)).toMatchObject([
      { provider_id: 'peer', usable: true, email: person.email },
    ]);
    const { rows } = await sql<{ action: string }>`
      select action from audit_events where subject_id = ${id} and action = 'identity.linked'`.execute(
      world.app.platform.db,
    );
    expect(rows).toHaveLength(1);
    expect(await countMails(world.app, 'identity_linked', person.email)).toBe(1);
  });

  test('also in another spelling, since the account is the same', async () => {
    const { person, id } = await known();
    world.peer.people.set(person.sub, { ...person, email: ` ${person.email.toUpperCase()}` });
    expect(await arrive(person.sub)).toBe('/');
    expect(await linkedTo(world.app, person.sub)).toBe(id);
  });

  test('leads nowhere when the provider has not verified it, whatever it says of it instead', async () => {
    for (const email_verified of [false, undefined]) {
      const { person } = await known();
      world.peer.people.set(person.sub, { ...person, email_verified } as PeerPerson);
      expect(await arrive(person.sub)).toBe(refusal('oauth.email_unverified'));
      expect(await linkedTo(world.app, person.sub)).toBeUndefined();
    }
  });

  test('pre-hijack: an account that lies in wait under an unverified address is not entered, nor taken over', async () => {
    const person = atPeer();
    const attacker = await signedIn(world.app, person.email);
    const browser = new TestBrowser(world.app);
    expect(await signInAtPeer(world, browser, person.sub)).toBe(refusal('oauth.account_exists_unverified'));
    expect(await whoIs(browser)).toBeUndefined();
    expect(await linkedTo(world.app, person.sub)).toBeUndefined();
    expect(await accountOf(world.app, person.email)).toMatchObject({ id: attacker.id, verified: false });
  });

  test('never leads into the account of an administrator', async () => {
    for (const role of ['admin', 'superuser'] as const) {
      const { person } = await known(role);
      expect(await arrive(person.sub)).toBe(refusal('oauth.link_needed'));
      expect(await linkedTo(world.app, person.sub)).toBeUndefined();
    }
  });

  test('of which Google only says that it was once verified leads nowhere', async () => {
    await sql`update oauth_providers set preset = 'google'`.execute(world.app.platform.db);
    const [foreign, hosted] = [await known(), await known()];
    expect(await arrive(foreign.person.sub)).toBe(refusal('oauth.link_needed'));
    world.peer.misbehave({
      idToken: (token) => ({ ...token, claims: { ...token.claims, hd: 'example.org' } }),
    });
    expect(await arrive(hosted.person.sub)).toBe('/');
    await sql`update oauth_providers set preset = 'openid'`.execute(world.app.platform.db);
  });

  test('counts as verified where an administrator trusts the provider, unless it says the opposite', async () => {
    await world.change({ trust_email: true });
    const [silent, denying] = [await known(), await known()];
    world.peer.people.set(silent.person.sub, { sub: silent.person.sub, email: silent.email });
    world.peer.people.set(denying.person.sub, { ...denying.person, email_verified: false });
    expect(await arrive(silent.person.sub)).toBe('/');
    expect(await arrive(denying.person.sub)).toBe(refusal('oauth.email_unverified'));
    await world.change({ trust_email: false });
  });

  test('must be there', async () => {
    const person = atPeer();
    for (const email of [undefined, 'no address', '']) {
      world.peer.people.set(person.sub, {
        sub: person.sub,
        email_verified: true,
        ...(email === undefined ? {} : { email }),
      });
      expect(await arrive(person.sub)).toBe(refusal('oauth.email_missing'));
    }
  });
});

describe('S33: a subject', () => {
  test('of one issuer is somebody else than the same subject of another issuer', async () => {
    const victim = await known();
    const person = atPeer();
    await sql`insert into user_identities (id, user_id, issuer, subject)
      values (gen_random_uuid(), ${victim.id}, 'https://other.example', ${person.sub})`.execute(
      world.app.platform.db,
    );
    const browser = new TestBrowser(world.app);
    expect(await signInAtPeer(world, browser, person.sub)).toBe('/');
    expect(await whoIs(browser)).toBe((await accountOf(world.app, person.email))?.id);
    expect(await whoIs(browser)).not.toBe(victim.id);
  });
});

describe('S33: suspended and pending accounts stay out', () => {
  const statuses = [
    ['suspended', 'oauth.account_blocked'],
    ['deactivated', 'oauth.account_blocked'],
    ['pending', 'oauth.account_pending'],
  ] as const;
  test.each(statuses)('%s: by identity and by address', async (status, code) => {
    const [linked, unlinked] = [await known(), await known()];
    await arrive(linked.person.sub);
    await sql`update users set status = ${status} where id in (${linked.id}, ${unlinked.id})`.execute(
      world.app.platform.db,
    );
    for (const { person } of [linked, unlinked]) {
      const browser = new TestBrowser(world.app);
      expect(await signInAtPeer(world, browser, person.sub)).toBe(refusal(code));
      expect(await whoIs(browser)).toBeUndefined();
    }
    expect(await linkedTo(world.app, unlinked.person.sub)).toBeUndefined();
  });
});

describe('registration through a provider', () => {
  test.each([
    ['closed', 'oauth.registration_closed'],
    ['invitation', 'oauth.invitation_needed'],
  ])('follows the policy: %s', async (registration, code) => {
    await world.policy({ registration });
    const person = atPeer();
    expect(await arrive(person.sub)).toBe(refusal(code));
    expect(await accountOf(world.app, person.email)).toBeUndefined();
    await world.policy({ registration: 'open' });
  });

  test('follows the policy: approval makes an account that waits', async () => {
    await world.policy({ registration: 'approval' });
    const person = atPeer();
    expect(await arrive(person.sub)).toBe(refusal('oauth.account_pending'));
    expect(await accountOf(world.app, person.email)).toMatchObject({
      status: 'pending',
      password_hash: null,
    });
    expect(await arrive(person.sub)).toBe(refusal('oauth.account_pending'));
    await sql`update users set status = 'active' where email_canonical = ${person.email}`.execute(
      world.app.platform.db,
    );
    expect(await arrive(person.sub)).toBe('/');
    await world.policy({ registration: 'open' });
  });

  test('two first sign-ins at once make one account', async () => {
    const person = atPeer();
    const arrivals = await Promise.all(
      [0, 1].map(async () => {
        const browser = new TestBrowser(world.app);
        return { browser, back: await world.peer.visit(await authorizationUrl(browser), person.sub) };
      }),
    );
    const places = await Promise.all(arrivals.map(({ browser, back }) => comeBack(browser, back)));
    expect(places).toEqual(['/', '/']);
    const account = await accountOf(world.app, person.email);
    for (const { browser } of arrivals) expect(await whoIs(browser)).toBe(account?.id);
  });
});

describe('after the provider', () => {
  test('S16: a second factor is still due, and the browser holds nothing but its challenge', async () => {
    const { person, id } = await known();
    await sql`update users set second_factors = '{totp}' where id = ${id}`.execute(world.app.platform.db);
    const browser = new TestBrowser(world.app);
    const place = new URL(await signInAtPeer(world, browser, person.sub, { next: '/documents' }), 'http://x');
    expect(place.pathname + place.search).toBe('/sign-in?next=%2Fdocuments');
    const challenge = /^#two_factor=([\w-]{22,})$/.exec(place.hash)?.[1];
    expect(challenge).toBeDefined();
    expect(await whoIs(browser)).toBeUndefined();
    const described = await browser.request('POST', '/api/v1/auth/2fa/challenge', {
      json: { challenge_id: challenge },
    });
    expect(described.json()).toMatchObject({ methods: ['totp'] });
  });

  test('a policy that demands a second factor restricts the session', async () => {
    await world.policy({ second_factor: { user: 'required' }, second_factor_grace_days: 0 });
    const person = atPeer();
    const browser = new TestBrowser(world.app);
    await signInAtPeer(world, browser, person.sub);
    expect((await browser.request('GET', '/api/v1/auth/status')).json()).toMatchObject({
      restriction: 'enrol_second_factor',
    });
    expect(codeOf(await browser.request('GET', '/api/v1/profile'))).toBe('auth.enrolment_required');
    await world.policy({ second_factor: { user: 'optional' }, second_factor_grace_days: 7 });
  });
});

describe('connecting an identity', () => {
  test('needs somebody who is signed in, with a fresh proof', async () => {
    expect(codeOf(await authorize(new TestBrowser(world.app), { link: true }))).toBe('auth.session_required');
    const { browser } = await known();
    await ageProof(browser);
    const response = await authorize(browser, { link: true });
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'auth.step_up_required']);
  });

  test('is not for a session that must do something else first', async () => {
    const { browser, sessionId } = await known();
    await sql`update sessions set restriction = 'enrol_second_factor' where id = ${sessionId}`.execute(
      world.app.platform.db,
    );
    expect(codeOf(await authorize(browser, { link: true }))).toBe('auth.enrolment_required');
  });

  test('connects whatever address it has, also for an administrator', async () => {
    const { browser, id, sessionId } = await known('admin');
    const person = atPeer({ email: 'elsewhere@example.net', email_verified: false });
    expect(await signInAtPeer(world, browser, person.sub, { link: true })).toBe('/security/methods');
    expect(await linkedTo(world.app, person.sub)).toBe(id);
    // Connecting is no sign-in: the session is the same.
    const { session } = (await browser.request('GET', '/api/v1/auth/status')).json() as {
      session: { id: string };
    };
    expect(session.id).toBe(sessionId);
    expect(await arrive(person.sub)).toBe('/');
  });

  test('of another account is refused, and stays where it is', async () => {
    const [owner, other] = [await known(), await known()];
    await arrive(owner.person.sub);
    expect(await signInAtPeer(world, other.browser, owner.person.sub, { link: true })).toBe(
      '/security/methods?oauth_error=oauth.identity_taken',
    );
    expect(await linkedTo(world.app, owner.person.sub)).toBe(owner.id);
  });

  test('is refused when another person has signed in meanwhile in the same browser', async () => {
    const [first, second] = [await known(), await known()];
    const back = await world.peer.visit(await authorizationUrl(first.browser, { link: true }), atPeer().sub);
    await first.browser.signIn(second.email);
    const place = await comeBack(first.browser, back);
    expect(place).toBe('/security/methods?oauth_error=oauth.other_person');
    expect(await identities(first.browser)).toEqual([]);
  });
});

describe('S10: whoever proves an address', () => {
  const choosePassword = async (email: string): Promise<void> => {
    const visitor = new TestBrowser(world.app);
    await visitor.fetchCsrf();
    await visitor.request('POST', '/api/v1/auth/password/forgot', { json: { email } });
    const token = await mailedToken(world.app, 'reset_password', email);
    const password = 'amber willow cartwheel sonnet';
    const reset = await visitor.request('POST', '/api/v1/auth/password/reset', { json: { token, password } });
    expect(reset.json()).toEqual({ reset: true });
    expect((await visitor.signIn(email, password)).statusCode).toBe(200);
  };

  test('is rid of identities that were connected before, by whoever lay in wait', async () => {
    const email = 'owner-of-address@example.org';
    const attacker = await signedIn(world.app, email);
    await sql`update users set self_registered = true where id = ${attacker.id}`.execute(
      world.app.platform.db,
    );
    const trojan = atPeer();
    await signInAtPeer(world, attacker.browser, trojan.sub, { link: true });
    expect(await linkedTo(world.app, trojan.sub)).toBe(attacker.id);
    await choosePassword(email);
    expect(await linkedTo(world.app, trojan.sub)).toBeUndefined();
  });

  test('who has no password can set one by mail, and keeps the identity that came first', async () => {
    const person = atPeer();
    await arrive(person.sub);
    const account = await accountOf(world.app, person.email);
    await choosePassword(person.email);
    expect(await linkedTo(world.app, person.sub)).toBe(account?.id);
    expect(await arrive(person.sub)).toBe('/');
  });
});

describe('disconnecting an identity', () => {
  const remove = (browser: TestBrowser, id: string) =>
    browser.request('DELETE', `/api/v1/auth/identities/${id}`);

  test('S30: of another person is not found', async () => {
    const [owner, other] = [await known(), await known()];
    await arrive(owner.person.sub);
    const [identity] = await identities(owner.browser);
    const response = await remove(other.browser, identity!.id);
    expect([response.statusCode, codeOf(response)]).toEqual([404, 'oauth.identity_not_found']);
    expect(await identities(owner.browser)).toHaveLength(1);
  });

  test('works where there is a password, and needs a fresh proof', async () => {
    const { browser, person } = await known();
    await arrive(person.sub);
    const [identity] = await identities(browser);
    await ageProof(browser);
    expect(codeOf(await remove(browser, identity!.id))).toBe('auth.step_up_required');
    await browser.request('POST', '/api/v1/auth/step-up', {
      json: { method: 'password', password: goodPassword },
    });
    await browser.fetchCsrf();
    expect((await remove(browser, identity!.id)).json()).toEqual({ unlinked: true });
    expect(await identities(browser)).toEqual([]);
    expect(await countMails(world.app, 'identity_unlinked', person.email)).toBe(1);
  });

  test('is refused when it is the last way to sign in', async () => {
    const person = atPeer();
    const browser = new TestBrowser(world.app);
    await signInAtPeer(world, browser, person.sub);
    await browser.fetchCsrf();
    const [identity] = await identities(browser);
    const response = await remove(browser, identity!.id);
    expect([response.statusCode, codeOf(response)]).toEqual([409, 'oauth.last_sign_in_method']);

    // An identity at a provider that is switched off is no way in; a passkey is.
    const id = await whoIs(browser);
    await sql`insert into user_identities (id, user_id, provider_id, issuer, subject)
      values (gen_random_uuid(), ${id}, null, 'https://gone.example', ${person.sub})`.execute(
      world.app.platform.db,
    );
    expect(codeOf(await remove(browser, identity!.id))).toBe('oauth.last_sign_in_method');
    await sql`update users set second_factors = '{passkey}' where id = ${id}`.execute(world.app.platform.db);
    expect((await remove(browser, identity!.id)).statusCode).toBe(200);
  });
});

describe('S9: confirming who one is at the provider', () => {
  async function withoutPassword() {
    const person = atPeer();
    const browser = new TestBrowser(world.app);
    await signInAtPeer(world, browser, person.sub);
    await browser.fetchCsrf();
    await ageProof(browser);
    return { person, browser };
  }
  const sensitive = async (browser: TestBrowser): Promise<string> => {
    await browser.fetchCsrf();
    const [identity] = await identities(browser);
    return codeOf(await browser.request('DELETE', `/api/v1/auth/identities/${identity!.id}`));
  };

  test('opens sensitive routes, under a new session id', async () => {
    const { person, browser } = await withoutPassword();
    expect(await sensitive(browser)).toBe('auth.step_up_required');
    expect((await browser.request('GET', '/api/v1/auth/step-up')).json()).toMatchObject({
      methods: ['oauth'],
    });
    const before = browser.jar.get('access_token');
    const url = await authorizationUrl(browser, { step_up: true, next: '/security/methods' });
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ prompt: 'login', max_age: '0' });
    expect(await comeBack(browser, await world.peer.visit(url, person.sub))).toBe('/security/methods');
    expect(browser.jar.get('access_token')).not.toBe(before);
    expect(await sensitive(browser)).toBe('oauth.last_sign_in_method');
  });

  test('does not when the provider let in whoever was signed in there', async () => {
    const { person, browser } = await withoutPassword();
    for (const auth_time of [Math.floor(Date.now() / 1000) - 600, undefined]) {
      world.peer.misbehave({
        idToken: (token) => ({ ...token, claims: { ...token.claims, auth_time } }),
      });
      expect(await signInAtPeer(world, browser, person.sub, { step_up: true })).toBe(
        '/security/methods?oauth_error=oauth.not_reauthenticated',
      );
    }
    world.peer.behave();
    expect(await sensitive(browser)).toBe('auth.step_up_required');
  });

  test('does not with the identity of somebody else', async () => {
    const { browser } = await withoutPassword();
    expect(await signInAtPeer(world, browser, atPeer().sub, { step_up: true })).toBe(
      '/security/methods?oauth_error=oauth.other_person',
    );
    expect(await sensitive(browser)).toBe('auth.step_up_required');
  });

  test('is not offered to whoever has a second factor', async () => {
    const { browser } = await withoutPassword();
    await sql`update users set second_factors = '{totp}' where id = ${await whoIs(browser)}`.execute(
      world.app.platform.db,
    );
    const response = await authorize(browser, { step_up: true });
    expect([response.statusCode, codeOf(response)]).toEqual([403, 'oauth.step_up_not_offered']);
  });
});
