import { createHmac, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Queryable } from '../../platform/database/database.ts';

/** The last link of what was given up; the chain goes on from its hash. */
export interface Checkpoint {
  position: number;
  hash: Buffer;
  key_id: string;
  mac: Buffer;
}

/** Seals a link as the place up to which events were given up: nobody without the key can make one. */
export function sealCheckpoint(keys: KeyRing, link: { position: number; hash: Buffer }): Checkpoint {
  const key = keys.current('audit-chain');
  return { ...link, key_id: key.id, mac: macOf(key.bytes, link) };
}

export function isGenuineCheckpoint(keys: KeyRing, checkpoint: Checkpoint): boolean {
  const key = keys.find('audit-chain', checkpoint.key_id);
  if (!key) return false;
  const expected = macOf(key.bytes, checkpoint);
  return expected.length === checkpoint.mac.length && timingSafeEqual(expected, checkpoint.mac);
}

// Begins with words, a link with 32 bytes of a hash: neither can stand for the other.
function macOf(key: Buffer, link: { position: number; hash: Buffer }): Buffer {
  return createHmac('sha256', key).update(`audit checkpoint ${link.position} `).update(link.hash).digest();
}

export async function findLastCheckpoint(db: Queryable): Promise<Checkpoint | undefined> {
  const { rows } = await sql<Checkpoint>`
    select position, hash, key_id, mac from audit_checkpoints order by position desc limit 1`.execute(db);
  return rows[0];
}
