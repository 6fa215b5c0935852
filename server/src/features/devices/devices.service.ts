import { createHash, randomBytes } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ClientFacts } from '../audit/index.ts';

/** 400 days: the most that browsers keep a cookie (RFC 6265bis §5.5). */
export const deviceCookieSeconds = 400 * 86_400;
/** People who share a browser each have their own device token in its cookie. */
const maxTokensPerCookie = 5;
const tokenPattern = /^[\w-]{22}$/;

export interface KnownDevice {
  id: string;
  /** Trusted after a second factor and not expired (S23). */
  trusted: boolean;
}

export interface DeviceRegistration {
  expressions: RawBuilder<unknown>;
  deviceId: RawBuilder<unknown>;
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
export function knownDeviceQuery(userId: RawBuilder<unknown>, tokenHashes: Buffer[]): RawBuilder<unknown> {
  return sql`
    select id, token_hash, trust_level <> 'new' and trusted_until > now() is true as trusted from devices
    where user_id = ${userId} and token_hash = any(${tokenHashes}::bytea[]) limit 1`;
}

/**
 * Registers the browser of a sign-in, as common table expressions that act when `gate` has rows. A token that is not
 * already this person's proves nothing, whoever planted it, so it is kept for others only and this person gets a random
 * one of their own (S20).
 */
export function registerDevice(
  userId: string,
  cookie: string | undefined,
  client: ClientFacts,
  gate: RawBuilder<unknown>,
): DeviceRegistration {
  const tokens = tokensOf(cookie);
  const token = randomBytes(16).toString('base64url');
  const id = uuidv7();
  return {
    expressions: sql`
      known_device as (
        update devices set last_seen_at = now(), last_address = ${client.address}, user_agent = ${client.userAgent}
        where user_id = ${userId} and token_hash = any(${tokens.map(hashOf)}::bytea[]) and exists (select from ${gate})
        returning id
      ), new_device as (
        insert into devices (id, user_id, token_hash, user_agent, last_address)
        select ${id}::uuid, ${userId}::uuid, ${hashOf(token)}::bytea, ${client.userAgent}, ${client.address}
        where exists (select from ${gate}) and not exists (select from known_device)
        returning id
      )`,
    deviceId: sql`coalesce((select id from known_device limit 1), (select id from new_device))`,
    cookieValue: (storedId) =>
      storedId === id ? [token, ...tokens].slice(0, maxTokensPerCookie).join('.') : tokens.join('.'),
  };
}
