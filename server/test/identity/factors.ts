import { CompiledQuery } from 'kysely';
import { TOTP } from 'otpauth';
import type { NoticeSender, SecurityNotice } from '../../src/features/notices/index.ts';
import type { TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import {
  type CreationOptions,
  type Lies,
  type RequestOptions,
  SoftwareAuthenticator,
} from './software-authenticator.ts';

/** The code that an authenticator app shows now. */
export function codeNow(secret: string): string {
  return TOTP.generate({ secret: secretOf(secret), algorithm: 'SHA1', digits: 6, period: 30 });
}

function secretOf(base32: string) {
  return new TOTP({ secret: base32 }).secret;
}

/** Keeps what people were told, in place of mail. */
export class NoticeBook implements NoticeSender {
  readonly #told: { userId: string; notice: SecurityNotice }[] = [];

  async send(_executor: unknown, userId: string, notice: SecurityNotice): Promise<void> {
    this.#told.push({ userId, notice });
  }

  reachesPeople(): boolean {
    return false;
  }

  async sendSignInCode(): Promise<void> {
    throw new Error('Nobody is sent codes here.');
  }

  /** What the person was told about their factors. */
  toldTo(userId: string): SecurityNotice[] {
    const own = this.#told.filter((entry) => entry.userId === userId).map((entry) => entry.notice);
    return own.filter((notice) => /^(totp|passkey|backup_code)/.test(notice.kind));
  }
}

interface Enrolled {
  secret: string;
  backupCodes: string[] | null;
}

/** Sets an authenticator app up by the routes. */
export async function enrolTotp(browser: TestBrowser): Promise<Enrolled> {
  const setup = await browser.request('POST', '/api/v1/auth/2fa/totp/setup');
  if (setup.statusCode !== 200) throw new Error(`set-up answered ${setup.body}`);
  const { secret } = setup.json() as { secret: string };
  const confirmed = await browser.request('POST', '/api/v1/auth/2fa/totp/confirm', {
    json: { code: codeNow(secret) },
  });
  if (confirmed.statusCode !== 200) throw new Error(`confirming answered ${confirmed.body}`);
  return { secret, backupCodes: (confirmed.json() as { backup_codes: string[] | null }).backup_codes };
}

/** Makes codes of this moment count again, as if the person had waited: each step succeeds once only. */
export async function waitForNextCode(app: TestApp, userId: string): Promise<void> {
  await app.platform.db.executeQuery(
    CompiledQuery.raw('update totp_secrets set last_step = 0 where user_id = $1', [userId]),
  );
}

/** Adds a passkey by the routes. */
export async function enrolPasskey(
  browser: TestBrowser,
  authenticator = new SoftwareAuthenticator(),
  lies: Lies = {},
) {
  const begun = await browser.request('POST', '/api/v1/auth/passkeys/registration-options');
  if (begun.statusCode !== 200) throw new Error(`registration options answered ${begun.body}`);
  const { challenge_id, options } = begun.json() as { challenge_id: string; options: CreationOptions };
  const credential = authenticator.create(options, lies);
  const response = await browser.request('POST', '/api/v1/auth/passkeys', {
    json: { challenge_id, credential },
  });
  const body = response.json() as { passkey: { id: string; name: string }; backup_codes: string[] | null };
  return { authenticator, options, challenge_id, credential, response, ...body };
}

/** Asks for a sign-in by passkey. */
export async function beginPasskeySignIn(browser: TestBrowser, email?: string) {
  await browser.fetchCsrf();
  const response = await browser.request('POST', '/api/v1/auth/passkeys/authentication-options', {
    json: email === undefined ? {} : { email },
  });
  if (response.statusCode !== 200) throw new Error(`authentication options answered ${response.body}`);
  return response.json() as { challenge_id: string; options: RequestOptions };
}

export async function finishPasskeySignIn(browser: TestBrowser, challengeId: string, credential: unknown) {
  const response = await browser.request('POST', '/api/v1/auth/passkeys/sign-in', {
    json: { challenge_id: challengeId, credential },
  });
  if (response.statusCode === 200)
    browser.csrf = (response.json() as { csrf_token?: string }).csrf_token ?? browser.csrf;
  return response;
}

/** Password first; what is answered is the challenge for a second factor. */
export async function signInHalfway(app: TestApp, email: string) {
  const browser = new TestBrowser(app);
  const response = await browser.signIn(email, goodPassword);
  const { two_factor } = response.json() as { two_factor?: { challenge_id: string; methods: string[] } };
  if (!two_factor) throw new Error(`no second factor was asked for: ${response.body}`);
  await browser.fetchCsrf();
  return { browser, challengeId: two_factor.challenge_id, methods: two_factor.methods };
}

export function verifySecondFactor(
  browser: TestBrowser,
  challengeId: string,
  proof: Record<string, unknown>,
) {
  return browser.request('POST', '/api/v1/auth/2fa/verify', {
    json: { challenge_id: challengeId, ...proof },
  });
}

/** Status and code of an answer, for comparing at a glance. */
export function outcomeOf(
  response: Awaited<ReturnType<TestBrowser['request']>>,
): [number, string | undefined] {
  return [response.statusCode, response.statusCode < 400 ? undefined : codeOf(response)];
}

/** Events of one action about a person, the oldest first. */
export async function auditOf(app: TestApp, userId: string, action: string) {
  const { rows } = await app.platform.db.executeQuery(
    CompiledQuery.raw(
      'select outcome, code, factor, details from audit_events where subject_id = $1 and action = $2 order by occurred_at, id',
      [userId, action],
    ),
  );
  return rows as {
    outcome: string;
    code: string | null;
    factor: string | null;
    details: Record<string, unknown>;
  }[];
}

export async function secondFactorsOf(app: TestApp, userId: string): Promise<string[]> {
  const { rows } = await app.platform.db.executeQuery(
    CompiledQuery.raw('select second_factors from users where id = $1', [userId]),
  );
  return (rows[0] as { second_factors: string[] }).second_factors;
}

/** As if the last full proof of this session was long ago. */
export async function forgetStepUp(app: TestApp, sessionId: string): Promise<void> {
  await app.platform.db.executeQuery(
    CompiledQuery.raw(`update sessions set stepped_up_at = now() - interval '1 hour' where id = $1`, [
      sessionId,
    ]),
  );
  app.platform.bus.publish('sessions.changed', { session_ids: [sessionId] });
}

/** As if the person had just proved who they are: a test file may last longer than such a proof. */
export async function keepStepUp(app: TestApp, ...sessionIds: string[]): Promise<void> {
  await app.platform.db.executeQuery(
    CompiledQuery.raw('update sessions set stepped_up_at = now() where id = any($1::uuid[])', [sessionIds]),
  );
  app.platform.bus.publish('sessions.changed', { session_ids: sessionIds });
}

/** Policy: people of this role need a second factor, from the next sign-in on. */
export async function demandSecondFactors(app: TestApp, role: 'user' | 'admin'): Promise<void> {
  const policy = { second_factor: { [role]: 'required' }, second_factor_grace_days: 0 };
  await app.platform.db.executeQuery(
    CompiledQuery.raw(
      `insert into security_policies (policy, version) values ($1, 1)
       on conflict (id) do update set policy = excluded.policy, version = security_policies.version + 1`,
      [JSON.stringify(policy)],
    ),
  );
  app.platform.bus.publish('policies.changed', {});
}

/** A person with a passkey. */
export async function keyHolder(app: TestApp, email: string, authenticator = new SoftwareAuthenticator()) {
  const person = await signedIn(app, email);
  const enrolled = await enrolPasskey(person.browser, authenticator);
  if (enrolled.response.statusCode !== 201)
    throw new Error(`adding a passkey answered ${enrolled.response.body}`);
  return { ...person, authenticator, passkey: enrolled.passkey };
}

/** One sign-in by passkey in a new browser. */
export async function signInByPasskey(
  app: TestApp,
  authenticator: SoftwareAuthenticator,
  lies: Lies = {},
  email?: string,
) {
  const browser = new TestBrowser(app);
  const { challenge_id, options } = await beginPasskeySignIn(browser, email);
  const response = await finishPasskeySignIn(browser, challenge_id, authenticator.get(options, lies));
  return { browser, response, challenge_id, options };
}
