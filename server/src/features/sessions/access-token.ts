import { createSigner, createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';

export const tokenIssuer = 'urn:aiwfe';
export const tokenAudience = 'urn:aiwfe:api';
export const tokenType = 'at+jwt';
const clockToleranceSeconds = 5;
const maxTokenLength = 2_000;
const maxCached = 20_000;

/** What an authentic access token says. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  /** The account's session version when the token was issued. */
  version: number;
  expiresAtMs: number;
}

export interface AccessTokens {
  /** Signs a token; `expiresAtMs` is rounded down to a second. */
  issue(claims: AccessClaims): string;
  /** Claims of an authentic token, expired or not: the caller looks at `expiresAtMs`. `undefined` for anything else. */
  read(token: string): AccessClaims | undefined;
}

interface Payload {
  sub: string;
  sid: string;
  ver: number;
  iat: number;
  exp: number;
}

/**
 * Access tokens (RFC 9068 type `at+jwt`), HS256 only (S17, RFC 8725). The key is chosen from our own list by `kid`;
 * `jku`, `x5u`, `jwk` and whatever else a header claims are never looked at. Authentic tokens are remembered by their
 * text, so that the next request with the same one costs a look-up.
 */
export function createAccessTokens(options: { keys: KeyRing; now: () => number }): AccessTokens {
  const { keys, now } = options;
  const authentic = new LRUCache<string, AccessClaims>({ max: maxCached });
  const verifiers = new Map(
    keys.all('access-token').map((key) => [key.id, createTokenVerifier(key.bytes)] as const),
  );
  const current = keys.current('access-token');
  const sign = createSigner({
    key: current.bytes,
    algorithm: 'HS256',
    header: { alg: 'HS256', typ: tokenType, kid: current.id },
  });

  return {
    issue(claims) {
      const seconds = Math.floor(now() / 1000);
      return sign({
        iss: tokenIssuer,
        aud: tokenAudience,
        sub: claims.userId,
        sid: claims.sessionId,
        ver: claims.version,
        jti: uuidv7(),
        iat: seconds,
        nbf: seconds,
        exp: Math.floor(claims.expiresAtMs / 1000),
      });
    },
    read(token) {
      const known = authentic.get(token);
      if (known) return known;
      if (token.length > maxTokenLength) return undefined;
      const claims = verify(token, verifiers, now());
      if (claims) authentic.set(token, claims);
      return claims;
    },
  };
}

type TokenVerifier = (token: string) => Payload;

function createTokenVerifier(key: Buffer): TokenVerifier {
  return createVerifier({
    key,
    algorithms: ['HS256'],
    allowedIss: tokenIssuer,
    allowedAud: tokenAudience,
    checkTyp: tokenType,
    requiredClaims: ['iss', 'aud', 'sub', 'sid', 'ver', 'iat', 'nbf', 'exp'],
    // Expiry is judged at each use, also for remembered tokens; an expired token still says which session it was.
    ignoreExpiration: true,
    clockTolerance: clockToleranceSeconds * 1000,
  }) as TokenVerifier;
}

function verify(
  token: string,
  verifiers: Map<string, TokenVerifier>,
  nowMs: number,
): AccessClaims | undefined {
  const kid = keyIdOf(token);
  const verifier = kid === undefined ? undefined : verifiers.get(kid);
  if (!verifier) return undefined;
  let payload: Payload;
  try {
    payload = verifier(token);
  } catch {
    // Forged, malformed, not yet valid or meant for others: all the same to the caller.
    return undefined;
  }
  const { sub, sid, ver, iat, exp } = payload;
  const wellFormed = typeof sub === 'string' && typeof sid === 'string' && Number.isInteger(ver);
  if (!wellFormed || !Number.isInteger(exp) || iat * 1000 > nowMs + clockToleranceSeconds * 1000)
    return undefined;
  return { userId: sub, sessionId: sid, version: ver, expiresAtMs: exp * 1000 };
}

function keyIdOf(token: string): string | undefined {
  const end = token.indexOf('.');
  if (end <= 0) return undefined;
  try {
    const header = JSON.parse(Buffer.from(token.slice(0, end), 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    return header.alg === 'HS256' && header.typ === tokenType && typeof header.kid === 'string'
      ? header.kid
      : undefined;
  } catch {
    return undefined;
  }
}
