import type { Database } from '../../platform/database/database.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';
import { listFileKeys } from './exports.queries.ts';

export function privacyPersonalData(options: { db: Database; files: FileStore }): PersonalData[] {
  const { db, files } = options;
  return [
    ownedRows({
      db,
      name: 'consents',
      about: 'What you agreed to or refused, with every change.',
      table: 'consent_decisions',
      columns: ['purpose', 'version', 'granted', 'decided_at'],
    }),
    {
      ...ownedRows({
        db,
        name: 'exports',
        about: 'Exports like this one that you asked for.',
        table: 'privacy_exports',
        columns: ['id', 'status', 'size_bytes', 'error_code', 'created_at', 'finished_at', 'expires_at'],
      }),
      async erase({ userId }) {
        for (const key of await listFileKeys(db, userId)) await files.remove(key);
      },
    },
    ownedRows({
      db,
      name: 'deletion',
      about: 'A deletion of your account that is scheduled.',
      table: 'account_deletions',
      columns: ['requested_at', 'due_at', 'by_administrator'],
    }),
  ];
}
