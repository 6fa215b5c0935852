import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { DatabaseHandle } from '../../server/src/platform/database/database.ts';

/** Stores a conversation of one branch of so many messages of about 400 characters. Returns its id. */
export async function storeConversation(
  { db }: Pick<DatabaseHandle, 'db'>,
  { ownerId, messages, title }: { ownerId: string; messages: number; title: string },
): Promise<string> {
  const id = randomUUID();
  const prefix = randomUUID().slice(0, 24);
  await sql`insert into conversations (id, owner_id, title, title_source, scope, message_count)
    values (${id}, ${ownerId}, ${title}, 'person', '{"kind":"none"}', ${messages})`.execute(db);
  await sql`insert into messages (id, conversation_id, owner_id, parent_id, role, content, status)
    select (${prefix} || lpad(to_hex(n), 12, '0'))::uuid, ${id}, ${ownerId},
      case when n > 1 then (${prefix} || lpad(to_hex(n - 1), 12, '0'))::uuid end,
      case when n % 2 = 1 then 'user' else 'assistant' end, repeat('message number ' || n || ' ', 20), 'complete'
    from generate_series(1, ${messages}::int) n`.execute(db);
  const leaf = `${prefix}${messages.toString(16).padStart(12, '0')}`;
  await sql`update conversations set active_leaf_id = ${leaf} where id = ${id}`.execute(db);
  return id;
}
