import type { Static } from 'typebox';
import type { Actor } from '../../platform/http/route.ts';
import { mayAdminister } from '../accounts/index.ts';
import { InvalidPeopleCursor } from './administration.errors.ts';
import type { PersonDetailsRow, PersonRow, PersonSessionRow } from './administration.queries.ts';
import type { Person, PersonDetails, PersonSession } from './administration.schemas.ts';

const idShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that a page ended with. Throws `administration.invalid_cursor`. */
export function readIdCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!idShape.test(id)) throw InvalidPeopleCursor.with();
  return id;
}

/** Cuts the extra row off and names where the next page begins. */
export function toPage<Row extends { id: string }, Item>(
  rows: Row[],
  limit: number,
  show: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const last = rows[limit - 1];
  const next_cursor = rows.length > limit && last ? Buffer.from(last.id).toString('base64url') : null;
  return { items: rows.slice(0, limit).map(show), next_cursor };
}

export function toPerson(row: PersonRow): Static<typeof Person> {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    last_sign_in_at: row.last_sign_in_at?.toISOString() ?? null,
  };
}

export function toPersonDetails(
  row: PersonDetailsRow,
  sessions: PersonSessionRow[],
  actor: Actor,
  labelOf: (userAgent: string) => string,
): Static<typeof PersonDetails> {
  return {
    ...toPerson(row),
    devices: row.devices,
    has_password: row.has_password,
    must_change_password: row.must_change_password,
    second_factor_due_at: row.second_factor_due_at?.toISOString() ?? null,
    may_administer: mayAdminister(actor.role, row.role),
    sessions: sessions.map((session) => toPersonSession(session, actor, labelOf)),
  };
}

export function toPersonSession(
  row: PersonSessionRow,
  actor: Actor,
  labelOf: (userAgent: string) => string,
): Static<typeof PersonSession> {
  return {
    id: row.id,
    user: { id: row.user_id, email: row.email, display_name: row.display_name, role: row.role },
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    ip_address: row.ip_address,
    label: row.device_name ?? labelOf(row.user_agent),
    country: row.country,
    factors: row.factors,
    restriction: row.restriction,
    may_end: mayAdminister(actor.role, row.role),
  };
}
