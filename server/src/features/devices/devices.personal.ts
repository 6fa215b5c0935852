import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function devicesPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'devices',
    about: 'Browsers that you signed in with, and how far they are trusted.',
    table: 'devices',
    columns: [
      'id',
      'name',
      'user_agent',
      'trust_level',
      'trusted_until',
      'last_address',
      'last_country',
      'created_at',
      'last_seen_at',
    ],
  });
}
