import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function passkeysPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'passkeys',
    about: 'Your passkeys: their names, and when they were made and used.',
    table: 'passkeys',
    columns: ['id', 'name', 'transports', 'backed_up', 'created_at', 'last_used_at'],
  });
}
