import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import type { Role } from '../../platform/http/route.ts';
import type { SlotName, SlotOptions } from '../../platform/models/index.ts';
import { withModelTables } from './models.tables.ts';
import type { StoredLevel } from './slot-resolution.ts';

export interface AssignmentRow {
  slot: SlotName;
  level: StoredLevel;
  role: Role | null;
  options: SlotOptions;
  locked: boolean;
  note: string | null;
  choices: { provider_id: string; model: string }[];
}

/** Where an assignment is stored: for everybody, a role, a person, or one of their conversations. */
export type SlotPlace =
  | { level: 'system' }
  | { level: 'role'; role: Role }
  | { level: 'person'; userId: string }
  | { level: 'conversation'; userId: string; conversationId: string };

async function listWhere(db: Queryable, condition: RawBuilder<unknown>): Promise<AssignmentRow[]> {
  const { rows } = await sql<AssignmentRow>`
    select a.slot, a.level, a.role, a.options, a.locked, a.note, coalesce((
      select jsonb_agg(jsonb_build_object('provider_id', c.provider_id, 'model', c.model) order by c.position)
      from model_slot_choices c where c.assignment_id = a.id), '[]') as choices
    from model_slot_assignments a where ${condition}`.execute(db);
  return rows;
}

/** What administrators have set for everybody and for roles. */
export function listSharedAssignments(db: Queryable): Promise<AssignmentRow[]> {
  return listWhere(db, sql`a.level in ('system', 'role')`);
}

/** What a person has set for themselves. */
export function listOwnAssignments(db: Queryable, userId: string): Promise<AssignmentRow[]> {
  return listWhere(db, sql`a.level = 'person' and a.user_id = ${userId}`);
}

/** What a person has set for one of their conversations. */
export function listConversationAssignments(
  db: Queryable,
  userId: string,
  conversationId: string,
): Promise<AssignmentRow[]> {
  return listWhere(
    db,
    sql`a.level = 'conversation' and a.conversation_id = ${conversationId} and a.user_id = ${userId}`,
  );
}

export async function findRoleOf(db: Queryable, userId: string): Promise<Role | undefined> {
  const { rows } = await sql<{ role: Role }>`select role from users where id = ${userId}`.execute(db);
  return rows[0]?.role;
}

export interface NewAssignment {
  choices: AssignmentRow['choices'];
  options: SlotOptions;
  locked: boolean;
}

function columnsOf(place: SlotPlace): {
  level: StoredLevel;
  role: Role | null;
  user_id: string | null;
  conversation_id: string | null;
} {
  return {
    level: place.level,
    role: place.level === 'role' ? place.role : null,
    user_id: place.level === 'person' || place.level === 'conversation' ? place.userId : null,
    conversation_id: place.level === 'conversation' ? place.conversationId : null,
  };
}

export async function saveAssignment(
  trx: Queryable,
  place: SlotPlace,
  slot: SlotName,
  { choices, options, locked }: NewAssignment,
): Promise<void> {
  const db = withModelTables(trx);
  const changes = { options: sql<SlotOptions>`${JSON.stringify(options)}::jsonb`, locked, note: null };
  const { id } = await db
    .insertInto('model_slot_assignments')
    .values({ slot, ...columnsOf(place), ...changes })
    .onConflict((conflict) =>
      conflict
        .constraint('model_slot_assignments_key')
        .doUpdateSet({ ...changes, updated_at: sql<Date>`now()` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.deleteFrom('model_slot_choices').where('assignment_id', '=', id).execute();
  const rows = choices.map((choice, position) => ({ assignment_id: id, position, ...choice }));
  if (rows.length > 0) await db.insertInto('model_slot_choices').values(rows).execute();
}

export async function deleteAssignment(db: Queryable, place: SlotPlace, slot: SlotName): Promise<void> {
  const { level, role, user_id: userId, conversation_id: conversationId } = columnsOf(place);
  await sql`
    delete from model_slot_assignments where slot = ${slot} and level = ${level} and role is not distinct from ${role}
      and user_id is not distinct from ${userId} and conversation_id is not distinct from ${conversationId}`.execute(
    db,
  );
}
