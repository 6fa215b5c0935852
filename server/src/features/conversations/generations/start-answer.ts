import { type RawBuilder, sql } from 'kysely';
import type { WorkflowEngine } from '../../../platform/durable/workflow-engine.ts';
import type { EventLog } from '../../../platform/events/event-log.ts';
import type { Queryable } from '../conversation-tables.ts';
import type { ChatMode, Message, ModelChoice, Scope, StartedGeneration } from '../conversations.schemas.ts';
import { listMessages } from '../messages.queries.ts';
import type { RequestIdentity } from '../request-identity.ts';
import { generateWorkflowName } from './generate.workflow.ts';
import { titleFromQuestion } from './title.ts';

export const streamKind = 'generation';

/** What an answer is to be written with. */
export interface AnswerPlan {
  id: string;
  messageId: string;
  ownerId: string;
  conversationId: string;
  questionId: string;
  /** Where the question is new: its text and its place; without a place it follows the active branch. */
  question?: { content: string; parentId: string | null | undefined };
  /** The conversation's own where it is not said. */
  scope: Scope | undefined;
  mode: ChatMode | undefined;
  /** The conversation goes on in this mode. */
  keepsMode: boolean;
  model: ModelChoice | null | undefined;
  webSearch: boolean;
  identity: RequestIdentity | undefined;
}

interface Parts {
  engine: Pick<WorkflowEngine, 'startStatement'>;
  eventLog: Pick<EventLog, 'createStatement'>;
}

/**
 * Stores the question, the answer's row, its stream and its durable run in one statement, which is a transaction of its
 * own outside of one: they stand or fall together, and a question waits for one round trip. Stores nothing and returns
 * `undefined` when anything stands in the way; the caller finds out what.
 */
export async function startAnswer(
  db: Queryable,
  { engine, eventLog }: Parts,
  plan: AnswerPlan,
): Promise<StartedGeneration | undefined> {
  const { id, messageId, questionId, ownerId, question } = plan;
  const started = sql`started`;
  const request = { name: generateWorkflowName, workflowId: id, input: { generationId: id } };
  const result = await sql<StoredRow>`
    with place as materialized (${placeOf(plan)}),
    started as (${insertGeneration(plan)}),
    stream as (${eventLog.createStatement({ id, kind: streamKind, ownerId }, started)}),
    start as (${engine.startStatement(request, started)}),
    ${question ? sql`question as (${insertQuestion(plan, question.content)}),` : sql``}
    answer as (
      insert into messages (id, conversation_id, owner_id, parent_id, role, status, mode, generation_id)
      select ${messageId}::uuid, conversation_id, owner_id, ${questionId}::uuid, 'assistant', 'streaming', mode, id from started
    ),
    advanced as (${advanceConversation(plan)})
    select s.created_at, s.mode, p.parent_id, (select array_agg(m.id) from messages m
      where m.sibling_key = coalesce(p.parent_id, ${plan.conversationId}::uuid)) as sibling_ids
    from started s cross join place p`.execute(db);
  const row = result.rows[0];
  if (!row) return undefined;
  return question ? describeNew(plan, question.content, row) : describeStored(db, plan, row);
}

interface StoredRow {
  created_at: Date;
  mode: ChatMode;
  parent_id: string | null;
  sibling_ids: string[] | null;
}

/**
 * The locked conversation and the message that the new one follows; no row where a new question may not be asked. What
 * others stored while this waited for the lock is not seen, so a place at their end is no place yet.
 */
function placeOf({ conversationId, ownerId, question, identity }: AnswerPlan): RawBuilder<unknown> {
  const parent = question?.parentId === undefined ? sql`active_leaf_id` : sql`${question.parentId}::uuid`;
  return sql`
    select c.*, ${question ? parent : sql`null::uuid`} as parent_id
    from (select id, scope, mode, model, active_leaf_id from conversations
      where id = ${conversationId} and owner_id = ${ownerId} and deleted_at is null for update) c
    where (${!question} or ${parent} is null or exists (select from messages m
        where m.id = ${parent} and m.conversation_id = c.id and m.role = 'assistant' and m.status <> 'streaming'))
      and (${!identity} or not exists (select from generations g
        where g.owner_id = ${ownerId} and g.idempotency_key = ${identity?.key ?? null}))`;
}

function insertGeneration(plan: AnswerPlan): RawBuilder<unknown> {
  const { identity } = plan;
  const json = (value: unknown): string | null => (value == null ? null : JSON.stringify(value));
  return sql`
    insert into generations (id, conversation_id, owner_id, question_id, message_id, scope, mode, model, web_search, idempotency_key, request_hash)
    select ${plan.id}::uuid, id, ${plan.ownerId}::uuid, ${plan.questionId}::uuid, ${plan.messageId}::uuid,
      coalesce(${json(plan.scope)}::jsonb, scope), coalesce(${plan.mode ?? null}::text, mode), coalesce(${json(plan.model)}::jsonb, model),
      ${plan.webSearch}::boolean, ${identity?.key ?? null}::text, ${identity?.hash ?? null}::text
    from place
    on conflict (owner_id, idempotency_key) where idempotency_key is not null do nothing
    returning id, conversation_id, owner_id, mode, created_at`;
}

function insertQuestion({ questionId }: AnswerPlan, content: string): RawBuilder<unknown> {
  return sql`
    insert into messages (id, conversation_id, owner_id, parent_id, role, content, status, mode)
    select ${questionId}::uuid, s.conversation_id, s.owner_id, p.parent_id, 'user', ${content}, 'complete', s.mode
    from started s cross join place p`;
}

/** The new end of the active branch, the count, the time, and the question's first words where there is no title yet. */
function advanceConversation({
  conversationId,
  messageId,
  question,
  keepsMode,
}: AnswerPlan): RawBuilder<unknown> {
  const firstWords = question ? titleFromQuestion(question.content) : undefined;
  return sql`
    update conversations set active_leaf_id = ${messageId}::uuid, updated_at = now(),
      message_count = message_count + ${question ? 2 : 1},
      mode = case when ${keepsMode} then (select mode from started) else mode end,
      title = case when title_source = 'none' then coalesce(${firstWords ?? null}::text, title) else title end,
      title_source = case when title_source = 'none' and ${firstWords !== undefined} then 'question' else title_source end
    where id = ${conversationId}::uuid and exists (select from started)`;
}

/** What was stored, as it would be read. */
function describeNew(plan: AnswerPlan, content: string, row: StoredRow): StartedGeneration {
  const { questionId, messageId, conversationId, id } = plan;
  const { mode } = row;
  const common = { conversation_id: conversationId, mode, created_at: row.created_at.toISOString() };
  const unanswered = {
    model: null,
    citations: [],
    steps: [],
    notices: [],
    error: null,
    usage: null,
    run_id: null,
  };
  const among = (own: string, others: string[]): Message['siblings'] => {
    const ids = [...others, own].toSorted();
    return { index: ids.indexOf(own), ids };
  };
  const question = { role: 'user' as const, content, status: 'complete' as const, generation_id: null };
  const answer = { role: 'assistant' as const, content: '', status: 'streaming' as const, generation_id: id };
  return {
    user_message: {
      ...common,
      ...unanswered,
      ...question,
      id: questionId,
      parent_id: row.parent_id,
      siblings: among(questionId, row.sibling_ids ?? []),
    },
    assistant_message: {
      ...common,
      ...unanswered,
      ...answer,
      id: messageId,
      parent_id: questionId,
      siblings: among(messageId, []),
    },
    generation: queued(plan, row),
  };
}

/** The same for an answer beside others. */
async function describeStored(
  db: Queryable,
  plan: AnswerPlan,
  row: StoredRow,
): Promise<StartedGeneration | undefined> {
  const [question, answer] = await listMessages(db, [plan.questionId, plan.messageId]);
  if (!question || !answer) return undefined;
  const generation = queued(plan, row);
  return { user_message: question, assistant_message: answer, generation };
}

function queued(plan: AnswerPlan, row: StoredRow): StartedGeneration['generation'] {
  return {
    id: plan.id,
    conversation_id: plan.conversationId,
    message_id: plan.messageId,
    status: 'queued',
    mode: row.mode,
    run_id: null,
    attempt: 0,
    last_seq: 0,
    created_at: row.created_at.toISOString(),
    ended_at: null,
  };
}
