import { createHash } from 'node:crypto';
import type { ErrorDefinition } from '../errors.ts';

const maxKeyLength = 200;

/** What makes a repeated request the same request: the client's key and a fingerprint of what it asked for. */
export interface RequestIdentity {
  key: string;
  hash: string;
}

/** Idempotency of one feature's requests; `keyReused` is the code it answers with. */
export function createRequestIdentities(keyReused: ErrorDefinition) {
  return {
    /** Reads `Idempotency-Key`; `undefined` where the client sent none. A key is scoped to the person and the route. */
    requestIdentity(
      header: string | string[] | undefined,
      route: string,
      request: unknown,
    ): RequestIdentity | undefined {
      if (header === undefined || header === '') return undefined;
      const key = Array.isArray(header) ? header.join(',') : header;
      if (key.length > maxKeyLength)
        throw keyReused.with({ detail: `An Idempotency-Key may have ${maxKeyLength} characters.` });
      const hash = createHash('sha256')
        .update(JSON.stringify([route, request]))
        .digest('hex');
      return { key, hash };
    },

    /** Throws when the key was sent with another request before. */
    assertSameRequest(identity: RequestIdentity, storedHash: string | null): void {
      if (identity.hash !== storedHash) throw keyReused.with();
    },
  };
}
