import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { ErrorDefinition } from '../../platform/errors.ts';
import { CsrfBadSignature, CsrfExpired, CsrfMismatch, CsrfWrongSession } from './sessions.errors.ts';

/** After this much use a token is replaced, without the old one losing its hour. */
const rotateAfterSeconds = 300;
const clockToleranceSeconds = 60;
const randomBytesPerToken = 12;
const tagLength = 6;
const tokenPattern = /^(\d{9,11}):([\w-]{22}):([0-9a-f]{64})$/;
const maxTokenLength = 120;

export interface CsrfToken {
  issuedAt: number;
  nonce: string;
  signature: Buffer;
}

export interface CsrfVerdict {
  /** `undefined` when the token is good. */
  problem?: ErrorDefinition;
  /** Good, but old enough to be replaced. */
  rotate: boolean;
}

export interface CsrfTokens {
  /** A new token for a session or pre-session id: `unix seconds:nonce:hex HMAC-SHA256` (S24). */
  issue(bindingId: string): string;
  /** Judges header and cookie of one request for the id they must belong to. */
  judge(header: string, cookie: string, bindingId: string): CsrfVerdict;
}

/** Reads the wire form; `undefined` for anything else. Linear. */
export function parseCsrfToken(text: string): CsrfToken | undefined {
  if (text.length > maxTokenLength) return undefined;
  const match = tokenPattern.exec(text);
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return { issuedAt: Number(match[1]), nonce: match[2], signature: Buffer.from(match[3], 'hex') };
}

/** CSRF tokens by signed double submit: nothing is stored, restarts and several tabs do no harm (incident I5). */
export function createCsrfTokens(options: {
  keys: KeyRing;
  lifetimeSeconds: number;
  now: () => number;
}): CsrfTokens {
  const { keys, lifetimeSeconds, now } = options;
  // Prepared once: a key given as bytes is converted at each use, which costs several times the HMAC itself.
  const prepared = new Map(keys.all('csrf').map((key) => [key.id, createSecretKey(key.bytes)] as const));
  const signingKeys = [...prepared.values()];
  // Asked each time: during a rotation the key that signs changes while the process runs.
  const currentKey = (): KeyObject =>
    prepared.get(keys.current('csrf').id) ?? createSecretKey(keys.current('csrf').bytes);
  const sign = (key: KeyObject, issuedAt: number, nonce: string, bindingId: string): Buffer =>
    createHmac('sha256', key).update(`${issuedAt}:${nonce}:${bindingId}`).digest();
  const isGenuine = (token: CsrfToken, bindingId: string): boolean =>
    signingKeys.some((key) =>
      timingSafeEqual(sign(key, token.issuedAt, token.nonce, bindingId), token.signature),
    );

  return {
    issue(bindingId) {
      const issuedAt = Math.floor(now() / 1000);
      // The last letters of the nonce say whose token this is, only so that a refusal can name the right cause.
      const nonce = randomText(randomBytesPerToken) + bindingTag(bindingId);
      return `${issuedAt}:${nonce}:${sign(currentKey(), issuedAt, nonce, bindingId).toString('hex')}`;
    },
    judge(header, cookie, bindingId) {
      const refuse = (problem: ErrorDefinition): CsrfVerdict => ({ problem, rotate: false });
      const token = parseCsrfToken(header);
      if (!token) return refuse(CsrfBadSignature);
      if (!isGenuine(token, bindingId))
        return refuse(token.nonce.endsWith(bindingTag(bindingId)) ? CsrfBadSignature : CsrfWrongSession);
      const age = now() / 1000 - token.issuedAt;
      if (age >= lifetimeSeconds || age < -clockToleranceSeconds) return refuse(CsrfExpired);
      // Another tab may have fetched a newer token: the two need not be equal, but both must be of this session.
      if (cookie !== header && !isGenuineText(cookie, bindingId, isGenuine)) return refuse(CsrfMismatch);
      return { rotate: age >= rotateAfterSeconds };
    },
  };
}

function isGenuineText(
  text: string,
  bindingId: string,
  isGenuine: (token: CsrfToken, bindingId: string) => boolean,
): boolean {
  const token = parseCsrfToken(text);
  return token !== undefined && isGenuine(token, bindingId);
}

function bindingTag(bindingId: string): string {
  return hash('sha256', bindingId, 'base64url').slice(0, tagLength);
}
