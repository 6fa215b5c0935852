import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function apiKeysPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'api_keys',
    about:
      'Keys that you gave to programs: names, what they may do, and when they were used. Not the keys themselves.',
    table: 'api_keys',
    columns: [
      'id',
      'name',
      'scopes',
      'expires_at',
      'last_used_at',
      'last_used_address',
      'rotated_at',
      'created_at',
    ],
  });
}
