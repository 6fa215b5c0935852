import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Key, KeyRing } from '../../platform/crypto/key-ring.ts';
import type { AccessTokens } from './access-token.ts';
import type { Rotation } from './sessions.queries.ts';

/** Tokens of a session and the times they end. */
export interface SessionTokens {
  sessionId: string;
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  idleExpiresAt: Date;
  expiresAt: Date;
  delivery: 'cookie' | 'body';
}

export interface TokenOptions {
  tokens: AccessTokens;
  limits: { accessTokenSeconds: number };
  now: () => number;
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The successor of a token by one key of the ring. */
export type SuccessorOf = (token: string, key: Key) => string;

/**
 * The successor follows from its parent and our key: a retry can be given the same one though only hashes are stored.
 * Which key is used is the caller's affair, as a rotation may change it; what is prepared here is each key by its id.
 */
export function createSuccessorOf(keys: KeyRing): SuccessorOf {
  const prepared = new Map<string, KeyObject>(
    keys.all('token-hash').map((key) => [key.id, createSecretKey(key.bytes)]),
  );
  return (token, { id, bytes }) =>
    createHmac('sha256', prepared.get(id) ?? bytes)
      .update(`refresh successor ${token}`)
      .digest('base64url');
}

/** Tokens as they are handed over, for a session as it is stored now. */
export function toTokens(
  options: TokenOptions,
  rotation: Omit<Rotation, 'delivery'>,
  refreshToken: string,
  delivery: 'cookie' | 'body',
): SessionTokens {
  const accessExpiresAtMs = Math.min(
    options.now() + options.limits.accessTokenSeconds * 1000,
    rotation.expiresAt.getTime(),
  );
  return {
    sessionId: rotation.sessionId,
    accessToken: options.tokens.issue({
      userId: rotation.userId,
      sessionId: rotation.sessionId,
      version: rotation.version,
      expiresAtMs: accessExpiresAtMs,
    }),
    accessExpiresAt: new Date(Math.floor(accessExpiresAtMs / 1000) * 1000),
    refreshToken,
    idleExpiresAt: rotation.idleExpiresAt,
    expiresAt: rotation.expiresAt,
    delivery,
  };
}
