import type { Static } from 'typebox';
import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AuditEvent, AuditFilter, ExportFormat, OwnEvent } from './audit.schemas.ts';
import type { AuditTrail } from './audit.service.ts';
import type { AuditChainReport } from './audit-chain.ts';
import { formatHeader, formatLine } from './audit-export.ts';
import { decodePosition, type EventRow, encodePosition, listEvents } from './audit-views.queries.ts';
import type { ClientFacts } from './client-facts.ts';

const defaultLimit = 50;
const exportBatch = 500;

const sharedColumns = [
  ...['id', 'occurred_at', 'action', 'outcome', 'factor', 'code', 'address', 'user_agent_label', 'country'],
  ...['session_id', 'device_id', 'details'],
];
const ownColumns = [...sharedColumns, 'by'];
const allColumns = [
  ...sharedColumns,
  ...['actor_id', 'actor_email', 'subject_id', 'subject_email', 'email', 'user_agent'],
];

export type AuditViews = ReturnType<typeof createAuditViews>;

interface Page {
  cursor?: string;
  limit?: number;
}

export interface AuditViewsOptions {
  db: Database;
  trail: AuditTrail;
  /** A short name of a user agent for people. */
  labelOf: (userAgent: string) => string;
}

/** The evidence as people and administrators look at it. */
export function createAuditViews(options: AuditViewsOptions) {
  const { db, trail, labelOf } = options;
  let verification: Promise<AuditChainReport> | undefined;

  const list = async <Item>(
    query: { filter: AuditFilter; own?: string } & Page,
    show: (row: EventRow) => Item,
  ): Promise<{ items: Item[]; next_cursor: string | null }> => {
    const limit = query.limit ?? defaultLimit;
    const rows = await listEvents(db, { ...query, after: decodePosition(query.cursor), limit: limit + 1 });
    const last = rows[limit - 1];
    const next_cursor = rows.length > limit && last ? encodePosition(last) : null;
    return { items: rows.slice(0, limit).map(show), next_cursor };
  };
  const showOwn = (actor: Actor) => (row: EventRow) => toOwnEvent(row, actor.userId, labelOf);
  const showAny = (row: EventRow) => toAuditEvent(row, labelOf);

  return {
    /** What the actor did and what happened to their account. */
    listOwn: (actor: Actor, { cursor, limit, ...filter }: AuditFilter & Page) =>
      list({ filter, own: actor.userId, ...pageOf(cursor, limit) }, showOwn(actor)),

    /** All events, for administrators. */
    list: ({ cursor, limit, ...filter }: AuditFilter & Page) =>
      list({ filter, ...pageOf(cursor, limit) }, showAny),

    exportOwn: (actor: Actor, format: ExportFormat, filter: AuditFilter) =>
      streamLines(db, { format, columns: ownColumns, show: showOwn(actor) }, { filter, own: actor.userId }),

    /** Stores who took which part of the evidence away, then gives its lines. */
    async export(actor: Actor, format: ExportFormat, filter: AuditFilter, client: ClientFacts) {
      await trail.record(db, {
        action: 'audit.exported',
        outcome: 'success',
        actorId: actor.userId,
        sessionId: actor.sessionId,
        // Of the search only that there was one: what was searched for names people.
        details: { format, ...harmlessFilter(filter) },
        personal: { address: client.address, userAgent: client.userAgent },
      });
      const show = (row: EventRow) => flatten(showAny(row));
      return streamLines(db, { format, columns: allColumns, show }, { filter });
    },

    /** Verifies the chain; those who ask meanwhile get the same report. */
    verifyChain(): Promise<AuditChainReport> {
      verification ??= trail.verify().finally(() => {
        verification = undefined;
      });
      return verification;
    },
  };
}

function pageOf(cursor: string | undefined, limit: number | undefined): Page {
  return { ...(cursor === undefined ? {} : { cursor }), ...(limit === undefined ? {} : { limit }) };
}

function harmlessFilter({ search, address, ...rest }: AuditFilter): Record<string, string | boolean> {
  return {
    ...rest,
    ...(search === undefined ? {} : { search: true }),
    ...(address === undefined ? {} : { address: true }),
  };
}

interface LineFormat {
  format: ExportFormat;
  columns: readonly string[];
  show: (row: EventRow) => Record<string, unknown>;
}

/** Reads a batch when the reader has taken the one before: memory does not grow with the number of events. */
async function* streamLines(
  db: Database,
  { format, columns, show }: LineFormat,
  query: { filter: AuditFilter; own?: string },
): AsyncGenerator<string> {
  const header = formatHeader(format, columns);
  if (header !== undefined) yield header;
  let after: ReturnType<typeof decodePosition>;
  for (;;) {
    const rows = await listEvents(db, { ...query, after, limit: exportBatch });
    if (rows.length > 0) yield rows.map((row) => formatLine(format, columns, show(row))).join('');
    const last = rows.at(-1);
    if (!last || rows.length < exportBatch) return;
    after = { occurredAt: last.occurred_at_text, id: last.id };
  }
}

function toEvent(row: EventRow, labelOf: AuditViewsOptions['labelOf']) {
  const userAgent = row.personal?.user_agent;
  return {
    id: row.id,
    occurred_at: row.occurred_at.toISOString(),
    action: row.action,
    outcome: row.outcome,
    factor: row.factor,
    code: row.code,
    address: row.personal?.address ?? null,
    user_agent_label: userAgent === undefined ? null : labelOf(userAgent),
    country: row.country,
    session_id: row.session_id,
    device_id: row.device_id,
    details: row.details,
  };
}

function toOwnEvent(
  row: EventRow,
  userId: string,
  labelOf: AuditViewsOptions['labelOf'],
): Static<typeof OwnEvent> {
  const by = doneBy(row, userId);
  const event = { ...toEvent(row, labelOf), by };
  if (by !== 'administrator') return event;
  // Where an administrator sits is not the person's business.
  return {
    ...event,
    address: null,
    user_agent_label: null,
    country: null,
    session_id: null,
    device_id: null,
  };
}

function doneBy(row: EventRow, userId: string): Static<typeof OwnEvent>['by'] {
  if (row.actor_id === userId || row.action === 'account.registered') return 'you';
  if (row.actor_id !== null) return 'administrator';
  return row.outcome === 'failure' ? 'unknown' : 'system';
}

function toAuditEvent(row: EventRow, labelOf: AuditViewsOptions['labelOf']): Static<typeof AuditEvent> {
  const person = (id: string | null, email: string | null, display_name: string | null) =>
    id === null ? null : { id, email, display_name };
  return {
    ...toEvent(row, labelOf),
    actor: person(row.actor_id, row.actor_email, row.actor_name),
    subject: person(row.subject_id, row.subject_email, row.subject_name),
    email: row.personal?.email ?? null,
    user_agent: row.personal?.user_agent ?? null,
  };
}

/** One level of columns for tables. */
function flatten({ actor, subject, ...event }: Static<typeof AuditEvent>): Record<string, unknown> {
  return {
    ...event,
    actor_id: actor?.id ?? null,
    actor_email: actor?.email ?? null,
    subject_id: subject?.id ?? null,
    subject_email: subject?.email ?? null,
  };
}
