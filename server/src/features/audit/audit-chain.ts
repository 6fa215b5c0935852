import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Key, KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type ChainableEvent, chainableColumns, digestPersonal } from './audit.queries.ts';
import { findLastCheckpoint, isGenuineCheckpoint } from './audit-checkpoint.ts';
import { withRetiredAuditKeys } from './retired-audit-keys.ts';

const sealLockKey = 7_103_441_910;
const sealBatch = 500;
const verifyBatch = 1_000;
const maxReportedProblems = 20;

/** What `doctor` reports about the evidence. */
export interface AuditChainReport {
  sealed: number;
  /** Events younger than the last sealing. */
  waiting: number;
  /** Sealed events whose personal part was erased, as privacy law may demand. */
  erased: number;
  /** Position and hash of the last seal: compare them with a note kept elsewhere to notice a cut-off end. */
  head: { position: number; hash: string } | undefined;
  /** Events before the checkpoint, which were given up after their time. */
  removed: number;
  problems: { position: number | undefined; eventId: string | undefined; problem: string }[];
}

interface Link {
  position: number;
  hash: Buffer;
}

/**
 * Seals waiting events in one order, each hash over the one before it (S39). Sealing follows the events by about a
 * second instead of joining their transactions, which would make every sign-in of all processes wait for one another.
 * Returns how many were sealed; 0 also when another process is sealing now.
 */
export async function sealAuditEvents(db: Database, keys: KeyRing): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const lock = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_xact_lock(${sealLockKey}) as taken`.execute(trx);
    if (!lock.rows[0]?.taken) return 0;
    const { rows: events } = await sql<ChainableEvent>`
      select ${chainableColumns} from audit_unsealed u join audit_events e on e.id = u.event_id
      order by e.occurred_at, e.id limit ${sealBatch}`.execute(trx);
    if (events.length === 0) return 0;
    // A chain that was given up to its end goes on from its checkpoint.
    const { rows } = await sql<Link>`
      (select position, hash from audit_chain order by position desc limit 1)
      union all (select position, hash from audit_checkpoints order by position desc limit 1)
      order by position desc limit 1`.execute(trx);
    const links = chain(rows[0], events, keys.current('audit-chain'));
    await sql`
      with sealed as (
        insert into audit_chain (position, event_id, key_id, hash)
        select * from unnest(${links.map((l) => l.position)}::bigint[], ${events.map((e) => e.id)}::uuid[],
          ${links.map(() => keys.current('audit-chain').id)}::text[], ${links.map((l) => l.hash)}::bytea[])
        returning event_id)
      delete from audit_unsealed u using sealed where u.event_id = sealed.event_id`.execute(trx);
    return events.length;
  });
}

function chain(last: Link | undefined, events: ChainableEvent[], key: Key): Link[] {
  let previous = last ?? { position: 0, hash: Buffer.alloc(32) };
  return events.map((event) => {
    const position = previous.position + 1;
    previous = { position, hash: linkHash(key, position, previous.hash, event) };
    return previous;
  });
}

function linkHash(key: Key, position: number, previous: Buffer, event: ChainableEvent): Buffer {
  const text = JSON.stringify([
    position,
    event.id,
    event.occurred_at_text,
    event.action,
    event.outcome,
    event.actor_id,
    event.subject_id,
    event.session_id,
    event.device_id,
    event.factor,
    event.code,
    event.personal_digest?.toString('hex') ?? null,
    event.details_text,
  ]);
  return createHmac('sha256', key.bytes).update(previous).update(text).digest();
}

type SealedEvent = ChainableEvent &
  Link & { key_id: string; salt: Buffer | null; personal: Record<string, string> | null };

/**
 * Recomputes the whole chain from its checkpoint, or from its beginning, and reports every event that was changed,
 * removed, inserted or never sealed. It looks at one moment: events that are given up meanwhile are no gap.
 */
export async function verifyAuditChain(db: Database, keys: KeyRing): Promise<AuditChainReport> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const report: AuditChainReport = {
        sealed: 0,
        waiting: 0,
        erased: 0,
        removed: 0,
        head: undefined,
        problems: [],
      };
      const known = await withRetiredAuditKeys(trx, keys);
      let previous = await startOfChain(trx, known, report);
      for (;;) {
        const batch = await readSealed(trx, previous.position);
        for (const event of batch) {
          checkLink(event, previous, known, report);
          previous = { position: event.position, hash: event.hash };
        }
        if (batch.length < verifyBatch) break;
      }
      if (previous.position > 0)
        report.head = { position: previous.position, hash: previous.hash.toString('hex') };
      await checkUnsealed(trx, report);
      return report;
    });
}

/** Where the events that must still be there begin; a checkpoint that the program did not seal is a problem itself. */
async function startOfChain(db: Queryable, keys: KeyRing, report: AuditChainReport): Promise<Link> {
  const checkpoint = await findLastCheckpoint(db);
  if (!checkpoint) return { position: 0, hash: Buffer.alloc(32) };
  report.removed = checkpoint.position;
  if (!isGenuineCheckpoint(keys, checkpoint))
    report.problems.push({
      position: checkpoint.position,
      eventId: undefined,
      problem: 'the events up to here were removed by somebody else than the program',
    });
  return checkpoint;
}

async function readSealed(db: Queryable, after: number): Promise<SealedEvent[]> {
  const { rows } = await sql<SealedEvent>`
    select c.position, c.hash, c.key_id, p.salt, p.data as personal, ${chainableColumns}
    from audit_chain c join audit_events e on e.id = c.event_id left join audit_personal p on p.event_id = e.id
    where c.position > ${after} order by c.position limit ${verifyBatch}`.execute(db);
  return rows;
}

function checkLink(event: SealedEvent, previous: Link, keys: KeyRing, report: AuditChainReport): void {
  const note = (problem: string): void => {
    if (report.problems.length < maxReportedProblems)
      report.problems.push({ position: event.position, eventId: event.id, problem });
  };
  report.sealed += 1;
  if (event.position !== previous.position + 1) note('events before this one were removed');
  const key = keys.find('audit-chain', event.key_id);
  if (!key) note('its key is not configured any more');
  else if (!linkHash(key, event.position, previous.hash, event).equals(event.hash))
    note('this event, or the one before it, was changed');
  if (event.personal_digest === null) return;
  if (event.salt === null || event.personal === null) report.erased += 1;
  else if (!digestPersonal(event.salt, event.personal).equals(event.personal_digest))
    note('the personal part of this event was changed');
}

async function checkUnsealed(db: Queryable, report: AuditChainReport): Promise<void> {
  const { rows } = await sql<{ id: string; queued: boolean }>`
    select e.id, u.event_id is not null as queued from audit_events e
    left join audit_chain c on c.event_id = e.id left join audit_unsealed u on u.event_id = e.id
    where c.event_id is null`.execute(db);
  report.waiting = rows.filter((row) => row.queued).length;
  for (const row of rows.filter((candidate) => !candidate.queued).slice(0, maxReportedProblems))
    report.problems.push({ position: undefined, eventId: row.id, problem: 'this event was never sealed' });
}
