import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { withRetiredAuditKeys } from '../audit/index.ts';
import { findProof, type ProofRow } from './deletions.queries.ts';
import { ProofNotFound } from './privacy.errors.ts';
import type { DeletionProof, ProofStatement } from './privacy.schemas.ts';

/**
 * Seals what the installation certifies. By the key of the evidence: it is kept when master secrets are retired, so a
 * proof stays verifiable as long as the chain does.
 */
export function sealProof(keys: KeyRing, statement: ProofStatement): ProofRow {
  const key = keys.current('audit-chain');
  const text = JSON.stringify(statement);
  return { id: statement.proof_id, statement: text, key_id: key.id, mac: macOf(key.bytes, text) };
}

/** The proof and whether it is what this installation sealed. Throws `privacy.proof_not_found`. */
export async function readProof(db: Queryable, keys: KeyRing, id: string): Promise<DeletionProof> {
  const proof = await findProof(db, id);
  if (!proof) throw ProofNotFound.with();
  const key = (await withRetiredAuditKeys(db, keys)).find('audit-chain', proof.key_id);
  const expected = key && macOf(key.bytes, proof.statement);
  return {
    statement: JSON.parse(proof.statement) as ProofStatement,
    signature: {
      algorithm: 'HMAC-SHA256',
      key_id: proof.key_id,
      value: proof.mac.toString('base64url'),
      valid: expected?.length === proof.mac.length && timingSafeEqual(expected, proof.mac),
    },
  };
}

// Begins with words of its own: neither a link nor a checkpoint of the chain can stand for a proof.
function macOf(key: Buffer, statement: string): Buffer {
  return createHmac('sha256', key).update('deletion proof ').update(statement).digest();
}
