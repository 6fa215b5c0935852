import { sql } from 'kysely';
import { type Queryable, withConversationTables } from '../conversation-tables.ts';
import type { ChatMode, Generation, GenerationStatus, ModelChoice, Scope } from '../conversations.schemas.ts';

type GenerationRow = Omit<Generation, 'created_at' | 'ended_at'> & {
  created_at: Date;
  ended_at: Date | null;
};

/** A person's generation; `undefined` when it is unknown, somebody else's or of a deleted conversation. */
export async function findGeneration(
  db: Queryable,
  ownerId: string,
  id: string,
): Promise<Generation | undefined> {
  const result = await sql<GenerationRow>`
    select g.id, g.conversation_id, g.message_id, g.mode, g.run_id, s.attempt,
      case when g.status = 'queued' and s.attempt > 0 then 'running' else g.status end as status, s.last_seq, g.created_at, g.ended_at
    from generations g join streams s on s.id = g.id join conversations c on c.id = g.conversation_id
    where g.id = ${id} and g.owner_id = ${ownerId} and c.deleted_at is null`.execute(db);
  const row = result.rows[0];
  return (
    row && { ...row, created_at: row.created_at.toISOString(), ended_at: row.ended_at?.toISOString() ?? null }
  );
}

/** What a producer has to know to write an answer. */
export interface GenerationTask {
  id: string;
  conversation_id: string;
  owner_id: string;
  question_id: string;
  message_id: string;
  scope: Scope;
  mode: ChatMode;
  model: ModelChoice | null;
  web_search: boolean;
  question: string;
  /** `null` for the first question of a conversation. */
  question_parent_id: string | null;
}

/** The task of a generation, whoever owns it: for durable runs, which act for the owner stored with it. */
export async function unscopedFindTask(db: Queryable, id: string): Promise<GenerationTask | undefined> {
  const result = await sql<GenerationTask>`
    select g.id, g.conversation_id, g.owner_id, g.question_id, g.message_id, g.scope, g.mode, g.model, g.web_search,
      m.content as question, m.parent_id as question_parent_id
    from generations g join messages m on m.id = g.question_id where g.id = ${id}`.execute(db);
  return result.rows[0];
}

/** Leads from an answer to the run that writes it. */
export async function noteRun(
  db: Queryable,
  generation: Pick<GenerationTask, 'id' | 'message_id'>,
  runId: string,
): Promise<void> {
  await sql`
    with noted as (update generations set run_id = ${runId}::uuid where id = ${generation.id}::uuid)
    update messages set run_id = ${runId}::uuid where id = ${generation.message_id}::uuid`.execute(db);
}

/** The generation that an idempotency key started. */
export async function findGenerationByKey(
  db: Queryable,
  ownerId: string,
  key: string,
): Promise<{ id: string; question_id: string; message_id: string; request_hash: string | null } | undefined> {
  return withConversationTables(db)
    .selectFrom('generations')
    .select(['id', 'question_id', 'message_id', 'request_hash'])
    .where('owner_id', '=', ownerId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

/** Ids of the generations of a conversation that have not ended. */
export async function listOpenGenerations(db: Queryable, conversationId: string): Promise<string[]> {
  const rows = await withConversationTables(db)
    .selectFrom('generations')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('ended_at', 'is', null)
    .execute();
  return rows.map((row) => row.id);
}

export async function markEnded(trx: Queryable, id: string, status: GenerationStatus): Promise<void> {
  await withConversationTables(trx)
    .updateTable('generations')
    .set({ status, ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}
