import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function recoveryPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'email_changes',
    about: 'A change of your address that is under way.',
    table: 'email_changes',
    columns: ['id', 'email', 'old_confirmed_at', 'new_confirmed_at', 'created_at', 'expires_at'],
  });
}
