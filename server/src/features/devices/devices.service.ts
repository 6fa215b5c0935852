import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { ClientFacts, Executor } from '../audit/index.ts';

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

export interface RegisteredDevice {
  id: string;
  isNew: boolean;
  /** What the cookie must hold from now on. */
  cookieValue: string;
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

/** The person's device that this cookie proves, if any. */
export async function findKnownDevice(
  executor: Executor,
  userId: string,
  cookie: string | undefined,
): Promise<KnownDevice | undefined> {
  const tokens = tokensOf(cookie);
  if (tokens.length === 0) return undefined;
  const { rows } = await sql<KnownDevice>`
    select id, trust_level <> 'new' and trusted_until > now() is true as trusted from devices
    where user_id = ${userId} and token_hash = any(${tokens.map(hashOf)}::bytea[]) limit 1`.execute(executor);
  return rows[0];
}

/**
 * Registers the browser of a sign-in. A token that is not already this person's proves nothing, whoever planted it, so
 * it is kept for others only and this person gets a random one of their own (S20).
 */
export async function registerDevice(
  executor: Executor,
  userId: string,
  cookie: string | undefined,
  client: ClientFacts,
): Promise<RegisteredDevice> {
  const tokens = tokensOf(cookie);
  if (tokens.length > 0) {
    const { rows } = await sql<{ id: string }>`
      update devices set last_seen_at = now(), last_address = ${client.address}, user_agent = ${client.userAgent}
      where user_id = ${userId} and token_hash = any(${tokens.map(hashOf)}::bytea[]) returning id`.execute(
      executor,
    );
    if (rows[0]) return { id: rows[0].id, isNew: false, cookieValue: tokens.join('.') };
  }
  const token = randomBytes(16).toString('base64url');
  const id = uuidv7();
  await sql`insert into devices (id, user_id, token_hash, user_agent, last_address)
    values (${id}, ${userId}, ${hashOf(token)}, ${client.userAgent}, ${client.address})`.execute(executor);
  return { id, isNew: true, cookieValue: [token, ...tokens].slice(0, maxTokensPerCookie).join('.') };
}
