import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function profilePersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'profile',
    about: 'Your profile: language, time zone, appearance, and what you told about yourself.',
    table: 'profiles',
    key: 'user_id',
    columns: ['time_zone', 'locale', 'theme', 'about', 'work_style', 'goals', 'version', 'updated_at'],
  });
}
