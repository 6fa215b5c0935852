import { createHash } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import type { FastifyReply } from 'fastify';
import { validate as isUuid } from 'uuid';
import type { Secret } from '../../platform/crypto/secret.ts';
import type { ClientFacts } from '../audit/index.ts';
import type { AccessClaims } from './access-claims.ts';

/** Claims of an authentic token of an older system; `undefined` for anything else. */
export type LegacyTokenReader = (token: string) => AccessClaims | undefined;

/** Port to the feature that speaks with programs of older systems. */
export interface LegacySignIns {
  /** Makes a session of an authentic token the first time it is used; nothing when it may not sign in. */
  adopt(claims: AccessClaims, client: ClientFacts): Promise<void>;
  /** Says in the answer that this way ends, and when. */
  mark(reply: FastifyReply): void;
}

/**
 * Reads tokens of older systems: HS256 under a secret of their own, `sub` is the e-mail address, `id` the account; `iat`
 * and `exp` are demanded. Each token stands for one session, whose id follows from its text, so that it can be looked at
 * and ended like any other.
 */
export function createLegacyTokenReader(secret: Secret): LegacyTokenReader {
  const verify = createVerifier({
    key: secret.reveal(),
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'id', 'iat', 'exp'],
    // Judged at each use, as for our own tokens.
    ignoreExpiration: true,
  }) as (token: string) => Record<string, unknown>;
  return (token) => {
    let payload: Record<string, unknown>;
    try {
      payload = verify(token);
    } catch {
      // Forged, malformed or not yet valid: all the same to the caller.
      return undefined;
    }
    const { sub, id, iat, exp } = payload;
    if (typeof sub !== 'string' || sub.length > 320 || typeof id !== 'string' || !isUuid(id))
      return undefined;
    if (!isSeconds(iat) || !isSeconds(exp) || iat > exp) return undefined;
    return {
      userId: id.toLowerCase(),
      sessionId: sessionIdOf(token),
      version: undefined,
      expiresAtMs: exp * 1000,
      legacy: { email: sub, issuedAtMs: iat * 1000 },
    };
  };
}

function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 1e11;
}

/** A UUID of version 8 (RFC 9562 §5.8) from the token's hash. */
function sessionIdOf(token: string): string {
  const bytes = createHash('sha256').update('legacy session ').update(token).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
