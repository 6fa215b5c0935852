import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordHasher, currentPasswordCost } from '../../src/features/accounts/index.ts';
import {
  makeBackupCodes,
  printBackupCode,
  readBackupCode,
} from '../../src/features/two-factor/backup-code.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { signedIn, TestBrowser } from './client.ts';
import {
  auditOf,
  enrolPasskey,
  enrolTotp,
  forgetStepUp,
  NoticeBook,
  outcomeOf,
  secondFactorsOf,
  signInHalfway,
  verifySecondFactor,
} from './factors.ts';

let app: TestApp;
const notices = new NoticeBook();
beforeAll(async () => {
  app = await createTestApp({
    guard: 'real',
    role: 'api',
    identity: { noticeSender: notices, passwordCost: currentPasswordCost },
  });
});
afterAll(() => app.stop());

const url = '/api/v1/auth/2fa';
const useCode = async (email: string, code: string) => {
  const { browser, challengeId } = await signInHalfway(app, email);
  return verifySecondFactor(browser, challengeId, { method: 'backup_code', code });
};
const withCodes = async (email: string) => {
  const person = await signedIn(app, email);
  const { backupCodes } = await enrolTotp(person.browser);
  if (!backupCodes) throw new Error('The first factor came without backup codes.');
  return { ...person, codes: backupCodes };
};

describe('a backup code', () => {
  test('is easy to type: its number, a dash, and two groups of four letters that are not taken for others', () => {
    const codes = makeBackupCodes().map(printBackupCode);
    expect(codes).toHaveLength(10);
    for (const [index, code] of codes.entries())
      expect(code).toMatch(new RegExp(`^${index}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`));
    expect(new Set(codes.map((code) => code.slice(2))).size).toBe(10);
  });

  test('is read however it was typed', () => {
    const code = { position: 3, secret: 'KX7QM2P0' };
    for (const text of ['3-KX7Q-M2P0', '3kx7qm2p0', ' 3 kx7q m2po ', '3–KX7Q–M2PO'])
      expect(readBackupCode(text)).toEqual(code);
    expect(readBackupCode('1-ILOI-LOIL')).toEqual({ position: 1, secret: '11011011' });
    for (const text of [
      '',
      '3',
      'KX7Q-M2P0',
      '3-KX7Q-M2P',
      '3-KX7Q-M2P00',
      '3-KX7U-M2P0',
      'x'.repeat(10_000),
    ])
      expect(readBackupCode(text)).toBeUndefined();
  });
});

describe('S14: backup codes', () => {
  test('are stored as argon2id hashes with salts of their own, never as text', async () => {
    const { id, codes } = await withCodes('stored@example.org');
    const { rows } = await app.platform.db.executeQuery<{ position: number; code_hash: string }>(
      CompiledQuery.raw('select position, code_hash from backup_codes where user_id = $1 order by position', [
        id,
      ]),
    );
    expect(rows.map((row) => row.position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const row of rows) expect(row.code_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(new Set(rows.map((row) => row.code_hash.split('$')[4])).size).toBe(10);
    const fourth = rows[4]?.code_hash;
    const secret = readBackupCode(codes[4] ?? '')?.secret ?? '';
    const hasher = createPasswordHasher();
    expect((await hasher.verify(fourth, secret)).matches).toBe(true);
    expect(hasher.workDone).toBe(1);
  });

  test('each signs in once, leaves the others, and is told to the person and the record', async () => {
    const { id, email, codes } = await withCodes('once@example.org');
    expect((await useCode(email, codes[2] ?? '')).statusCode).toBe(200);
    expect(outcomeOf(await useCode(email, codes[2] ?? ''))).toEqual([401, 'auth.invalid_code']);
    expect((await useCode(email, (codes[7] ?? '').toLowerCase().replaceAll('-', ' '))).statusCode).toBe(200);
    expect((await auditOf(app, id, 'two_factor.backup_code_used')).map((event) => event.details)).toEqual([
      { remaining: 9 },
      { remaining: 8 },
    ]);
    expect(notices.toldTo(id).slice(1)).toEqual([
      { kind: 'backup_code_used', facts: { remaining: '9' } },
      { kind: 'backup_code_used', facts: { remaining: '8' } },
    ]);
    expect(await auditOf(app, id, 'two_factor.code_refused')).toMatchObject([
      { outcome: 'failure', code: 'auth.invalid_code', factor: 'backup_code' },
    ]);
  });

  test('of one code used four times at once exactly one signs in', async () => {
    const { id, email, codes } = await withCodes('parallel-code@example.org');
    const attempts = await Promise.all(Array.from({ length: 4 }, () => signInHalfway(app, email)));
    const answers = await Promise.all(
      attempts.map(({ browser, challengeId }) =>
        verifySecondFactor(browser, challengeId, { method: 'backup_code', code: codes[0] }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 401, 401, 401]);
    expect(await auditOf(app, id, 'two_factor.backup_code_used')).toHaveLength(1);
  });

  test('a right code under another number, or of another person, is refused', async () => {
    const { email, codes } = await withCodes('number@example.org');
    const other = await withCodes('number-other@example.org');
    const moved = `5${(codes[1] ?? '').slice(1)}`;
    expect(outcomeOf(await useCode(email, moved))).toEqual([401, 'auth.invalid_code']);
    expect(outcomeOf(await useCode(email, other.codes[1] ?? ''))).toEqual([401, 'auth.invalid_code']);
    expect((await useCode(email, codes[1] ?? '')).statusCode).toBe(200);
  });

  test('new ones replace all older ones', async () => {
    const { browser, id, email, codes } = await withCodes('renew@example.org');
    const renewed = await browser.request('POST', `${url}/backup-codes`);
    const fresh = (renewed.json() as { codes: string[] }).codes;
    expect(fresh).toHaveLength(10);
    expect(outcomeOf(await useCode(email, codes[0] ?? ''))).toEqual([401, 'auth.invalid_code']);
    expect((await useCode(email, fresh[0] ?? '')).statusCode).toBe(200);
    expect(await auditOf(app, id, 'two_factor.backup_codes_made')).toHaveLength(1);
    expect(notices.toldTo(id).map((notice) => notice.kind)).toContain('backup_codes_regenerated');
  });
});

test('backup codes are not made for somebody without a second factor', async () => {
  const { browser, id } = await signedIn(app, 'nothing@example.org');
  expect(outcomeOf(await browser.request('POST', `${url}/backup-codes`))).toEqual([
    409,
    'two_factor.no_factor',
  ]);
  expect(await secondFactorsOf(app, id)).toEqual([]);
});

test('the last code used up is no method any more', async () => {
  const { browser, id, email, codes } = await withCodes('last@example.org');
  await app.platform.db.executeQuery(
    CompiledQuery.raw('update backup_codes set used_at = now() where user_id = $1 and position > 0', [id]),
  );
  expect((await useCode(email, codes[0] ?? '')).statusCode).toBe(200);
  expect(await secondFactorsOf(app, id)).toEqual(['totp']);
  expect((await signInHalfway(app, email)).methods).toEqual(['totp']);
  expect((await browser.request('GET', url)).json()).toMatchObject({ backup_codes: { remaining: 0 } });
});

test('come with a passkey too, when it is the first factor', async () => {
  const { browser, id } = await signedIn(app, 'passkey-first@example.org');
  const first = await enrolPasskey(browser);
  expect(first.backup_codes).toHaveLength(10);
  expect((await enrolPasskey(browser)).backup_codes).toBeNull();
  expect(await secondFactorsOf(app, id)).toEqual(['passkey', 'backup_code']);
});

test('a backup code is a proof for step-up', async () => {
  const { browser, sessionId, codes } = await withCodes('step-up-code@example.org');
  await forgetStepUp(app, sessionId);
  expect(outcomeOf(await browser.request('POST', `${url}/backup-codes`))).toEqual([
    403,
    'auth.step_up_required',
  ]);
  const proved = await browser.request('POST', '/api/v1/auth/step-up', {
    json: { method: 'backup_code', code: codes[3] },
  });
  expect(proved.statusCode).toBe(200);
  const repeated = await browser.request('POST', '/api/v1/auth/step-up', {
    json: { method: 'backup_code', code: codes[3] },
    csrf: (proved.json() as { csrf_token: string }).csrf_token,
  });
  expect(outcomeOf(repeated)).toEqual([401, 'auth.invalid_code']);
  expect((await new TestBrowser(app).request('GET', url)).statusCode).toBe(401);
});
