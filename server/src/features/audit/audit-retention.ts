import { sql } from 'kysely';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AuditTrail } from './audit.service.ts';
import { sealCheckpoint } from './audit-checkpoint.ts';

const retentionLockKey = 7_103_441_912;
const eraseBatch = 5_000;
const removeBatch = 2_000;
/** Without what names a person, an event stays for one more period: evidence of attacks, but of nobody. */
const periodsUntilRemoval = 2;

export interface RetentionOutcome {
  /** Events whose personal part was erased. */
  erased: number;
  /** Events that are gone, behind a checkpoint. */
  removed: number;
}

/**
 * Keeps evidence no longer than policy says (GDPR Art. 5(1)(e)): after the period the personal part of an event is
 * erased, after a second one the event itself, from the beginning of the chain and behind a sealed checkpoint from which
 * the chain still verifies. Both are evidence themselves. 0 days: for ever.
 */
export async function applyRetention(
  options: { db: Database; keys: KeyRing; trail: AuditTrail; now: () => Date },
  retentionDays: number,
): Promise<RetentionOutcome> {
  if (retentionDays <= 0) return { erased: 0, removed: 0 };
  const { db, trail } = options;
  const erased = await erasePersonal(db, daysBefore(options.now(), retentionDays));
  if (erased > 0) await recordRetention(trail, db, 'audit.personal_erased', erased, retentionDays);
  const removed = await removeEvents(options, daysBefore(options.now(), retentionDays * periodsUntilRemoval));
  if (removed > 0) await recordRetention(trail, db, 'audit.events_removed', removed, retentionDays);
  return { erased, removed };
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}

async function recordRetention(
  trail: AuditTrail,
  db: Database,
  action: string,
  events: number,
  retentionDays: number,
): Promise<void> {
  await trail.record(db, {
    action,
    outcome: 'success',
    factor: 'policy',
    details: { events, retention_days: retentionDays },
  });
}

/** By the ids of events, which begin with their time: what was erased before is not looked at again. */
async function erasePersonal(db: Database, before: Date): Promise<number> {
  let erased = 0;
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from audit_personal where event_id in (
        select event_id from audit_personal where event_id < ${firstIdAt(before)}::uuid
        order by event_id limit ${eraseBatch})`.execute(db);
    const count = Number(numAffectedRows ?? 0);
    erased += count;
    if (count < eraseBatch) return erased;
  }
}

/** The least UUIDv7 (RFC 9562 §5.7) of a moment. */
export function firstIdAt(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

async function removeEvents({ db, keys }: { db: Database; keys: KeyRing }, before: Date): Promise<number> {
  let removed = 0;
  for (;;) {
    const count = await removeBatchOfEvents(db, keys, before);
    removed += count;
    if (count < removeBatch) return removed;
  }
}

/** Removes the leading events of the chain that are all older than `before`; never its newest link. */
async function removeBatchOfEvents(db: Database, keys: KeyRing, before: Date): Promise<number> {
  return db.transaction().execute(async (trx) => {
    // One process at a time: of two, the second would name a link that the first has removed.
    await sql`select pg_advisory_xact_lock(${retentionLockKey})`.execute(trx);
    const { rows } = await sql<{ position: number; hash: Buffer; old: boolean }>`
      select c.position, c.hash, e.occurred_at < ${before} as old
      from audit_chain c join audit_events e on e.id = c.event_id
      where c.position < (select max(position) from audit_chain)
      order by c.position limit ${removeBatch}`.execute(trx);
    const firstKept = rows.findIndex((row) => !row.old);
    const last = firstKept === -1 ? rows.at(-1) : rows[firstKept - 1];
    if (!last) return 0;
    const seal = sealCheckpoint(keys, last);
    const outcome = await sql<{ removed: number }>`
      select audit_remove_through(${seal.position}, ${seal.hash}, ${seal.key_id}, ${seal.mac}) as removed`.execute(
      trx,
    );
    return outcome.rows[0]?.removed ?? 0;
  });
}
