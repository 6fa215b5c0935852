import { sql } from 'kysely';
import type { Executor } from '../audit/index.ts';
import type { AnomalyKind } from '../policies/index.ts';
import type { AlertFacts } from './explanation.ts';

export type AlertSeverity = 'info' | 'warning' | 'critical';
export type AlertResponse = 'notify' | 'step_up' | 'block';
export type AlertDecision = 'confirmed' | 'denied';

/** Says who it was from where, and may be erased. */
export interface AlertPersonalPart {
  address: string;
  /** What the address counts as: an IPv4 address or an IPv6 /64. */
  network: string;
  user_agent: string;
}

export interface NewAlert {
  id: string;
  /** Undefined where it concerns the whole system. */
  userId: string | undefined;
  kind: AnomalyKind;
  severity: AlertSeverity;
  response: AlertResponse;
  facts: AlertFacts;
  personal: AlertPersonalPart | undefined;
  sessionId: string | undefined;
  deviceId: string | undefined;
}

export interface AlertRow {
  id: string;
  user_id: string | null;
  kind: AnomalyKind;
  severity: AlertSeverity;
  response: AlertResponse;
  facts: AlertFacts;
  address: string | null;
  session_id: string | null;
  session_live: boolean | null;
  device_id: string | null;
  created_at: Date;
  decision: AlertDecision | null;
  decided_at: Date | null;
}

export async function insertAlert(executor: Executor, alert: NewAlert): Promise<void> {
  await sql`
    insert into security_alerts (id, user_id, kind, severity, response, facts, personal, session_id, device_id)
    values (${alert.id}, ${alert.userId ?? null}, ${alert.kind}, ${alert.severity}, ${alert.response},
      ${JSON.stringify(alert.facts)}::jsonb, ${alert.personal ? JSON.stringify(alert.personal) : null}::jsonb,
      ${alert.sessionId ?? null}, ${alert.deviceId ?? null})`.execute(executor);
}

/**
 * The open alert about an attempt from the same network or browser that led to no session yet: it gets the session, where there is
 * one now. Returns its id; `undefined` when there is none. What was only told of always had a session.
 */
export async function continueAlert(
  executor: Executor,
  alert: Pick<NewAlert, 'response' | 'sessionId' | 'deviceId'> & {
    userId: string;
    /** People change networks between two steps; then the browser says that it is they. */
    network: string;
    userAgent: string;
    seconds: number;
  },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    update security_alerts set session_id = ${alert.sessionId ?? null}, device_id = ${alert.deviceId ?? null}
    where id = (
      select id from security_alerts where user_id = ${alert.userId} and session_id is null
        and response = ${alert.response} and response <> 'notify' and decision is null
        and (personal->>'network' = ${alert.network} or personal->>'user_agent' = ${alert.userAgent})
        and created_at > now() - ${alert.seconds} * interval '1 second'
      order by id desc limit 1)
    returning id`.execute(executor);
  return rows[0]?.id;
}

// A renewed session goes on under a new id, but keeps the time it began at.
const columns = sql`a.id, a.user_id, a.kind, a.severity, a.response, a.facts, a.personal->>'address' as address,
  a.session_id, a.device_id, a.created_at, a.decision, a.decided_at,
  (select exists (select from sessions l where l.user_id = s.user_id and l.created_at = s.created_at
    and l.ended_at is null and l.expires_at > now() and l.idle_expires_at > now())
    from sessions s where s.id = a.session_id) as session_live`;

export interface AlertPage {
  /** Id of the last alert of the page before. */
  after: string | undefined;
  limit: number;
}

/** A person's alerts, newest first. */
export async function listAlerts(executor: Executor, owner: string, page: AlertPage): Promise<AlertRow[]> {
  const { rows } = await sql<AlertRow>`
    select ${columns} from security_alerts a
    where a.user_id = ${owner} and (${page.after ?? null}::uuid is null or a.id < ${page.after ?? null}::uuid)
    order by a.id desc limit ${page.limit}`.execute(executor);
  return rows;
}

export async function findAlert(
  executor: Executor,
  owner: string,
  id: string,
): Promise<AlertRow | undefined> {
  const { rows } = await sql<AlertRow>`
    select ${columns} from security_alerts a where a.id = ${id} and a.user_id = ${owner}`.execute(executor);
  return rows[0];
}

/** The same, and nobody decides about it until the transaction ends. */
export async function lockAlert(
  executor: Executor,
  owner: string,
  id: string,
): Promise<AlertRow | undefined> {
  const { rows } = await sql<AlertRow>`
    select ${columns} from security_alerts a where a.id = ${id} and a.user_id = ${owner} for update of a`.execute(
    executor,
  );
  return rows[0];
}

export async function storeDecision(executor: Executor, id: string, decision: AlertDecision): Promise<void> {
  await sql`update security_alerts set decision = ${decision}, decided_at = now() where id = ${id}`.execute(
    executor,
  );
}

/** True when the alert is about the very device, or the very sign-in, of this session. */
export async function isOfSession(executor: Executor, alertId: string, sessionId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from security_alerts a join sessions asking on asking.id = ${sessionId} and asking.user_id = a.user_id
    left join sessions s on s.id = a.session_id
    where a.id = ${alertId} and (a.device_id = asking.device_id or s.created_at = asking.created_at)`.execute(
    executor,
  );
  return rows.length > 0;
}

/** From now on every sign-in by password leads to a new one. False where the person has no password. */
export async function demandNewPassword(executor: Executor, userId: string): Promise<boolean> {
  const { rows } = await sql`
    update users set must_change_password = true, updated_at = now()
    where id = ${userId} and password_hash is not null returning 1`.execute(executor);
  return rows.length > 0;
}

export interface AdminAlertRow extends AlertRow {
  email: string | null;
  display_name: string | null;
}

export interface AdminAlertFilter extends AlertPage {
  kind: AnomalyKind | undefined;
  decision: AlertDecision | 'open' | undefined;
}

/** Alerts of everybody and of the system, newest first; for administrators. */
export async function listUnscopedAlerts(
  executor: Executor,
  filter: AdminAlertFilter,
): Promise<AdminAlertRow[]> {
  const { rows } = await sql<AdminAlertRow>`
    select ${columns}, u.email, u.display_name from security_alerts a left join users u on u.id = a.user_id
    where (${filter.after ?? null}::uuid is null or a.id < ${filter.after ?? null}::uuid)
      and (${filter.kind ?? null}::text is null or a.kind = ${filter.kind ?? null})
      and (${filter.decision ?? null}::text is null or coalesce(a.decision, 'open') = ${filter.decision ?? null})
    order by a.id desc limit ${filter.limit}`.execute(executor);
  return rows;
}
