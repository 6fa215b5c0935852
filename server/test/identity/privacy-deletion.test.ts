import { sql } from 'kysely';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuditTrail, keepAuditKeys } from '../../src/features/audit/index.ts';
import { readProof as readStoredProof, sealProof } from '../../src/features/privacy/deletion-proof.ts';
import { insertProof } from '../../src/features/privacy/deletions.queries.ts';
import { beginDueDeletions } from '../../src/features/privacy/deletions.service.ts';
import { createKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { Secret } from '../../src/platform/crypto/secret.ts';
import { type SmtpPeer, startSmtpPeer } from '../peers/smtp-peer.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { codeOf, goodPassword, signedIn, TestBrowser } from './client.ts';
import { auditOf, forgetStepUp } from './factors.ts';
import {
  type FullPerson,
  fileExists,
  findInDatabase,
  fullPerson,
  makeExport,
  pathOfFile,
  patience,
} from './privacy-world.ts';

let app: TestApp;
let smtp: SmtpPeer;
let root: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  smtp = await startSmtpPeer();
  app = await createTestApp({
    guard: 'real',
    environ: { SMTP_URL: `smtp://127.0.0.1:${smtp.port}`, MAIL_FROM: 'Engine <engine@example.org>' },
  });
  root = await signedIn(app, 'root@example.org', 'superuser');
});
afterAll(async () => {
  await app.stop();
  await smtp.stop();
});

const deletion = '/api/v1/privacy/deletion';
const askFor = (browser: TestBrowser, email: string) =>
  browser.request('POST', deletion, { json: { confirm_email: email } });
const stateOf = async (browser: TestBrowser) =>
  (await browser.request('GET', deletion)).json() as {
    scheduled_for: string | null;
    requested_by: string | null;
    grace_days: number;
  };
const readProof = (id: string) =>
  new TestBrowser(app).request('GET', `/api/v1/privacy/deletion-proofs/${id}`);

async function graceDays(days: number): Promise<void> {
  await sql`insert into security_policies (policy) values (${JSON.stringify({ deletion_grace_days: days })}::jsonb)
    on conflict (id) do update set policy = excluded.policy`.execute(app.platform.db);
  app.platform.bus.publish('policies.changed', {});
}

async function exists(userId: string): Promise<boolean> {
  const { rows } = await sql`select from users where id = ${userId}`.execute(app.platform.db);
  return rows.length > 0;
}

const untilGone = (userId: string) =>
  vi.waitFor(async () => expect(await exists(userId)).toBe(false), patience);

/** Holds a row, so that whatever deletes it has to wait. */
/** Released at the end of the test at the latest. */
async function hold(statement: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: app.connectionString });
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    released ??= client.end();
    return released;
  };
  onTestFinished(release);
  return { release };
}

async function chainReport() {
  const { db, keys, log } = app.platform;
  const trail = createAuditTrail({ db, keys, log });
  await vi.waitFor(async () => {
    await trail.seal();
    expect((await trail.verify()).waiting).toBe(0);
  }, patience);
  return trail.verify();
}

describe('A19: before it happens', () => {
  beforeAll(() => graceDays(14));

  test('a deletion waits for the grace period, the account works, and it can be taken back', async () => {
    const { browser, email, id } = await signedIn(app, 'unsure@example.org');
    expect(await stateOf(browser)).toMatchObject({ scheduled_for: null, grace_days: 14 });
    const asked = await askFor(browser, 'Unsure@Example.ORG');
    expect(asked.statusCode).toBe(200);
    const { scheduled_for } = asked.json() as { scheduled_for: string };
    const days = (Date.parse(scheduled_for) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(14);
    expect(await stateOf(browser)).toMatchObject({ scheduled_for, requested_by: 'you' });
    const mail = await smtp.arrival((each) => each.to.includes(email));
    expect(mail.headers.get('subject')).toBe('Your account will be deleted');

    const elsewhere = new TestBrowser(app);
    expect((await elsewhere.signIn(email)).statusCode).toBe(200);
    expect(await stateOf(elsewhere)).toMatchObject({ scheduled_for });
    const again = await askFor(browser, email);
    expect(again.json()).toEqual({ scheduled_for });

    expect((await elsewhere.request('DELETE', deletion)).json()).toMatchObject({ scheduled_for: null });
    expect(codeOf(await elsewhere.request('DELETE', deletion))).toBe('privacy.no_deletion');
    expect(await auditOf(app, id, 'account.deletion_scheduled')).toHaveLength(1);
    expect(await auditOf(app, id, 'account.deletion_cancelled')).toHaveLength(1);
    expect(await exists(id)).toBe(true);
  });

  test('S9: it wants a proof of the last minutes, and the right address', async () => {
    const { browser, sessionId } = await signedIn(app, 'careless@example.org');
    for (const wrong of ['root@example.org', 'careless', 'x'.repeat(300)]) {
      const refused = await askFor(browser, wrong);
      expect([refused.statusCode, codeOf(refused)]).toEqual([422, 'privacy.wrong_email']);
    }
    await forgetStepUp(app, sessionId);
    expect(codeOf(await askFor(browser, 'careless@example.org'))).toBe('auth.step_up_required');
    expect((await stateOf(browser)).scheduled_for).toBeNull();
  });

  test('S30: it is about one’s own account only', async () => {
    const asking = await signedIn(app, 'asking@example.org');
    const beside = await signedIn(app, 'beside@example.org');
    await askFor(asking.browser, asking.email);
    expect((await stateOf(beside.browser)).scheduled_for).toBeNull();
    expect(codeOf(await beside.browser.request('DELETE', deletion))).toBe('privacy.no_deletion');
    expect((await stateOf(asking.browser)).scheduled_for).not.toBeNull();
  });

  test('the last active superuser cannot go, one of two can', async () => {
    const refused = await askFor(root.browser, root.email);
    expect([refused.statusCode, codeOf(refused)]).toEqual([409, 'privacy.last_superuser']);
    const second = await signedIn(app, 'second-root@example.org', 'superuser');
    expect((await askFor(second.browser, second.email)).statusCode).toBe(200);
    await second.browser.request('DELETE', deletion);
  });

  test('whoever has become the last superuser meanwhile stays', async () => {
    const second = await signedIn(app, 'later-root@example.org', 'superuser');
    const others = sql`update users set status = 'suspended' where role = 'superuser' and id <> ${second.id}
      returning id`;
    await askFor(second.browser, second.email);
    const { rows } = await others.execute(app.platform.db);
    await makeDue(second.id);
    await vi.waitFor(
      async () => expect(await auditOf(app, second.id, 'account.deletion_cancelled')).toHaveLength(1),
      patience,
    );
    expect(await exists(second.id)).toBe(true);
    await sql`update users set status = 'active' where id = any(${rows.map((row) => (row as { id: string }).id)}::uuid[])`.execute(
      app.platform.db,
    );
    await sql`update users set status = 'suspended' where id = ${second.id}`.execute(app.platform.db);
  });

  /** As if the grace period were over; the next look begins it. */
  async function makeDue(userId: string): Promise<void> {
    await sql`update account_deletions set due_at = now() where user_id = ${userId}`.execute(app.platform.db);
    await beginDueDeletions(app.platform);
  }

  test('S12: administrators have accounts of lower rank deleted, and no others; the person is told', async () => {
    const admin = await signedIn(app, 'admin@example.org', 'admin');
    const peer = await signedIn(app, 'peer-admin@example.org', 'admin');
    const person = await signedIn(app, 'person@example.org');
    const url = (id: string) => `/api/v1/admin/users/${id}`;
    for (const id of [peer.id, root.id, admin.id]) {
      const refused = await admin.browser.request('DELETE', url(id));
      expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'auth.forbidden']);
    }
    expect((await person.browser.request('DELETE', url(peer.id))).statusCode).toBe(403);
    expect((await admin.browser.request('DELETE', url(uuidv7()))).statusCode).toBe(404);
    const done = await admin.browser.request('DELETE', url(person.id));
    expect(done.statusCode).toBe(200);
    expect(await stateOf(person.browser)).toMatchObject({ ...done.json(), requested_by: 'administrator' });
    await smtp.arrival(
      (each) => each.to.includes(person.email) && each.body.includes('deletion of your account'),
    );
    await forgetStepUp(app, admin.sessionId);
    expect(codeOf(await admin.browser.request('DELETE', url(person.id)))).toBe('auth.step_up_required');
  });
});

describe('S41: when it happens', () => {
  let vera: FullPerson;
  let other: FullPerson;
  let kept: Record<string, number>;
  let apiKey: string;
  let proofId: string;
  let exportFile = '';
  const countsOf = async (userId: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      await Promise.all(app.personal.map(async (kind) => [kind.name, await kind.count(userId)] as const)),
    );

  beforeAll(async () => {
    await graceDays(0);
    vera = await fullPerson(app);
    other = await fullPerson(app);
    apiKey = vera.secrets.find((secret) => secret.startsWith('aiwfe_')) ?? '';
    const made = await makeExport(vera.browser);
    const { rows } = await sql<{ file_key: string }>`
      select file_key from privacy_exports where id = ${made.id}`.execute(app.platform.db);
    exportFile = pathOfFile(app, rows[0]?.file_key ?? '', 'exports');
    expect(await fileExists(exportFile)).toBe(true);
    kept = await countsOf(other.id);
  });

  test('access ends first: the old session, the API key and the password are dead before anything is erased', async () => {
    const byKey = () =>
      new TestBrowser(app).request('GET', '/api/v1/documents', {
        headers: { authorization: `Bearer ${apiKey}` },
      });
    expect((await byKey()).statusCode).toBe(200);
    // Erasure comes to this row and waits.
    const held = await hold(`select from documents where owner_id = '${vera.id}' for update`);
    expect((await askFor(vera.browser, vera.email)).statusCode).toBe(200);
    await vi.waitFor(
      async () => expect((await vera.browser.request('GET', '/api/v1/profile')).statusCode).toBe(401),
      patience,
    );
    expect((await byKey()).statusCode).toBe(401);
    expect((await vera.browser.request('POST', '/api/v1/auth/refresh')).statusCode).toBe(401);
    expect((await new TestBrowser(app).signIn(vera.email)).statusCode).toBe(401);
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from documents where owner_id = ${vera.id}`.execute(app.platform.db);
    expect(rows[0]?.n).toBeGreaterThan(0);
    await held.release();
    await untilGone(vera.id);
  });

  test('evidence of a sign-in that was under way when the account went is erased too', async () => {
    // At once: what comes later than ten seconds after the account is not of a sign-in that was under way.
    const { db, keys, log } = app.platform;
    await createAuditTrail({ db, keys, log }).record(db, {
      action: 'sign_in',
      outcome: 'failure',
      subjectId: vera.id,
      personal: { address: '192.0.2.99' },
    });
    await vi.waitFor(async () => {
      const { rows } = await sql`select from audit_personal where data ->> 'address' = '192.0.2.99'`.execute(
        db,
      );
      expect(rows).toEqual([]);
    }, patience);
    expect((await chainReport()).problems).toEqual([]);
  });

  test('the last mail says where the proof is, and is forgotten once it was sent', async () => {
    const mail = await smtp.arrival(
      (each) => each.to.includes(vera.email) && each.headers.get('subject') === 'Your account was deleted',
    );
    proofId = /deletion-proofs\/([\w-]{22})/.exec(mail.body.replaceAll('=\r\n', ''))?.[1] ?? '';
    expect(proofId).not.toBe('');
    await vi.waitFor(async () => expect(await findInDatabase(app, [vera.email])).toEqual([]), patience);
  });

  test('no table knows the person any more: no address, no name, and the id in the evidence and the proof only', async () => {
    // The walk finds what is there.
    expect((await findInDatabase(app, [other.email])).length).toBeGreaterThan(5);
    expect(await findInDatabase(app, [vera.email, vera.displayName])).toEqual([]);
    expect(await findInDatabase(app, [vera.id])).toEqual([
      `public.audit_events: ${vera.id}`,
      `public.deletion_proofs: ${vera.id}`,
    ]);
  });

  test('files are gone from the disk', async () => {
    expect(await fileExists(pathOfFile(app, vera.fileKey))).toBe(false);
    expect(exportFile).not.toBe('');
    expect(await fileExists(exportFile)).toBe(false);
  });

  test('the evidence still verifies, with what named the person erased', async () => {
    const report = await chainReport();
    expect(report.problems).toEqual([]);
    expect(report.erased).toBeGreaterThan(0);
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from audit_events e join audit_personal p on p.event_id = e.id
      where e.subject_id = ${vera.id} or e.actor_id = ${vera.id}`.execute(app.platform.db);
    expect(rows[0]?.n).toBe(0);
    expect(await auditOf(app, vera.id, 'account.deleted')).toHaveLength(1);
  });

  test('other people are untouched', async () => {
    // Their activity and the index of their sample go on meanwhile; the last to change the policy is one person only.
    const moving = { activity: 0, search_index: 0, policy_changes: 0 };
    expect({ ...(await countsOf(other.id)), ...moving }).toEqual({ ...kept, ...moving });
    expect(await fileExists(pathOfFile(app, other.fileKey))).toBe(true);
    expect((await other.browser.request('GET', '/api/v1/profile')).statusCode).toBe(200);
  });

  test('the proof says when and how much was erased, names nobody, and is verified by the installation', async () => {
    const answer = await readProof(proofId);
    expect(answer.statusCode).toBe(200);
    const { statement, signature } = answer.json() as {
      statement: Record<string, unknown>;
      signature: Record<string, unknown>;
    };
    expect(statement).toMatchObject({
      proof_id: proofId,
      pseudonym: vera.id,
      asked_by: 'person',
      erased: {
        documents: expect.any(Number),
        conversations: 1,
        messages: 1,
        api_keys: 1,
        passkeys: 1,
        mails: expect.any(Number),
      },
      audit_chain: { position: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(signature).toMatchObject({ algorithm: 'HMAC-SHA256', valid: true });
    expect(answer.body).not.toContain(vera.email);
    expect(answer.body).not.toContain(vera.displayName);
    expect(Date.parse(String(statement.access_ended_at))).toBeLessThanOrEqual(
      Date.parse(String(statement.deleted_at)),
    );
  });

  test('a proof that somebody changed is not valid, and an unknown one is not found', async () => {
    await sql`update deletion_proofs set statement = replace(statement, '"person"', '"administrator"')
      where id = ${proofId}`.execute(app.platform.db);
    expect((await readProof(proofId)).json()).toMatchObject({ signature: { valid: false } });
    const unknown = await readProof('AAAAAAAAAAAAAAAAAAAAAA');
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([404, 'privacy.proof_not_found']);
  });

  test('a proof stays verifiable when the master secret it was sealed under is retired', async () => {
    const { db } = app.platform;
    const [old, next] = [new Secret('o'.repeat(32)), new Secret('n'.repeat(32))];
    const statement = {
      proof_id: 'BBBBBBBBBBBBBBBBBBBBBB',
      pseudonym: uuidv7(),
      asked_at: '2026-01-01T00:00:00.000Z',
      asked_by: 'person' as const,
      access_ended_at: '2026-01-01T00:00:00.000Z',
      deleted_at: '2026-01-01T00:00:00.000Z',
      erased: {},
      audit_chain: null,
    };
    await insertProof(db, sealProof(createKeyRing([old]), statement));
    const alone = createKeyRing([next]);
    expect((await readStoredProof(db, alone, statement.proof_id)).signature.valid).toBe(false);
    await keepAuditKeys(db, createKeyRing([next, old]));
    expect((await readStoredProof(db, alone, statement.proof_id)).signature.valid).toBe(true);
  });

  test('the address is free for a new account, which has nothing of the old one', async () => {
    const { browser, id } = await signedIn(app, vera.email);
    expect(id).not.toBe(vera.id);
    const exported = (await browser.request('GET', '/api/v1/auth/activity')).json() as { items: unknown[] };
    expect(JSON.stringify(exported)).not.toContain(vera.id);
    expect((await new TestBrowser(app).signIn(vera.email, goodPassword)).statusCode).toBe(200);
  });
});

describe('A19: consents', () => {
  const consents = '/api/v1/privacy/consents';
  const countriesOf = async (userId: string) =>
    (
      await sql<{ country: string }>`
        select country from sessions where user_id = ${userId} and country is not null
        union all select last_country from devices where user_id = ${userId} and last_country is not null`.execute(
        app.platform.db,
      )
    ).rows.length;

  test('the country of sign-ins is kept until that is refused, and then neither kept nor stored again', async () => {
    const { browser, email, id } = await signedIn(app, 'traveller@example.org');
    const abroad = '85.214.132.117';
    expect((await new TestBrowser(app).signIn(email, goodPassword, {}, abroad)).statusCode).toBe(200);
    expect(await countriesOf(id)).toBeGreaterThan(0);
    const [item] = ((await browser.request('GET', consents)).json() as { items: Record<string, unknown>[] })
      .items;
    expect(item).toMatchObject({ purpose: 'sign_in_location', granted: true, decided_at: null, history: [] });

    const decide = (granted: boolean, version = 1) =>
      browser.request('PUT', consents, { json: { purpose: 'sign_in_location', granted, version } });
    expect((await decide(false)).statusCode).toBe(200);
    expect(await countriesOf(id)).toBe(0);
    expect((await new TestBrowser(app).signIn(email, goodPassword, {}, abroad)).statusCode).toBe(200);
    expect(await countriesOf(id)).toBe(0);

    const given = (await decide(true)).json() as { items: { granted: boolean; history: unknown[] }[] };
    expect(given.items[0]).toMatchObject({ granted: true, history: [{ granted: true }, { granted: false }] });
    expect((await new TestBrowser(app).signIn(email, goodPassword, {}, abroad)).statusCode).toBe(200);
    expect(await countriesOf(id)).toBeGreaterThan(0);
    expect(await auditOf(app, id, 'consent.withdrawn')).toHaveLength(1);
    expect(await auditOf(app, id, 'consent.given')).toHaveLength(1);
    expect(codeOf(await decide(true, 2))).toBe('privacy.outdated_text');
    const unknown = await browser.request('PUT', consents, {
      json: { purpose: 'x', granted: true, version: 1 },
    });
    expect(codeOf(unknown)).toBe('privacy.unknown_purpose');
  });
});
