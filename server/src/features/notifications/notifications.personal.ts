import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

const names = ['id', 'kind', 'title', 'body', 'href', 'read_at', 'created_at'];

/** What people were told, and how they want to be told. */
export function notificationsPersonalData(db: Database): PersonalData[] {
  return [
    ownedRows({
      db,
      name: 'notifications',
      about: 'What you were told of within the program.',
      table: 'notifications',
      owner: 'owner_id',
      columns: names,
    }),
    ownedRows({
      db,
      name: 'notification-preferences',
      about: 'What you want to be told of, where that is not what the program does by itself.',
      table: 'notification_preferences',
      key: 'kind',
      columns: ['kind', 'in_app', 'email'],
    }),
  ];
}
