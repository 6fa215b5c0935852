import { createHash, randomBytes } from 'node:crypto';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { storable } from './client-facts.ts';

/** A pool or an open transaction. */
export type Executor = QueryExecutorProvider;

/** What names a person; kept apart from the event so that it can be erased without breaking the chain. */
export interface PersonalPart {
  email?: string;
  address?: string;
  userAgent?: string;
}

type IdOrSql = string | RawBuilder<unknown> | undefined;

export interface AuditEntry {
  /** `sign_in`, `session.ended`, `account.role_changed`. */
  action: string;
  outcome: 'success' | 'failure';
  /** Who did it and whose account it concerns. */
  actorId?: IdOrSql;
  subjectId?: IdOrSql;
  sessionId?: IdOrSql;
  deviceId?: IdOrSql;
  /** `password`, `setup_code`, `refresh_token`, `operator`. */
  factor?: string;
  /** Error code of a failure. */
  code?: string;
  /** Never holds secrets or what names a person. */
  details?: Record<string, string | number | boolean> | RawBuilder<unknown>;
  personal?: PersonalPart;
}

/**
 * Common table expressions that store one event, its personal part and its place in the queue for sealing.
 * `from` makes the event part of a larger statement: no row there, no event.
 */
export function auditExpressions(entry: AuditEntry, from?: RawBuilder<unknown>): RawBuilder<unknown> {
  const { id, personal } = packEvent(entry);
  const source = from === undefined ? sql`` : sql`from ${from}`;
  return sql`
    audit_event as (
      insert into audit_events
        (id, action, outcome, actor_id, subject_id, session_id, device_id, factor, code, personal_digest, details)
      select ${id}::uuid, ${entry.action}, ${entry.outcome}, ${idSql(entry.actorId)}, ${idSql(entry.subjectId)},
        ${idSql(entry.sessionId)}, ${idSql(entry.deviceId)}, ${entry.factor ?? null}, ${entry.code ?? null},
        ${personal?.digest ?? null}::bytea, ${detailsSql(entry.details)}
      ${source}
      returning id
    ), audit_event_person as (
      insert into audit_personal (event_id, salt, data)
      select id, ${personal?.salt ?? null}::bytea, ${personal?.text ?? null}::jsonb from audit_event
      where ${personal !== undefined}::boolean
    ), audit_event_queue as (
      insert into audit_unsealed (event_id) select id from audit_event
    )`;
}

function detailsSql(details: AuditEntry['details']): RawBuilder<unknown> {
  return details !== undefined && 'toOperationNode' in details
    ? (details as RawBuilder<unknown>)
    : sql`${JSON.stringify(details ?? {})}::jsonb`;
}

function idSql(value: IdOrSql): RawBuilder<unknown> {
  return typeof value === 'object' ? value : sql`${value ?? null}::uuid`;
}

/** An event's own parts, for a statement or function that stores it itself. */
export interface PackedEvent {
  id: string;
  personal: { salt: Buffer; text: string; digest: Buffer } | undefined;
}

export function packEvent(entry: AuditEntry): PackedEvent {
  return { id: uuidv7(), personal: packPersonal(entry.personal) };
}

function packPersonal(part: PersonalPart | undefined): PackedEvent['personal'] {
  if (part === undefined) return undefined;
  const text = JSON.stringify({
    ...(part.email === undefined ? {} : { email: storable(part.email, 320) }),
    ...(part.address === undefined ? {} : { address: part.address }),
    ...(part.userAgent === undefined ? {} : { user_agent: part.userAgent }),
  });
  const salt = randomBytes(16);
  return { salt, text, digest: digestPersonal(salt, JSON.parse(text) as Record<string, string>) };
}

/** Digest over salt and fields in a fixed order: how jsonb stores them does not matter. */
export function digestPersonal(salt: Buffer, data: Record<string, string>): Buffer {
  const fields = Object.keys(data)
    .sort()
    .map((name) => [name, data[name]]);
  return createHash('sha256').update(salt).update(JSON.stringify(fields)).digest();
}

/** Stores one event; call it with the transaction of what it records. */
export async function insertAuditEvent(executor: Executor, entry: AuditEntry): Promise<void> {
  const { id, personal } = packEvent(entry);
  await sql`
    select record_audit_event(${id}::uuid, ${entry.action}, ${entry.outcome}, ${idSql(entry.actorId)},
      ${idSql(entry.subjectId)}, ${idSql(entry.sessionId)}, ${idSql(entry.deviceId)}, ${entry.factor ?? null},
      ${entry.code ?? null}, ${detailsSql(entry.details)}, ${personal?.digest ?? null}::bytea,
      ${personal?.salt ?? null}::bytea, ${personal?.text ?? null}::jsonb)`.execute(executor);
}

export interface ChainableEvent {
  id: string;
  occurred_at_text: string;
  action: string;
  outcome: string;
  actor_id: string | null;
  subject_id: string | null;
  session_id: string | null;
  device_id: string | null;
  factor: string | null;
  code: string | null;
  personal_digest: Buffer | null;
  details_text: string;
}

/** Columns of an event in a spelling that does not depend on session settings. */
export const chainableColumns = sql`e.id, e.action, e.outcome, e.actor_id, e.subject_id, e.session_id, e.device_id,
  e.factor, e.code, e.personal_digest, e.details::text as details_text,
  to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at_text`;
