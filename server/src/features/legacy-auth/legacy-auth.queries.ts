import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';

export interface LegacySession {
  id: string;
  userId: string;
  canonicalEmail: string;
  issuedAt: Date;
  expiresAt: Date;
  /** Roles that may come in by one factor. */
  roles: Role[];
  requireVerifiedEmail: boolean;
  maxSeconds: number;
  adminMaxSeconds: number;
  client: ClientFacts;
}

/** The row that the audit event of `adoptLegacySession` depends on. */
export const adoptedSession = sql.ref('adopted');

/**
 * Stores the session of a token of an older system, when it is the first time that the token is used and its account may
 * come in by it: active, no second factor, no new password demanded, password not changed since. It lives no longer than
 * a session may (S22), counted from the token's own beginning, so that an ended one never comes back.
 */
export async function adoptLegacySession(
  executor: Executor,
  session: LegacySession,
  audit: RawBuilder<unknown>,
): Promise<void> {
  const { client } = session;
  await sql`
    with adopted as (
      insert into sessions (id, user_id, user_version, delivery, factors, idle_expires_at, expires_at, ip_address,
        user_agent)
      select ${session.id}::uuid, u.id, u.session_version, 'body', '{legacy_token}', e.ends, e.ends, ${client.address},
        ${client.userAgent}
      from users u, lateral (select least(${session.expiresAt}::timestamptz, ${session.issuedAt}::timestamptz
        + case when u.role = 'user' then ${session.maxSeconds}::int else ${session.adminMaxSeconds}::int end
        * interval '1 second') as ends) e
      where u.id = ${session.userId} and u.email_canonical = ${session.canonicalEmail} and u.status = 'active'
        and u.role = any(${session.roles}::text[]) and cardinality(u.second_factors) = 0 and not u.must_change_password
        and (u.email_verified_at is not null or not ${session.requireVerifiedEmail}::boolean)
        and (u.password_changed_at is null or u.password_changed_at <= ${session.issuedAt}) and e.ends > now()
      on conflict (id) do nothing
      returning id, user_id
    ), ${audit} select 1`.execute(executor);
}
