import { createHash } from 'node:crypto';
import { IdempotencyKeyReused } from './conversations.errors.ts';

const maxKeyLength = 200;

/** What makes a repeated request the same request: the client's key and a fingerprint of what it asked for. */
export interface RequestIdentity {
  key: string;
  hash: string;
}

/** Reads `Idempotency-Key`; `undefined` where the client sent none. A key is scoped to the person and the route. */
export function requestIdentity(
  header: string | string[] | undefined,
  route: string,
  request: unknown,
): RequestIdentity | undefined {
  if (header === undefined || header === '') return undefined;
  const given = Array.isArray(header) ? header.join(',') : header;
  if (given.length > maxKeyLength)
    throw IdempotencyKeyReused.with({ detail: `An Idempotency-Key may have ${maxKeyLength} characters.` });
  const hash = createHash('sha256')
    .update(JSON.stringify([route, request]))
    .digest('hex');
  return { key: given, hash };
}

/** Throws `conversations.idempotency_key_reused` when the key was sent with another request before. */
export function assertSameRequest(identity: RequestIdentity, storedHash: string | null): void {
  if (identity.hash !== storedHash) throw IdempotencyKeyReused.with();
}
