import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import { type PersonalData, readByKey } from '../../platform/personal-data.ts';
import type { Executor } from './audit.queries.ts';

/**
 * What the person did and what concerned them. Where somebody else did it, their address and browser are not the
 * person's to have. Events stay after a deletion, as evidence; `eraseAuditPersonal` takes out what names the person.
 */
export function auditPersonalData(db: Database): PersonalData {
  const own = (userId: string) => sql`(e.subject_id = ${userId} or e.actor_id = ${userId})`;
  return {
    name: 'activity',
    about:
      'Security events of your account. They stay after a deletion, under an id and without what names you.',
    tables: ['audit_events', 'audit_personal'],
    read: (userId) =>
      readByKey(async (after: string | undefined, limit) => {
        const { rows } = await sql<{ id: string }>`
          select e.id, e.occurred_at, e.action, e.outcome, e.factor, e.code, e.details,
            case when mine then 'you' else 'somebody_else' end as by,
            case when mine then e.session_id end as session_id, case when mine then e.device_id end as device_id,
            case when mine then p.data end as personal
          from audit_events e left join audit_personal p on p.event_id = e.id,
            lateral (select e.actor_id is null or e.actor_id = ${userId} as mine) whose
          where ${own(userId)} and (${after ?? null}::uuid is null or e.id > ${after ?? null}::uuid)
          order by e.id limit ${limit}`.execute(db);
        return rows.map((item) => ({ key: item.id, item }));
      }),
    async count(userId) {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from audit_events e where ${own(userId)}`.execute(db);
      return rows[0]?.n ?? 0;
    },
  };
}

/**
 * Erases what names a person from all events that they caused, that concern them, or in which their address was typed;
 * the events stay and the chain still verifies. Returns how many were erased.
 */
export async function eraseAuditPersonal(
  executor: Executor,
  person: { userId: string; emailCanonical?: string },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from audit_personal where event_id in (
      select id from audit_events where subject_id = ${person.userId}
      union select id from audit_events where actor_id = ${person.userId}
      union select event_id from audit_personal
        where data ->> 'email' is not null and data ->> 'email' = ${person.emailCanonical ?? null})`.execute(
    executor,
  );
  return Number(numAffectedRows ?? 0);
}

/** Where the sealed chain ends now; nothing before the first seal. */
export async function findChainHead(
  executor: Executor,
): Promise<{ position: number; hash: string } | undefined> {
  const { rows } = await sql<{ position: number; hash: Buffer }>`
    select position, hash from audit_chain order by position desc limit 1`.execute(executor);
  return rows[0] && { position: rows[0].position, hash: rows[0].hash.toString('hex') };
}
