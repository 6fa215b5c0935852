import { sql } from 'kysely';
import { keptFailure } from '../../platform/errors.ts';
import { type Queryable, withConversationTables } from './conversation-tables.ts';
import type { Message } from './conversations.schemas.ts';

type MessageRow = Omit<Message, 'created_at' | 'siblings'> & { created_at: Date; sibling_ids: string[] };

export interface Branch {
  items: Message[];
  hasMore: boolean;
}

const messageColumns = sql`
  m.id, m.conversation_id, m.parent_id, m.role, m.content, m.status, m.mode, m.model, m.citations, m.steps, m.notices, m.error,
  m.usage, m.generation_id, m.run_id, m.created_at,
  (select array_agg(s.id order by s.id) from messages s where s.sibling_key = m.sibling_key) as sibling_ids`;

/** What steps of earlier versions do not say. */
const unsaid = { text: null, approval_id: null, code: null, params: {}, node_id: null };

function toMessage(row: MessageRow): Message {
  const { sibling_ids: ids, created_at: createdAt, ...rest } = row;
  const steps = row.steps.map((step) => ({ ...unsaid, ...step }));
  return {
    ...rest,
    steps,
    error: row.error && { ...keptFailure(row.error.code, row.error.detail), ...row.error },
    siblings: { index: ids.indexOf(row.id), ids },
    created_at: createdAt.toISOString(),
  };
}

/**
 * The part of a branch that ends at `leafId`, oldest first, at most `limit` messages; `exclusive` leaves the leaf out.
 * Climbs from the leaf, so its cost grows with `limit` and not with the conversation.
 */
export async function listBranch(
  db: Queryable,
  options: { conversationId: string; leafId: string; limit: number; exclusive?: boolean },
): Promise<Branch> {
  const { conversationId, leafId, limit } = options;
  const wanted = limit + 1;
  const result = await sql<MessageRow>`
    with recursive branch as (
      select id, parent_id, 1 as depth from messages
      where conversation_id = ${conversationId} and id = ${
        options.exclusive
          ? sql`(select parent_id from messages where id = ${leafId} and conversation_id = ${conversationId})`
          : sql`${leafId}::uuid`
      }
      union all
      select p.id, p.parent_id, b.depth + 1 from branch b join messages p on p.id = b.parent_id where b.depth < ${wanted}
    )
    select ${messageColumns} from branch b join messages m on m.id = b.id order by b.depth desc`.execute(db);
  const hasMore = result.rows.length > limit;
  return { items: (hasMore ? result.rows.slice(1) : result.rows).map(toMessage), hasMore };
}

/** Messages by id with their siblings, in the order asked for; ids that are unknown are left out. */
export async function listMessages(db: Queryable, ids: string[]): Promise<Message[]> {
  const result = await sql<MessageRow>`
    select ${messageColumns} from messages m where m.id = any(${ids}::uuid[])`.execute(db);
  const byId = new Map(result.rows.map((row) => [row.id, toMessage(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export type MessageNode = Pick<Message, 'id' | 'parent_id' | 'role' | 'status' | 'generation_id'>;

/** A message's place in its conversation; `undefined` for an unknown id or one of another conversation. */
export async function findMessageNode(
  db: Queryable,
  conversationId: string,
  messageId: string,
): Promise<MessageNode | undefined> {
  return withConversationTables(db)
    .selectFrom('messages')
    .select(['id', 'parent_id', 'role', 'status', 'generation_id'])
    .where('id', '=', messageId)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst();
}

/** The end of the branch through a message: from there on always the newest version. */
export async function findNewestLeaf(db: Queryable, messageId: string): Promise<string> {
  const result = await sql<{ id: string }>`
    with recursive path as (
      select ${messageId}::uuid as id, 1 as depth
      union all
      select child.id, p.depth + 1 from path p
      cross join lateral (select id from messages where sibling_key = p.id order by id desc limit 1) child
    )
    select id from path order by depth desc limit 1`.execute(db);
  return result.rows[0]?.id ?? messageId;
}

/** Writes how an answer ended. */
export async function updateAnswer(
  db: Queryable,
  messageId: string,
  answer: Pick<
    Message,
    'content' | 'status' | 'model' | 'citations' | 'steps' | 'notices' | 'error' | 'usage'
  >,
): Promise<void> {
  const nullable = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  await withConversationTables(db)
    .updateTable('messages')
    .set({
      content: answer.content,
      status: answer.status,
      model: nullable(answer.model),
      citations: JSON.stringify(answer.citations),
      steps: JSON.stringify(answer.steps),
      notices: JSON.stringify(answer.notices),
      error: nullable(answer.error),
      usage: nullable(answer.usage),
    })
    .where('id', '=', messageId)
    .execute();
}
