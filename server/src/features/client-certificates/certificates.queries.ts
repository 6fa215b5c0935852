import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

export interface CertificateRow {
  id: string;
  name: string;
  serial: string;
  fingerprint: Buffer;
  created_at: Date;
  not_after: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
  device_id: string | null;
}

const columns = sql`id, name, serial, fingerprint, created_at, not_after, last_used_at, revoked_at, device_id`;

export interface NewCertificate {
  id: string;
  userId: string;
  deviceId: string;
  name: string;
  serial: string;
  fingerprint: Buffer;
  notAfter: Date;
}

/** Stores a certificate with the device it stands for, whose token follows from the certificate and our key. */
export async function insertCertificate(
  executor: Executor,
  row: NewCertificate & { deviceTokenHash: Buffer; trustDays: number; userAgent: string },
): Promise<CertificateRow> {
  const { rows } = await sql<CertificateRow>`
    with device as (
      insert into devices (id, user_id, token_hash, name, user_agent, trust_level, trusted_until)
      values (${row.deviceId}, ${row.userId}, ${row.deviceTokenHash}, ${row.name}, ${row.userAgent},
        ${row.trustDays > 0 ? 'verified' : 'new'},
        case when ${row.trustDays}::int > 0 then now() + ${row.trustDays} * interval '1 day' end)
      returning id
    )
    insert into client_certificates (id, user_id, device_id, name, serial, fingerprint, not_after)
    select ${row.id}::uuid, ${row.userId}::uuid, id, ${row.name}, ${row.serial}, ${row.fingerprint}::bytea,
      ${row.notAfter}::timestamptz from device
    returning ${columns}`.execute(executor);
  if (!rows[0]) throw new Error('A certificate was not stored.');
  return rows[0];
}

/** Live ones first, the newest first. */
export async function listCertificates(executor: Executor, owner: string): Promise<CertificateRow[]> {
  const { rows } = await sql<CertificateRow>`
    select ${columns} from client_certificates where user_id = ${owner}
    order by (revoked_at is not null or not_after < now()), created_at desc, id desc`.execute(executor);
  return rows;
}

/** Whose certificate this is, revoked or not. */
export async function findCertificateOwner(executor: Executor, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from client_certificates where id = ${id}`.execute(executor);
  return rows[0]?.user_id;
}

export async function countLiveCertificates(executor: Executor, owner: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from client_certificates
    where user_id = ${owner} and revoked_at is null and not_after > now()`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Whose live certificate this is. */
export async function findByFingerprint(
  executor: Executor,
  fingerprint: Buffer,
): Promise<{ id: string; user_id: string; not_after: Date } | undefined> {
  const { rows } = await sql<{ id: string; user_id: string; not_after: Date }>`
    select id, user_id, not_after from client_certificates
    where fingerprint = ${fingerprint} and revoked_at is null and not_after > now()`.execute(executor);
  return rows[0];
}

/**
 * Revokes a certificate for good, puts it on the list and ends what it opened. `owner` keeps it to one person's own.
 * `undefined` when there is no such live certificate.
 */
export async function revokeCertificate(
  executor: Executor,
  id: string,
  owner: string | undefined,
  reason: string,
): Promise<{ userId: string; name: string; serial: string; endedSessions: string[] } | undefined> {
  const { rows } = await sql<{ user_id: string; name: string; serial: string; ended: string[] }>`
    with revoked as (
      update client_certificates set revoked_at = now(), revocation_reason = ${reason}
      where id = ${id} and revoked_at is null and (${owner ?? null}::uuid is null or user_id = ${owner ?? null}::uuid)
      returning id, user_id, name, serial, not_after, device_id
    ), listed as (
      insert into certificate_revocations (serial, not_after) select serial, not_after from revoked
      on conflict (serial) do nothing
    ), distrusted as (
      update devices set trust_level = 'new', trusted_until = null where id in (select device_id from revoked)
    ), ended as (
      update sessions set ended_at = now(), end_reason = 'certificate_revoked'
      where certificate_id in (select id from revoked) and ended_at is null returning id
    )
    select user_id, name, serial, (select coalesce(json_agg(id), '[]') from ended) as ended from revoked`.execute(
    executor,
  );
  const row = rows[0];
  return row && { userId: row.user_id, name: row.name, serial: row.serial, endedSessions: row.ended };
}

/** Ties a session to the certificate that opened it. `false` when the certificate died meanwhile. */
export async function tieSession(
  executor: Executor,
  sessionId: string,
  certificateId: string,
): Promise<boolean> {
  const { rows } = await sql`
    with live as (
      update client_certificates set last_used_at = now()
      where id = ${certificateId} and revoked_at is null and not_after > now() returning id
    )
    update sessions set certificate_id = live.id from live where sessions.id = ${sessionId} returning sessions.id`.execute(
    executor,
  );
  return rows.length === 1;
}

/** What the revocation list names: certificates that were revoked and would still be good otherwise. */
export async function readRevocations(
  executor: Executor,
): Promise<{ number: number; revoked: { serial: string; revokedAt: Date }[] }> {
  const { rows } = await sql<{ serial: string; revoked_at: Date }>`
    select serial, revoked_at from certificate_revocations where not_after > now() order by revoked_at, serial`.execute(
    executor,
  );
  const { rows: numbers } = await sql<{ number: number }>`
    select nextval('certificate_revocation_list_numbers')::int as number`.execute(executor);
  return {
    number: numbers[0]?.number ?? 1,
    revoked: rows.map((row) => ({ serial: row.serial, revokedAt: row.revoked_at })),
  };
}

/** All certificates of a person, in the transaction of what takes their account from whoever enrolled them. */
export async function revokeCertificatesOf(executor: Executor, owner: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from client_certificates where user_id = ${owner} and revoked_at is null`.execute(executor);
  for (const { id } of rows) await revokeCertificate(executor, id, owner, 'address_proved');
}
