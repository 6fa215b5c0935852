import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';

export interface DeviceRow {
  id: string;
  name: string | null;
  user_agent: string;
  current: boolean;
  trust: 'new' | 'trusted' | 'verified';
  trusted_until: Date | null;
  created_at: Date;
  last_seen_at: Date;
  last_address: string | null;
  last_country: string | null;
  live_sessions: number;
}

// Trust that ran out is no trust, whenever the row is next written.
const columns = sql`d.id, d.name, d.user_agent,
  case when d.trusted_until > now() then d.trust_level else 'new' end as trust,
  case when d.trusted_until > now() and d.trust_level <> 'new' then d.trusted_until end as trusted_until,
  d.created_at, d.last_seen_at, d.last_address, d.last_country,
  (select count(*)::int from sessions s where s.device_id = d.id and s.ended_at is null and s.expires_at > now()
    and s.idle_expires_at > now() and s.user_version = u.session_version) as live_sessions`;

/** A person's devices, the one of `sessionId` first. */
export async function listDevices(
  executor: Executor,
  owner: string,
  sessionId: string,
): Promise<DeviceRow[]> {
  const { rows } = await sql<DeviceRow>`
    select ${columns}, ${isCurrent(sessionId)} as current
    from devices d join users u on u.id = d.user_id where d.user_id = ${owner}
    order by current desc, d.last_seen_at desc, d.id desc`.execute(executor);
  return rows;
}

export async function findDevice(
  executor: Executor,
  owner: string,
  id: string,
  sessionId: string,
): Promise<DeviceRow | undefined> {
  const { rows } = await sql<DeviceRow>`
    select ${columns}, ${isCurrent(sessionId)} as current
    from devices d join users u on u.id = d.user_id where d.id = ${id} and d.user_id = ${owner}`.execute(
    executor,
  );
  return rows[0];
}

function isCurrent(sessionId: string) {
  return sql`coalesce(d.id = (select device_id from sessions where id = ${sessionId}), false)`;
}

/** True when there was such a device of this person. */
export async function renameDevice(
  executor: Executor,
  owner: string,
  id: string,
  name: string | null,
): Promise<boolean> {
  const { rows } =
    await sql`update devices set name = ${name} where id = ${id} and user_id = ${owner} returning 1`.execute(
      executor,
    );
  return rows.length > 0;
}

/** A level that is higher already stays. */
export async function trustDevice(
  executor: Executor,
  owner: string,
  id: string,
  days: number,
): Promise<void> {
  await sql`
    update devices set trusted_until = now() + ${days} * interval '1 day',
      trust_level = case when trust_level = 'verified' and trusted_until > now() then 'verified' else 'trusted' end
    where id = ${id} and user_id = ${owner}`.execute(executor);
}

export async function distrustDevice(executor: Executor, owner: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    update devices set trust_level = 'new', trusted_until = null where id = ${id} and user_id = ${owner}
    returning 1`.execute(executor);
  return rows.length > 0;
}

/** Nobody signs in on the device until the transaction ends. False when there is no such device of this person. */
export async function lockDevice(executor: Executor, owner: string, id: string): Promise<boolean> {
  const { rows } =
    await sql`select 1 from devices where id = ${id} and user_id = ${owner} for update`.execute(executor);
  return rows.length > 0;
}

/** Ids of sessions on this device that have not ended. */
export async function openSessionsOf(executor: Executor, owner: string, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from sessions where device_id = ${id} and user_id = ${owner} and ended_at is null`.execute(
    executor,
  );
  return rows.map((row) => row.id);
}

export async function deleteDevice(executor: Executor, owner: string, id: string): Promise<void> {
  await sql`delete from devices where id = ${id} and user_id = ${owner}`.execute(executor);
}

/** Removes devices whose cookie no browser keeps any more. */
export async function removeUnseenDevices(executor: Executor, olderThanSeconds: number): Promise<void> {
  await sql`
    delete from devices where last_seen_at < now() - ${olderThanSeconds} * interval '1 second'`.execute(
    executor,
  );
}
