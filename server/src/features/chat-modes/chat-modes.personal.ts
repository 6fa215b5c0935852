import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** What people changed about experts and tools; it goes with the account. */
export function chatModesPersonalData(db: Database): PersonalData[] {
  return [
    ownedRows({
      db,
      name: 'chat-experts',
      about: 'What you changed about the experts of the expert group.',
      table: 'chat_mode_experts',
      owner: 'owner_id',
      key: 'expert',
      columns: ['expert', 'enabled', 'prompt', 'updated_at'],
    }),
    ownedRows({
      db,
      name: 'chat-tools',
      about: 'Which tools chat modes may use for you, and which they ask about first.',
      table: 'chat_mode_tools',
      owner: 'owner_id',
      key: 'tool',
      columns: ['tool', 'permission', 'updated_at'],
    }),
  ];
}
