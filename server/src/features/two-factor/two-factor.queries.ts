import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

/** Writes the account's factors down where a sign-in reads them; call it in the transaction of every change. */
export async function refreshSecondFactors(trx: Executor, userId: string): Promise<string[]> {
  const { rows } = await sql<{ factors: string[] }>`
    select refresh_second_factors(${userId}) as factors`.execute(trx);
  return rows[0]?.factors ?? [];
}

export interface FactorSummary {
  totpConfirmedAt: Date | null;
  backupCodesRemaining: number;
  backupCodesGeneratedAt: Date | null;
  passkeys: number;
  dueAt: Date | null;
}

export async function findFactorSummary(
  executor: Executor,
  userId: string,
): Promise<FactorSummary | undefined> {
  const { rows } = await sql<{
    totp_confirmed_at: Date | null;
    remaining: number;
    generated_at: Date | null;
    passkeys: number;
    due_at: Date | null;
  }>`
    select t.confirmed_at as totp_confirmed_at, b.remaining, b.generated_at, p.passkeys, u.second_factor_due_at as due_at
    from users u left join totp_secrets t on t.user_id = u.id,
      lateral (select count(*) filter (where used_at is null) as remaining, max(created_at) as generated_at
        from backup_codes where user_id = u.id) b,
      lateral (select count(*) as passkeys from passkeys where user_id = u.id) p
    where u.id = ${userId}`.execute(executor);
  const row = rows[0];
  return (
    row && {
      totpConfirmedAt: row.totp_confirmed_at,
      backupCodesRemaining: row.remaining,
      backupCodesGeneratedAt: row.generated_at,
      passkeys: row.passkeys,
      dueAt: row.due_at,
    }
  );
}

/** Keeps a secret that waits for its first code; a set-up begun before is replaced. */
export async function storeTotpSetup(
  executor: Executor,
  setup: { userId: string; sealedSecret: string; lifetimeSeconds: number },
): Promise<Date> {
  const { rows } = await sql<{ expires_at: Date }>`
    insert into totp_setups (user_id, sealed_secret, expires_at)
    values (${setup.userId}, ${setup.sealedSecret}, now() + ${setup.lifetimeSeconds} * interval '1 second')
    on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, expires_at = excluded.expires_at
    returning expires_at`.execute(executor);
  if (!rows[0]) throw new Error('A set-up was not stored.');
  return rows[0].expires_at;
}

export async function findTotpSetup(executor: Executor, userId: string): Promise<string | undefined> {
  const { rows } = await sql<{ sealed_secret: string }>`
    select sealed_secret from totp_setups where user_id = ${userId} and expires_at > now()`.execute(executor);
  return rows[0]?.sealed_secret;
}

/** Takes exactly this set-up into use; false when it is gone or another took its place. */
export async function adoptTotpSetup(
  trx: Executor,
  setup: { userId: string; sealedSecret: string; step: number },
): Promise<boolean> {
  const { rows } = await sql`
    with proved as (
      delete from totp_setups where user_id = ${setup.userId} and sealed_secret = ${setup.sealedSecret}
        and expires_at > now() returning user_id, sealed_secret)
    insert into totp_secrets (user_id, sealed_secret, last_step)
    select user_id, sealed_secret, ${setup.step}::bigint from proved
    on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, last_step = excluded.last_step,
      confirmed_at = now()
    returning user_id`.execute(trx);
  return rows.length > 0;
}

export async function removeExpiredTotpSetups(executor: Executor): Promise<void> {
  await sql`delete from totp_setups where expires_at < now()`.execute(executor);
}

export async function findTotpSecret(executor: Executor, userId: string): Promise<string | undefined> {
  const { rows } = await sql<{ sealed_secret: string }>`
    select sealed_secret from totp_secrets where user_id = ${userId}`.execute(executor);
  return rows[0]?.sealed_secret;
}

/** Uses a time step up: of any number of attempts with its code one gets true (S13, RFC 6238 §5.2). */
export async function acceptTotpStep(
  executor: Executor,
  use: { userId: string; sealedSecret: string; step: number },
): Promise<boolean> {
  const { rows } = await sql`
    update totp_secrets set last_step = ${use.step}
    where user_id = ${use.userId} and sealed_secret = ${use.sealedSecret} and last_step < ${use.step}
    returning user_id`.execute(executor);
  return rows.length > 0;
}

export async function deleteTotp(trx: Executor, userId: string): Promise<boolean> {
  await sql`delete from totp_setups where user_id = ${userId}`.execute(trx);
  const { rows } = await sql`delete from totp_secrets where user_id = ${userId} returning user_id`.execute(
    trx,
  );
  return rows.length > 0;
}

export interface StoredBackupCode {
  position: number;
  hash: string;
}

/** Ten new codes in place of whatever was there. */
export async function replaceBackupCodes(
  trx: Executor,
  userId: string,
  codes: StoredBackupCode[],
): Promise<void> {
  await deleteBackupCodes(trx, userId);
  await sql`
    insert into backup_codes (user_id, position, code_hash)
    select ${userId}::uuid, * from unnest(${codes.map((code) => code.position)}::smallint[],
      ${codes.map((code) => code.hash)}::text[])`.execute(trx);
}

export async function findUnusedBackupCode(
  executor: Executor,
  userId: string,
  position: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ code_hash: string }>`
    select code_hash from backup_codes
    where user_id = ${userId} and position = ${position} and used_at is null`.execute(executor);
  return rows[0]?.code_hash;
}

/** Uses exactly this code up: of any number of attempts with it one gets true (S14). */
export async function useBackupCode(
  trx: Executor,
  userId: string,
  { position, hash }: StoredBackupCode,
): Promise<boolean> {
  const { rows } = await sql`
    update backup_codes set used_at = now()
    where user_id = ${userId} and position = ${position} and code_hash = ${hash} and used_at is null
    returning position`.execute(trx);
  return rows.length > 0;
}

export async function deleteBackupCodes(trx: Executor, userId: string): Promise<void> {
  await sql`delete from backup_codes where user_id = ${userId}`.execute(trx);
}

export async function countUnusedBackupCodes(executor: Executor, userId: string): Promise<number> {
  const { rows } = await sql<{ remaining: number }>`
    select count(*) as remaining from backup_codes where user_id = ${userId} and used_at is null`.execute(
    executor,
  );
  return rows[0]?.remaining ?? 0;
}

/** Removes authenticator app and backup codes in the caller's transaction, whatever policy says: for administrators. */
export async function resetFactors(trx: Executor, userId: string): Promise<void> {
  await deleteTotp(trx, userId);
  await deleteBackupCodes(trx, userId);
  await refreshSecondFactors(trx, userId);
}
