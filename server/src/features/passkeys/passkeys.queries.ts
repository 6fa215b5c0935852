import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '../audit/index.ts';
import { refreshSecondFactors } from '../two-factor/index.ts';
import type { Assertion, NewCredential } from './webauthn.ts';

/** A passkey as its owner sees it. */
export interface Passkey {
  id: string;
  credentialId: Buffer;
  name: string;
  transports: string[];
  backedUp: boolean;
  createdAt: Date;
  lastUsedAt: Date | null;
}

interface Row {
  id: string;
  credential_id: Buffer;
  name: string;
  transports: string[];
  backed_up: boolean;
  created_at: Date;
  last_used_at: Date | null;
}

const columns = sql`id, credential_id, name, transports, backed_up, created_at, last_used_at`;

function toPasskey(row: Row): Passkey {
  return {
    id: row.id,
    credentialId: row.credential_id,
    name: row.name,
    transports: row.transports,
    backedUp: row.backed_up,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}

export async function listPasskeys(
  executor: Executor,
  userId: string,
  where: RawBuilder<unknown> = sql`true`,
): Promise<Passkey[]> {
  const { rows } = await sql<Row>`
    select ${columns} from passkeys where user_id = ${userId} and ${where} order by created_at, id`.execute(
    executor,
  );
  return rows.map(toPasskey);
}

/** Those of the person's that work at this site. */
export function listPasskeysOfSite(executor: Executor, userId: string, rpId: string): Promise<Passkey[]> {
  return listPasskeys(executor, userId, sql`rp_id = ${rpId}`);
}

/** `undefined` when the credential is registered already, by whomever. */
export async function insertPasskey(
  trx: Executor,
  passkey: {
    id: string;
    userId: string;
    rpId: string;
    name: string;
    transports: string[];
    credential: NewCredential;
  },
): Promise<Passkey | undefined> {
  const { credential } = passkey;
  const { rows } = await sql<Row>`
    insert into passkeys (id, user_id, credential_id, public_key, sign_count, rp_id, name, transports, backup_eligible,
      backed_up)
    values (${passkey.id}, ${passkey.userId}, ${credential.credentialId}, ${credential.publicKey},
      ${credential.signCount}, ${passkey.rpId}, ${passkey.name}, ${passkey.transports}, ${credential.backupEligible},
      ${credential.backedUp})
    on conflict (credential_id) do nothing returning ${columns}`.execute(trx);
  return rows[0] && toPasskey(rows[0]);
}

export async function renamePasskey(
  trx: Executor,
  userId: string,
  id: string,
  name: string,
): Promise<Passkey | undefined> {
  const { rows } = await sql<Row>`
    update passkeys set name = ${name} where id = ${id} and user_id = ${userId} returning ${columns}`.execute(
    trx,
  );
  return rows[0] && toPasskey(rows[0]);
}

export async function deletePasskey(trx: Executor, userId: string, id: string): Promise<Passkey | undefined> {
  const { rows } = await sql<Row>`
    delete from passkeys where id = ${id} and user_id = ${userId} returning ${columns}`.execute(trx);
  return rows[0] && toPasskey(rows[0]);
}

/** What verifying a use of a passkey needs. */
export interface PasskeyKey {
  id: string;
  userId: string;
  name: string;
  publicKey: Buffer;
  backupEligible: boolean;
}

/** By the id that a client shows, whoever it belongs to: only a signature makes anything of it. */
export async function unscopedFindPasskeyKey(
  executor: Executor,
  credentialId: Buffer,
  rpId: string,
): Promise<PasskeyKey | undefined> {
  const { rows } = await sql<{
    id: string;
    user_id: string;
    name: string;
    public_key: Buffer;
    backup_eligible: boolean;
  }>`
    select id, user_id, name, public_key, backup_eligible from passkeys
    where credential_id = ${credentialId} and rp_id = ${rpId}`.execute(executor);
  const row = rows[0];
  return (
    row && {
      id: row.id,
      userId: row.user_id,
      name: row.name,
      publicKey: row.public_key,
      backupEligible: row.backup_eligible,
    }
  );
}

/** Notes a verified use; false when its counter did not grow, which a copy of the passkey would explain (§6.1.1). */
export async function notePasskeyUse(executor: Executor, id: string, use: Assertion): Promise<boolean> {
  const { rows } = await sql`
    update passkeys set sign_count = ${use.signCount}, backed_up = ${use.backedUp}, last_used_at = now()
    where id = ${id} and (sign_count < ${use.signCount} or (sign_count = 0 and ${use.signCount} = 0))
    returning id`.execute(executor);
  return rows.length > 0;
}

/** Removes all passkeys in the caller's transaction, whatever policy says: for administrators. */
export async function resetFactors(trx: Executor, userId: string): Promise<void> {
  await sql`delete from passkeys where user_id = ${userId}`.execute(trx);
  await refreshSecondFactors(trx, userId);
}

/** Account of an address and its passkeys for this site; nothing where there is no account. */
export async function findPasskeysByEmail(
  executor: Executor,
  emailCanonical: string,
  rpId: string,
): Promise<{ userId: string; passkeys: { credentialId: Buffer; transports: string[] }[] } | undefined> {
  const { rows } = await sql<{ user_id: string; credential_id: Buffer | null; transports: string[] | null }>`
    select u.id as user_id, p.credential_id, p.transports
    from users u left join passkeys p on p.user_id = u.id and p.rp_id = ${rpId}
    where u.email_canonical = ${emailCanonical} order by p.created_at, p.id`.execute(executor);
  if (!rows[0]) return undefined;
  const passkeys = rows.flatMap(({ credential_id, transports }) =>
    credential_id === null ? [] : [{ credentialId: credential_id, transports: transports ?? [] }],
  );
  return { userId: rows[0].user_id, passkeys };
}
