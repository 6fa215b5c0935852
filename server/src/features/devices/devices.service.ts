import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { randomText } from '../../platform/crypto/random-text.ts';
import type { Executor } from '../audit/index.ts';

/** 400 days: the most that browsers keep a cookie (RFC 6265bis §5.5). */
export const deviceCookieSeconds = 400 * 86_400;
/** People who share a browser each have their own device token in its cookie. */
const maxTokensPerCookie = 5;
const tokenPattern = /^[\w-]{22}$/;

export interface KnownDevice {
  id: string;
  /** Trusted after a second factor and not expired (S23). */
  trusted: boolean;
  firstSeenAt: Date;
  /** Country of its last sign-in, where it was known. */
  lastCountry: string | undefined;
  lastAddress: string | undefined;
}

/** A device as `knownDeviceQuery` reads it. */
export interface KnownDeviceRow {
  id: string;
  trusted: boolean;
  created_at: Date;
  last_country: string | null;
  last_address: string | null;
}

export function toKnownDevice(row: KnownDeviceRow): KnownDevice {
  return {
    id: row.id,
    trusted: row.trusted,
    firstSeenAt: row.created_at,
    lastCountry: row.last_country ?? undefined,
    lastAddress: row.last_address ?? undefined,
  };
}

/** The browser of a sign-in, for the statement that opens its session. */
export interface DeviceRegistration {
  knownHashes: Buffer[];
  newId: string;
  newHash: Buffer;
  /** What the cookie must hold from now on, by the id that was stored. */
  cookieValue(storedId: string | undefined): string;
}

function tokensOf(cookie: string | undefined): string[] {
  if (cookie === undefined || cookie.length > 200) return [];
  return cookie
    .split('.')
    .filter((token) => tokenPattern.test(token))
    .slice(0, maxTokensPerCookie);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Hashes by which the tokens of a device cookie are stored; at most five. */
export function deviceTokenHashes(cookie: string | undefined): Buffer[] {
  return tokensOf(cookie).map(hashOf);
}

/** A device of `userId` that one of these tokens proves, as a query for a larger statement. */
export function knownDeviceQuery(
  userId: RawBuilder<unknown>,
  tokenHashes: Buffer[],
): RawBuilder<KnownDeviceRow> {
  return sql<KnownDeviceRow>`
    select id, token_hash, trust_level <> 'new' and trusted_until > now() is true as trusted, created_at, last_country,
      last_address
    from devices where user_id = ${userId} and token_hash = any(${tokenHashes}::bytea[]) limit 1`;
}

/** The same, by itself. */
export async function findKnownDevice(
  executor: Executor,
  userId: string,
  tokenHashes: Buffer[],
): Promise<KnownDevice | undefined> {
  const { rows } = await knownDeviceQuery(sql`${userId}::uuid`, tokenHashes).execute(executor);
  return rows[0] && toKnownDevice(rows[0]);
}

/**
 * Prepares the registration of a browser. A token that is not already this person's proves nothing, whoever planted it,
 * so it is kept for others only and this person gets a random one of their own (S20).
 */
export function registerDevice(cookie: string | undefined): DeviceRegistration {
  const tokens = tokensOf(cookie);
  const token = randomText(16);
  const newId = uuidv7();
  return {
    knownHashes: tokens.map(hashOf),
    newId,
    newHash: hashOf(token),
    cookieValue: (storedId) =>
      storedId === newId ? [token, ...tokens].slice(0, maxTokensPerCookie).join('.') : tokens.join('.'),
  };
}
