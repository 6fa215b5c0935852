import { createSigner, createVerifier } from 'fast-jwt';
import { v7 as uuidv7 } from 'uuid';
import { createBoundedCache } from '../../platform/bounded-cache.ts';
import type { Key, KeyRing } from '../../platform/crypto/key-ring.ts';
import type { AccessClaims } from './access-claims.ts';
import type { LegacyTokenReader } from './legacy-token.ts';

export const tokenIssuer = 'urn:aiwfe';
export const tokenAudience = 'urn:aiwfe:api';
export const tokenType = 'at+jwt';
const clockToleranceSeconds = 5;
const maxTokenLength = 2_000;
const maxCached = 20_000;

export interface AccessTokens {
  /** Signs a token; `expiresAtMs` is rounded down to a second. */
  issue(claims: AccessClaims & { version: number }): string;
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
export function createAccessTokens(options: {
  keys: KeyRing;
  now: () => number;
  /** Reads tokens of older systems, where those are accepted. */
  legacy?: LegacyTokenReader | undefined;
}): AccessTokens {
  const { keys, now, legacy } = options;
  const authentic = createBoundedCache<AccessClaims>(maxCached);
  const verifiers = new Map(
    keys.all('access-token').map((key) => [key.id, createTokenVerifier(key.bytes)] as const),
  );
  const signers = new Map(keys.all('access-token').map((key) => [key.id, createTokenSigner(key)] as const));

  return {
    issue(claims) {
      const seconds = Math.floor(now() / 1000);
      // Asked each time: during a rotation the key that signs changes while the process runs.
      const sign = signers.get(keys.current('access-token').id);
      if (!sign) throw new Error('There is no key to sign access tokens with.');
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
      const claims = verify(token, verifiers, now()) ?? legacy?.(token);
      if (claims) authentic.set(token, claims);
      return claims;
    },
  };
}

function createTokenSigner(key: Key): (payload: Record<string, unknown>) => string {
  return createSigner({
    key: key.bytes,
    algorithm: 'HS256',
    header: { alg: 'HS256', typ: tokenType, kid: key.id },
  });
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
