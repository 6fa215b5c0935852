import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { ClientFacts, Executor } from '../audit/index.ts';

export interface NewSessionRow {
  id: string;
  userId: string;
  userVersion: number;
  /** How many live sessions may stay beside the new one. */
  keepSessions: number;
  delivery: 'cookie' | 'body';
  factors: string[];
  idleSeconds: number;
  maxSeconds: number;
  refreshHash: Buffer;
  client: ClientFacts;
}

export interface SessionTimes {
  idleExpiresAt: Date;
  expiresAt: Date;
}

/** What joins the statement that stores a session. */
export interface SessionCompanions {
  /** Further common table expressions. They may read `room`, which has rows when the session is stored. */
  expressions: RawBuilder<unknown>[];
  /** Id of the device, from one of the expressions. */
  deviceId: RawBuilder<unknown>;
  audit: RawBuilder<unknown>;
}

/** How many sessions had to end, in the statement of `insertSession`. */
export const endedForRoom = sql`(select count(*) from room where ended_session is not null)`;

/**
 * Stores a session, its first refresh token, the audit event and what comes with them in one statement, which ends the
 * least recently used sessions beyond the limit (S22). `undefined` when the account is not active any more or no longer
 * of this version.
 */
export async function insertSession(
  executor: Executor,
  row: NewSessionRow,
  companions: SessionCompanions,
): Promise<{ times: SessionTimes; evicted: string[]; deviceId: string | undefined } | undefined> {
  const { rows } = await sql<{
    idle_expires_at: Date;
    expires_at: Date;
    device_id: string | null;
    evicted: string[];
  }>`
    with room as materialized (
      select ended_session from make_room_for_session(${row.userId}, ${row.userVersion}, ${row.keepSessions})
    ), ${sql.join(
      companions.expressions.map((part) => sql`${part}, `),
      sql``,
    )} session as (
      insert into sessions (id, user_id, device_id, user_version, delivery, factors, idle_expires_at, expires_at,
        ip_address, user_agent)
      select ${row.id}::uuid, ${row.userId}::uuid, ${companions.deviceId}, ${row.userVersion}::int, ${row.delivery},
        ${row.factors}::text[],
        now() + ${Math.min(row.idleSeconds, row.maxSeconds)} * interval '1 second',
        now() + ${row.maxSeconds} * interval '1 second', ${row.client.address}, ${row.client.userAgent}
      where exists (select from room)
      returning id, device_id, idle_expires_at, expires_at
    ), token as (
      insert into refresh_tokens (token_hash, session_id, expires_at)
      select ${row.refreshHash}::bytea, id, idle_expires_at from session
    ), ${companions.audit}
    select idle_expires_at, expires_at, device_id,
      (select coalesce(json_agg(ended_session), '[]') from room where ended_session is not null) as evicted
    from session`.execute(executor);
  const stored = rows[0];
  return (
    stored && {
      times: { idleExpiresAt: stored.idle_expires_at, expiresAt: stored.expires_at },
      evicted: stored.evicted,
      deviceId: stored.device_id ?? undefined,
    }
  );
}

export interface Rotation {
  sessionId: string;
  userId: string;
  version: number;
  delivery: 'cookie' | 'body';
  idleExpiresAt: Date;
  expiresAt: Date;
}

interface RotationRow {
  session_id: string;
  user_id: string;
  user_version: number;
  delivery: 'cookie' | 'body';
  idle_expires_at: Date;
  expires_at: Date;
}

function toRotation(row: RotationRow): Rotation {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    version: row.user_version,
    delivery: row.delivery,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
  };
}

/**
 * Consumes a refresh token and stores its successor, in one statement (S21): of any number of parallel attempts exactly
 * one gets a row back.
 */
export async function rotateRefreshToken(
  executor: Executor,
  input: { hash: Buffer; successorHash: Buffer; idleSeconds: number; client: ClientFacts },
  audit: RawBuilder<unknown>,
): Promise<Rotation | undefined> {
  const { rows } = await sql<RotationRow>`
    with used as (
      update refresh_tokens t set used_at = now()
      from sessions s join users u on u.id = s.user_id
      where t.token_hash = ${input.hash} and t.used_at is null and t.expires_at > now() and s.id = t.session_id
        and s.ended_at is null and s.expires_at > now() and s.idle_expires_at > now()
        and u.status = 'active' and u.session_version = s.user_version
      returning s.id as session_id, s.user_id, s.device_id
    ), touched as (
      update sessions s set last_seen_at = now(), ip_address = ${input.client.address},
        user_agent = ${input.client.userAgent},
        idle_expires_at = least(s.expires_at, now() + ${input.idleSeconds} * interval '1 second')
      from used where s.id = used.session_id and s.ended_at is null
      returning s.id as session_id, s.user_id, s.device_id, s.user_version, s.delivery, s.idle_expires_at, s.expires_at
    ), successor as (
      insert into refresh_tokens (token_hash, session_id, parent_hash, expires_at)
      select ${input.successorHash}, session_id, ${input.hash}, idle_expires_at from touched
    ), ${audit}
    select session_id, user_id, user_version, delivery, idle_expires_at, expires_at from touched`.execute(
    executor,
  );
  return rows[0] && toRotation(rows[0]);
}

export interface UsedToken {
  rotation: Rotation;
  alive: boolean;
  used: boolean;
  inGrace: boolean;
  successorHash: Buffer | undefined;
  successorUsed: boolean;
}

/** What became of a refresh token that could not be consumed. */
export async function explainRefreshToken(
  executor: Executor,
  hash: Buffer,
  graceSeconds: number,
): Promise<UsedToken | undefined> {
  const { rows } = await sql<
    RotationRow & {
      alive: boolean;
      used: boolean;
      in_grace: boolean;
      next_hash: Buffer | null;
      next_used: boolean;
    }
  >`
    select s.id as session_id, s.user_id, s.user_version, s.delivery, s.idle_expires_at, s.expires_at,
      s.ended_at is null and s.expires_at > now() and s.idle_expires_at > now() and u.status = 'active'
        and u.session_version = s.user_version as alive,
      t.used_at is not null as used,
      coalesce(t.used_at > now() - ${graceSeconds} * interval '1 second', false) as in_grace,
      n.token_hash as next_hash, n.used_at is not null as next_used
    from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
    left join refresh_tokens n on n.parent_hash = t.token_hash
    where t.token_hash = ${hash}`.execute(executor);
  const row = rows[0];
  return (
    row && {
      rotation: toRotation(row),
      alive: row.alive,
      used: row.used,
      inGrace: row.in_grace,
      successorHash: row.next_hash ?? undefined,
      successorUsed: row.next_used,
    }
  );
}

export interface EndedSession {
  id: string;
  userId: string;
}

/** Ends live sessions; `owner` keeps it to one person's own. Returns those that ended now. */
export async function endSessions(
  executor: Executor,
  where: { ids?: string[]; owner?: string; except?: string },
  reason: string,
): Promise<EndedSession[]> {
  const { rows } = await sql<{ id: string; user_id: string }>`
    update sessions set ended_at = now(), end_reason = ${reason}
    where ended_at is null
      and (${where.ids ?? null}::uuid[] is null or id = any(${where.ids ?? null}::uuid[]))
      and (${where.owner ?? null}::uuid is null or user_id = ${where.owner ?? null}::uuid)
      and (${where.except ?? null}::uuid is null or id <> ${where.except ?? null}::uuid)
      and (${where.ids ?? null}::uuid[] is not null or ${where.owner ?? null}::uuid is not null)
    returning id, user_id`.execute(executor);
  return rows.map((row) => ({ id: row.id, userId: row.user_id }));
}

/** The session that stays through a password change belongs to the new version from now on. */
export async function adoptVersion(executor: Executor, sessionId: string, version: number): Promise<void> {
  await sql`update sessions set user_version = ${version} where id = ${sessionId}`.execute(executor);
}

export interface SessionRow {
  id: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  idle_expires_at: Date;
  ip_address: string;
  user_agent: string;
  device_name: string | null;
}

export async function listLiveSessions(executor: Executor, owner: string): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select s.id, s.created_at, s.last_seen_at, s.expires_at, s.idle_expires_at, s.ip_address, s.user_agent,
      d.name as device_name
    from sessions s join users u on u.id = s.user_id left join devices d on d.id = s.device_id
    where s.user_id = ${owner} and s.ended_at is null and s.expires_at > now() and s.idle_expires_at > now()
      and s.user_version = u.session_version
    order by s.last_seen_at desc, s.id desc`.execute(executor);
  return rows;
}

export interface SessionSummary {
  id: string;
  role: Role;
  expires_at: Date;
  idle_expires_at: Date;
  factors: string[];
  created_at: Date;
  delivery: string;
  device_id: string | null;
}

export async function findOwnSession(
  executor: Executor,
  owner: string,
  id: string,
): Promise<SessionSummary | undefined> {
  const { rows } = await sql<SessionSummary>`
    select s.id, u.role, s.expires_at, s.idle_expires_at, s.factors, s.created_at, s.delivery, s.device_id
    from sessions s join users u on u.id = s.user_id where s.id = ${id} and s.user_id = ${owner}`.execute(
    executor,
  );
  return rows[0];
}

/** Notes that these sessions were in use. */
export async function touchSessions(executor: Executor, ids: string[]): Promise<void> {
  await sql`update sessions set last_seen_at = now() where id = any(${ids}::uuid[]) and ended_at is null`.execute(
    executor,
  );
}

/** Removes sessions, with their tokens, that ended or ran out long ago. */
export async function removeOldSessions(executor: Executor, olderThanDays: number): Promise<void> {
  await sql`delete from sessions where coalesce(ended_at, expires_at) < now() - ${olderThanDays} * interval '1 day'
    and expires_at < now()`.execute(executor);
}
