import { type RawBuilder, sql } from 'kysely';
import type { ConversationPosition } from './conversation-cursor.ts';
import { type Queryable, type TitleSource, withConversationTables } from './conversation-tables.ts';
import type {
  ChatMode,
  Conversation,
  ConversationChange,
  ModelChoice,
  Scope,
} from './conversations.schemas.ts';

type ConversationRow = Omit<Conversation, 'created_at' | 'updated_at'> & {
  created_at: Date;
  updated_at: Date;
};

const conversationColumns = sql`
  c.id, c.title, c.pinned, c.scope, c.mode, c.model, c.message_count, c.created_at, c.updated_at,
  (select jsonb_build_object('id', g.id, 'message_id', g.message_id, 'last_seq', s.last_seq)
     from generations g join streams s on s.id = g.id
     where g.conversation_id = c.id and g.ended_at is null order by g.created_at desc limit 1) as active_generation`;

function toConversation(row: ConversationRow): Conversation {
  return { ...row, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
}

function after(position: ConversationPosition | undefined): RawBuilder<unknown> {
  if (!position) return sql`true`;
  return sql`(c.pinned, c.updated_at, c.id) < (${position.pinned}, ${position.updatedAt}::timestamptz, ${position.id}::uuid)`;
}

/** A person's conversations: pinned ones first, then by the latest change. */
export async function listConversations(
  db: Queryable,
  options: { ownerId: string; position: ConversationPosition | undefined; limit: number },
): Promise<Conversation[]> {
  const result = await sql<ConversationRow>`
    select ${conversationColumns}, null as snippet from conversations c
    where c.owner_id = ${options.ownerId} and c.deleted_at is null and ${after(options.position)}
    order by c.pinned desc, c.updated_at desc, c.id desc limit ${options.limit}`.execute(db);
  return result.rows.map(toConversation);
}

/** With more messages of others to each of one's own, it costs less to read one's own than to ask the index of all. */
const othersPerOwn = 300;

/**
 * A person's conversations in which every word of `text` begins a word of the title or of one message; with a snippet of
 * the newest message that matches.
 */
export async function searchConversations(
  db: Queryable,
  options: { ownerId: string; text: string; position: ConversationPosition | undefined; limit: number },
): Promise<Conversation[]> {
  const { ownerId } = options;
  const own = sql`c.owner_id = ${ownerId} and c.deleted_at is null`;
  // The words are taken apart by the parser that took the texts apart, then matched by their beginnings. The index reads
  // a beginning for all people; ts_match_vq is the operator @@ as a function, which asks no index.
  const result = await sql<ConversationRow>`
    with words as (
      select string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''':*', ' & ') as text
      from unnest(to_tsvector('simple', ${options.text}))
    ), query as (
      select text::tsquery as bare, (${`'@${ownerId}'`}::tsquery && text::tsquery) as owned from words where text is not null
    ), way as materialized (
      select (select coalesce(sum(c.message_count), 0) from conversations c where ${own}) * ${othersPerOwn}
        < (select reltuples from pg_class where oid = 'messages'::regclass) as reads_own
    ), found as (
      select c.id, null::uuid as message_id from conversations c, query q
        where ${own} and ts_match_vq(c.search, q.bare)
      union all
      select c.id, m.id from conversations c, query q, lateral (
          select id from messages where conversation_id = c.id and ts_match_vq(search, q.bare) offset 0) m
        where ${own} and (select reads_own from way)
      union all
      select m.conversation_id, m.id from messages m, query q
        where m.search @@ q.owned and m.owner_id = ${ownerId} and not (select reads_own from way)
    ), hits as (
      select distinct on (id) id, message_id from found order by id, message_id desc nulls last
    ), page as (
      select c.*, h.message_id from hits h join conversations c on c.id = h.id
      where c.deleted_at is null and ${after(options.position)}
      order by c.pinned desc, c.updated_at desc, c.id desc limit ${options.limit}
    )
    select ${conversationColumns}, ts_headline('simple', left(coalesce(m.content, c.title), 20000), q.bare,
      'StartSel="", StopSel="", MaxWords=28, MinWords=12, ShortWord=0, MaxFragments=1, FragmentDelimiter=" … "') as snippet
    from page c cross join query q left join messages m on m.id = c.message_id
    order by c.pinned desc, c.updated_at desc, c.id desc`.execute(db);
  return result.rows.map(toConversation);
}

/** A person's conversation; `undefined` when it is unknown, deleted or somebody else's. */
export async function findConversation(
  db: Queryable,
  ownerId: string,
  conversationId: string,
): Promise<Conversation | undefined> {
  const result = await sql<ConversationRow>`
    select ${conversationColumns}, null as snippet from conversations c
    where c.id = ${conversationId} and c.owner_id = ${ownerId} and c.deleted_at is null`.execute(db);
  const row = result.rows[0];
  return row && toConversation(row);
}

/** Whether somebody has a conversation with this id that is not deleted. */
export async function ownsConversation(
  db: Queryable,
  ownerId: string,
  conversationId: string,
): Promise<boolean> {
  const result = await sql`
    select from conversations where id = ${conversationId} and owner_id = ${ownerId} and deleted_at is null`.execute(
    db,
  );
  return result.rows.length > 0;
}

/** Titles of a person's conversations by id; without those that are deleted or somebody else's. */
export async function listConversationTitles(
  db: Queryable,
  ownerId: string,
  ids: string[],
): Promise<Map<string, string>> {
  const rows = await withConversationTables(db)
    .selectFrom('conversations')
    .select(['id', 'title'])
    .where('owner_id', '=', ownerId)
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute();
  return new Map(rows.map(({ id, title }) => [id, title]));
}

export interface ConversationState {
  id: string;
  title_source: TitleSource;
  scope: Scope;
  mode: ChatMode;
  model: ModelChoice | null;
  active_leaf_id: string | null;
  deleted_at: Date | null;
}

/** The same, locked until the end of the transaction: changes of one conversation happen one after the other. */
export async function lockConversation(
  trx: Queryable,
  ownerId: string,
  conversationId: string,
): Promise<ConversationState | undefined> {
  return withConversationTables(trx)
    .selectFrom('conversations')
    .select(['id', 'title_source', 'scope', 'mode', 'model', 'active_leaf_id', 'deleted_at'])
    .where('id', '=', conversationId)
    .where('owner_id', '=', ownerId)
    .forUpdate()
    .executeTakeFirst();
}

export interface NewConversationRow {
  id: string;
  ownerId: string;
  title: string;
  titleSource: TitleSource;
  scope: Scope;
  mode: ChatMode;
  model: ModelChoice | null;
  idempotencyKey: string | null;
  requestHash: string | null;
}

/** Stores a conversation; false when the owner has used the idempotency key before. */
export async function insertConversation(db: Queryable, conversation: NewConversationRow): Promise<boolean> {
  const inserted = await withConversationTables(db)
    .insertInto('conversations')
    .values({
      id: conversation.id,
      owner_id: conversation.ownerId,
      title: conversation.title,
      title_source: conversation.titleSource,
      scope: JSON.stringify(conversation.scope),
      mode: conversation.mode,
      model: conversation.model && JSON.stringify(conversation.model),
      idempotency_key: conversation.idempotencyKey,
      request_hash: conversation.requestHash,
    })
    .onConflict((conflict) =>
      conflict.columns(['owner_id', 'idempotency_key']).where('idempotency_key', 'is not', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** The conversation that an idempotency key made. */
export async function findConversationByKey(
  db: Queryable,
  ownerId: string,
  key: string,
): Promise<{ id: string; request_hash: string | null } | undefined> {
  return withConversationTables(db)
    .selectFrom('conversations')
    .select(['id', 'request_hash'])
    .where('owner_id', '=', ownerId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

/** Applies a person's changes; false when there is no such conversation of theirs. */
export async function updateConversation(
  db: Queryable,
  ownerId: string,
  conversationId: string,
  change: ConversationChange,
): Promise<boolean> {
  const result = await withConversationTables(db)
    .updateTable('conversations')
    .set({
      ...(change.title === undefined ? {} : { title: change.title, title_source: 'person' as const }),
      ...(change.pinned === undefined ? {} : { pinned: change.pinned }),
      ...(change.scope === undefined ? {} : { scope: JSON.stringify(change.scope) }),
      ...(change.mode === undefined ? {} : { mode: change.mode }),
      ...(change.model === undefined ? {} : { model: change.model && JSON.stringify(change.model) }),
    })
    .where('id', '=', conversationId)
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Makes another branch the active one. */
export async function setActiveLeaf(trx: Queryable, conversationId: string, leafId: string): Promise<void> {
  await withConversationTables(trx)
    .updateTable('conversations')
    .set({ active_leaf_id: leafId })
    .where('id', '=', conversationId)
    .execute();
}

/** Marks as deleted, or takes the mark away. */
export async function setDeleted(
  trx: Queryable,
  conversationId: string,
  deletedAt: Date | null,
): Promise<void> {
  await withConversationTables(trx)
    .updateTable('conversations')
    .set({ deleted_at: deletedAt })
    .where('id', '=', conversationId)
    .execute();
}

/** True while the title is only the first words of the question. */
export async function wantsModelTitle(db: Queryable, conversationId: string): Promise<boolean> {
  const found = await withConversationTables(db)
    .selectFrom('conversations')
    .select('id')
    .where('id', '=', conversationId)
    .where('title_source', '=', 'question')
    .executeTakeFirst();
  return found !== undefined;
}

/** Puts a model's title in place of a question's first words; never over a person's. */
export async function setModelTitle(db: Queryable, conversationId: string, title: string): Promise<boolean> {
  const result = await withConversationTables(db)
    .updateTable('conversations')
    .set({ title, title_source: 'model' })
    .where('id', '=', conversationId)
    .where('title_source', '=', 'question')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Erases a conversation that is still marked as deleted, with the event streams of its answers and of their runs. */
export async function purgeConversation(
  trx: Queryable,
  conversationId: string,
  deletedAt: string,
): Promise<boolean> {
  const result = await sql<{ purged: number }>`
    with gone as (
      delete from conversations where id = ${conversationId}
        and date_trunc('milliseconds', deleted_at) = ${deletedAt}::timestamptz returning id
    ), streams_gone as (
      delete from streams where id in (
        select unnest(array[g.id, g.run_id]) from generations g join gone on gone.id = g.conversation_id) returning id
    )
    select count(*) as purged from gone`.execute(trx);
  return Number(result.rows[0]?.purged ?? 0) > 0;
}

/** The end of the active branch of a person's conversation; `undefined` when they have no such conversation. */
export async function findActiveLeaf(
  db: Queryable,
  ownerId: string,
  conversationId: string,
): Promise<{ active_leaf_id: string | null } | undefined> {
  return withConversationTables(db)
    .selectFrom('conversations')
    .select('active_leaf_id')
    .where('id', '=', conversationId)
    .where('owner_id', '=', ownerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}
