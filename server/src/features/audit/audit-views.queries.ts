import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { InvalidAuditCursor } from './audit.errors.ts';
import type { AuditFilter } from './audit.schemas.ts';

/** One event with what is known of its people, newest first in lists. */
export interface EventRow {
  id: string;
  occurred_at: Date;
  /** With microseconds: what a cursor must hold. */
  occurred_at_text: string;
  action: string;
  outcome: 'success' | 'failure';
  factor: string | null;
  code: string | null;
  actor_id: string | null;
  subject_id: string | null;
  session_id: string | null;
  device_id: string | null;
  details: Record<string, unknown>;
  personal: { email?: string; address?: string; user_agent?: string } | null;
  country: string | null;
  actor_email: string | null;
  actor_name: string | null;
  subject_email: string | null;
  subject_name: string | null;
}

export interface EventPosition {
  occurredAt: string;
  id: string;
}

export interface EventQuery {
  filter: AuditFilter;
  /** Only what this person did or what concerns them. */
  own?: string;
  after: EventPosition | undefined;
  limit: number;
}

const cursorShape =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function encodePosition(row: EventRow): string {
  return Buffer.from(`${row.occurred_at_text} ${row.id}`).toString('base64url');
}

/** Throws `audit.invalid_cursor`. */
export function decodePosition(cursor: string | undefined): EventPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, occurredAt, id] = cursorShape.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (!occurredAt || !id || Number.isNaN(Date.parse(occurredAt))) throw InvalidAuditCursor.with();
  return { occurredAt, id };
}

const maxPeopleFound = 50;
const maxEventsFound = 1_000;

/**
 * Newest first. Where an event may match in several ways, each way is a query of its own that ends at the limit: an `or`
 * over different indexes would sort everything that matches first.
 */
export async function listEvents(db: Queryable, query: EventQuery): Promise<EventRow[]> {
  const conditions = sharedConditions(query);
  const ways = await waysToMatch(db, query);
  const branches = ways.map(
    (way) => sql`(
      select e.* from audit_events e where ${sql.join([...conditions, way], sql` and `)}
      order by e.occurred_at desc, e.id desc limit ${query.limit})`,
  );
  const { rows } = await sql<EventRow>`
    with found as (${sql.join(branches, sql` union `)}),
    page as (select * from found order by occurred_at desc, id desc limit ${query.limit})
    select e.id, e.occurred_at, e.action, e.outcome, e.factor, e.code, e.actor_id, e.subject_id, e.session_id,
      e.device_id, e.details, p.data as personal, s.country,
      a.email as actor_email, a.display_name as actor_name, u.email as subject_email, u.display_name as subject_name,
      to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at_text
    from page e left join audit_personal p on p.event_id = e.id left join sessions s on s.id = e.session_id
    left join users a on a.id = e.actor_id left join users u on u.id = e.subject_id
    order by e.occurred_at desc, e.id desc`.execute(db);
  return rows;
}

function sharedConditions({ filter, after }: EventQuery): RawBuilder<unknown>[] {
  const { action, outcome, from, to, user_id, actor_id, address } = filter;
  return [
    after && sql`(e.occurred_at, e.id) < (${after.occurredAt}::timestamptz, ${after.id}::uuid)`,
    action !== undefined && sql`e.action like ${likePrefix(action)}`,
    // Written out: the index of failures is a partial one.
    outcome && (outcome === 'failure' ? sql`e.outcome = 'failure'` : sql`e.outcome = 'success'`),
    from !== undefined && sql`e.occurred_at >= ${from}::timestamptz`,
    to !== undefined && sql`e.occurred_at < ${to}::timestamptz`,
    user_id !== undefined && sql`e.subject_id = ${user_id}::uuid`,
    actor_id !== undefined && sql`e.actor_id = ${actor_id}::uuid`,
    address !== undefined &&
      sql`e.id in (select event_id from audit_personal where data ->> 'address' = ${address})`,
  ].filter((condition) => typeof condition === 'object');
}

/** Ways in which an event may match beside the shared conditions; one that always does where nothing else is asked. */
async function waysToMatch(db: Queryable, { own, filter }: EventQuery): Promise<RawBuilder<unknown>[]> {
  if (own !== undefined) return [sql`e.subject_id = ${own}::uuid`, sql`e.actor_id = ${own}::uuid`];
  if (filter.search === undefined) return [sql`true`];
  const pattern = likePrefix(filter.search.normalize('NFKC').trim().toLowerCase());
  const people = await sql<{ id: string }>`
    select id from users where email_canonical like ${pattern} limit ${maxPeopleFound}`.execute(db);
  const ids = people.rows.map((row) => row.id);
  return [
    sql`e.id = any(array(select event_id from audit_personal
      where data ->> 'email' is not null and data ->> 'email' like ${pattern}
      order by event_id desc limit ${maxEventsFound}))`,
    ...(ids.length === 0
      ? []
      : [sql`e.subject_id = any(${ids}::uuid[])`, sql`e.actor_id = any(${ids}::uuid[])`]),
  ];
}

function likePrefix(text: string): string {
  return `${text.replace(/[\\%_]/g, '\\$&')}%`;
}
