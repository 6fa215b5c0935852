import { type RawBuilder, sql } from 'kysely';
import type { Restriction, Role } from '../../platform/http/route.ts';
import type { ClientFacts, Executor, PackedEvent } from '../audit/index.ts';

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
  restriction: Restriction | undefined;
  /** A full set of factors was used just now. */
  steppedUp: boolean;
  country: string | undefined;
}

export interface SessionTimes {
  idleExpiresAt: Date;
  expiresAt: Date;
}

/** The browser of a sign-in: known by one of these hashes, otherwise stored as a new device. */
export interface SessionDevice {
  knownHashes: Buffer[];
  newId: string;
  newHash: Buffer;
  trust: { level: 'trusted' | 'verified'; days: number } | undefined;
}

/** What happens together with the opening of a session, or not at all. */
export interface SessionCompanions {
  device: SessionDevice | undefined;
  /** Keys of attempt counters that start afresh, and of those that get one attempt back. */
  counters: { forgiven: string[]; relieved: string[] };
  /** By when a second factor is due, where that changes. */
  due: { at: Date | undefined } | undefined;
  audit: PackedEvent;
}

export interface OpenedSession {
  times: SessionTimes;
  evicted: string[];
  deviceId: string | undefined;
}

/**
 * Stores a session, its first refresh token, the audit event and what comes with them in one statement, which ends the
 * least recently used sessions beyond the limit (S22). `undefined` when the account is not active any more or no longer
 * of this version.
 */
export async function insertSession(
  executor: Executor,
  row: NewSessionRow,
  { device, counters, due, audit }: SessionCompanions,
): Promise<OpenedSession | undefined> {
  const { rows } = await sql<{
    idle_expires_at: Date;
    expires_at: Date;
    device_id: string | null;
    evicted: string[];
  }>`
    select * from open_session(${row.id}::uuid, ${row.userId}::uuid, ${row.userVersion}, ${row.keepSessions},
      ${row.delivery}, ${row.factors}::text[], ${row.idleSeconds}, ${row.maxSeconds}, ${row.refreshHash}::bytea,
      ${row.client.address}, ${row.client.userAgent}, ${row.restriction ?? null}, ${row.steppedUp}::boolean,
      ${row.country ?? null}, ${device?.knownHashes ?? []}::bytea[], ${device?.newId ?? null}::uuid,
      ${device?.newHash ?? null}::bytea, ${device?.trust?.level ?? null}, ${device?.trust?.days ?? null}::int,
      ${counters.forgiven}::text[], ${counters.relieved}::text[], ${due !== undefined}::boolean,
      ${due?.at ?? null}::timestamptz, ${audit.id}::uuid, ${audit.personal?.digest ?? null}::bytea,
      ${audit.personal?.salt ?? null}::bytea, ${audit.personal?.text ?? null}::jsonb)`.execute(executor);
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
 * Consumes a refresh token and stores its successor and the event (S21): of any number of parallel attempts exactly one
 * gets a row back.
 */
export async function rotateRefreshToken(
  executor: Executor,
  input: {
    hash: Buffer;
    successorHash: Buffer;
    idleSeconds: number;
    client: ClientFacts;
    /** Of these a second factor is demanded: whose time for it is over may do nothing else from now on. */
    demandedOf: Role[];
  },
  { id, personal }: PackedEvent,
): Promise<(Rotation & { restrictedNow: boolean }) | undefined> {
  const { rows } = await sql<RotationRow & { restricted_now: boolean | null }>`
    select * from rotate_refresh_token(${input.hash}, ${input.successorHash}, ${input.idleSeconds},
      ${input.client.address}, ${input.client.userAgent}, ${input.demandedOf}, ${id},
      ${personal?.digest ?? null}, ${personal?.salt ?? null}, ${personal?.text ?? null})`.execute(executor);
  return rows[0] && { ...toRotation(rows[0]), restrictedNow: rows[0].restricted_now === true };
}

/**
 * Ends a live session and opens its successor with a new id, in one statement (S20): the same device, limits and
 * restriction, one factor more. `undefined` when it is dead already.
 */
export async function renewSession(
  executor: Executor,
  input: {
    sessionId: string;
    owner: string;
    nextId: string;
    factor: string;
    refreshHash: Buffer;
    idleSeconds: number;
    client: ClientFacts;
  },
  audit: RawBuilder<unknown>,
): Promise<(Rotation & { steppedUpAt: Date }) | undefined> {
  const { rows } = await sql<RotationRow & { stepped_up_at: Date }>`
    with former as (
      update sessions s set ended_at = now(), end_reason = 'renewed' from users u
      where s.id = ${input.sessionId} and s.user_id = ${input.owner} and s.ended_at is null and s.expires_at > now()
        and u.id = s.user_id and u.status = 'active' and u.session_version = s.user_version
      returning s.*
    ), session as (
      insert into sessions (id, user_id, device_id, user_version, delivery, factors, created_at, idle_expires_at,
        expires_at, ip_address, user_agent, restriction, stepped_up_at, country)
      select ${input.nextId}::uuid, user_id, device_id, user_version, delivery,
        array_remove(factors, ${input.factor}) || ${input.factor}::text, created_at,
        least(expires_at, now() + ${input.idleSeconds} * interval '1 second'), expires_at, ${input.client.address},
        ${input.client.userAgent}, restriction, now(), country
      from former
      returning id as session_id, user_id, device_id, user_version, delivery, idle_expires_at, expires_at, stepped_up_at
    ), token as (
      insert into refresh_tokens (token_hash, session_id, expires_at)
      select ${input.refreshHash}::bytea, session_id, idle_expires_at from session
    ), ${audit}
    select session_id, user_id, user_version, delivery, idle_expires_at, expires_at, stepped_up_at from session`.execute(
    executor,
  );
  return rows[0] && { ...toRotation(rows[0]), steppedUpAt: rows[0].stepped_up_at };
}

/** Lifts what a session was restricted to. */
export async function liftSessionRestriction(
  executor: Executor,
  sessionId: string,
  restriction: Restriction,
): Promise<void> {
  await sql`update sessions set restriction = null where id = ${sessionId} and restriction = ${restriction}`.execute(
    executor,
  );
}

export async function restrictSession(
  executor: Executor,
  session: { sessionId: string; userId: string },
  restriction: Restriction,
): Promise<void> {
  await sql`update sessions set restriction = ${restriction}
    where id = ${session.sessionId} and user_id = ${session.userId} and ended_at is null`.execute(executor);
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

export interface SessionsToEnd {
  ids?: string[];
  owner?: string;
  except?: string;
  restriction?: Restriction;
}

/** Ends live sessions; `owner` keeps it to one person's own. Returns those that ended now. */
export async function endSessions(
  executor: Executor,
  where: SessionsToEnd,
  reason: string,
): Promise<EndedSession[]> {
  const { rows } = await sql<{ id: string; user_id: string }>`
    update sessions set ended_at = now(), end_reason = ${reason}
    where ended_at is null
      and (${where.ids ?? null}::uuid[] is null or id = any(${where.ids ?? null}::uuid[]))
      and (${where.owner ?? null}::uuid is null or user_id = ${where.owner ?? null}::uuid)
      and (${where.except ?? null}::uuid is null or id <> ${where.except ?? null}::uuid)
      and (${where.restriction ?? null}::text is null or restriction = ${where.restriction ?? null})
      and (${where.ids ?? null}::uuid[] is not null or ${where.owner ?? null}::uuid is not null)
    returning id, user_id`.execute(executor);
  return rows.map((row) => ({ id: row.id, userId: row.user_id }));
}

/** The session that stays through a password change belongs to the new version, and may do more or less, from now on. */
export async function adoptVersion(
  executor: Executor,
  sessionId: string,
  version: number,
  restriction: Restriction | undefined,
): Promise<void> {
  await sql`update sessions set user_version = ${version}, restriction = ${restriction ?? null}
    where id = ${sessionId}`.execute(executor);
}

export interface SessionRow {
  id: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  idle_expires_at: Date;
  ip_address: string;
  user_agent: string;
  country: string | null;
  factors: string[];
  restriction: Restriction | null;
  device_id: string | null;
  device_name: string | null;
  device_user_agent: string | null;
  device_trust: 'new' | 'trusted' | 'verified' | null;
}

export async function listLiveSessions(executor: Executor, owner: string): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select s.id, s.created_at, s.last_seen_at, s.expires_at, s.idle_expires_at, s.ip_address, s.user_agent,
      s.country, s.factors, s.restriction, s.device_id, d.name as device_name, d.user_agent as device_user_agent,
      case when d.trusted_until > now() then d.trust_level when d.id is not null then 'new' end as device_trust
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
  delivery: 'cookie' | 'body';
  device_id: string | null;
  restriction: Restriction | null;
  stepped_up_at: Date | null;
}

export async function findOwnSession(
  executor: Executor,
  owner: string,
  id: string,
): Promise<SessionSummary | undefined> {
  const { rows } = await sql<SessionSummary>`
    select s.id, u.role, s.expires_at, s.idle_expires_at, s.factors, s.created_at, s.delivery, s.device_id,
      s.restriction, s.stepped_up_at
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
