import { sql } from 'kysely';
import type { Key, KeyRing } from '../../platform/crypto/key-ring.ts';
import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import { Secret } from '../../platform/crypto/secret.ts';
import { createSecretBox } from '../../platform/crypto/secret-box.ts';
import type { Executor } from './audit.queries.ts';

const contextOf = (keyId: string): string => `retired_audit_keys.key_sealed ${keyId}`;

/** For rotations of the data key. */
export const retiredAuditKeyColumn: SealedColumn = {
  table: 'retired_audit_keys',
  column: 'key_sealed',
  contextColumns: ['key_id'],
  context: ({ key_id = '' }) => contextOf(key_id),
};

/**
 * Keeps the audit keys of all master secrets but the one that signs, so that what they sealed stays verifiable when
 * those secrets are gone. Kept is the derived key alone, sealed by the data key of now: it opens neither tokens nor data,
 * and with it nobody can rewrite the past, as the next link of the chain is made with a key that came after it.
 */
export async function keepAuditKeys(executor: Executor, keys: KeyRing): Promise<void> {
  const box = createSecretBox(keys);
  const retiring = keys.all('audit-chain').filter((key) => key.id !== keys.current('audit-chain').id);
  for (const { id, bytes } of retiring) {
    const sealed = box.seal(new Secret(bytes.toString('hex')), contextOf(id));
    await sql`insert into retired_audit_keys (key_id, key_sealed) values (${id}, ${sealed})
      on conflict (key_id) do nothing`.execute(executor);
  }
}

/** The ring, which also finds the audit keys that were kept when their master secrets were retired. */
export async function withRetiredAuditKeys(executor: Executor, keys: KeyRing): Promise<KeyRing> {
  const { rows } = await sql<{ key_id: string; key_sealed: string }>`
    select key_id, key_sealed from retired_audit_keys`.execute(executor);
  const box = createSecretBox(keys);
  const retired = new Map<string, Key>();
  for (const { key_id: id, key_sealed: sealed } of rows) {
    // A key that does not open is one that is missing: the events it sealed will say so.
    const bytes = openOrNothing(() => box.open(sealed, contextOf(id)));
    if (bytes) retired.set(id, { id, bytes: Buffer.from(bytes.reveal(), 'hex') });
  }
  return {
    ...keys,
    find: (purpose, id) =>
      keys.find(purpose, id) ?? (purpose === 'audit-chain' ? retired.get(id) : undefined),
  };
}

function openOrNothing(open: () => Secret): Secret | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
