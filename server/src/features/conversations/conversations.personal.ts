import { sql } from 'kysely';
import type { Database } from '../../platform/database/database.ts';
import type { EventLog } from '../../platform/events/event-log.ts';
import { eraseInBatches, ownedRows, type PersonalData } from '../../platform/personal-data.ts';

const eraseBatch = 20;

/** Conversations with all their messages, and the streams that answers were written to. */
export function conversationsPersonalData(options: { db: Database; eventLog: EventLog }): PersonalData[] {
  const { db } = options;
  return [
    {
      ...ownedRows({
        db,
        name: 'conversations',
        about: 'Your conversations. Their messages are in messages.json.',
        table: 'conversations',
        owner: 'owner_id',
        columns: [
          'id',
          'title',
          'pinned',
          'scope',
          'mode',
          'model',
          'active_leaf_id',
          'created_at',
          'updated_at',
          'deleted_at',
        ],
      }),
      erase: ({ userId }) => eraseConversations(options, userId),
    },
    ownedRows({
      db,
      name: 'messages',
      about: 'Your questions and the answers to them, by conversation_id and parent_id.',
      table: 'messages',
      owner: 'owner_id',
      columns: [
        'id',
        'conversation_id',
        'parent_id',
        'role',
        'content',
        'status',
        'mode',
        'model',
        'citations',
        'steps',
        'notices',
        'error',
        'usage',
        'created_at',
      ],
    }),
  ];
}

/** Answers that are still being written stop, and can write no more once their stream is gone. */
async function eraseConversations(
  { db, eventLog }: { db: Database; eventLog: EventLog },
  userId: string,
): Promise<void> {
  const open = await sql<{ id: string }>`
    select id from streams where owner_id = ${userId} and kind <> 'model-pull' and ended_at is null`.execute(
    db,
  );
  for (const { id } of open.rows) {
    await eventLog.requestStop(db, id);
    eventLog.announceStop(id);
  }
  await eraseInBatches(() =>
    sql`delete from streams where id in (
      select id from streams where owner_id = ${userId} and kind <> 'model-pull' limit ${eraseBatch})`.execute(
      db,
    ),
  );
  await eraseInBatches(() =>
    sql`delete from conversations where id in (
      select id from conversations where owner_id = ${userId} limit ${eraseBatch})`.execute(db),
  );
}
