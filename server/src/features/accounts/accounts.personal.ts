import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** The account itself, without its password. */
export function accountPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'account',
    about: 'Your account: name, address, role, and when it was made and changed.',
    table: 'users',
    owner: 'id',
    columns: [
      'id',
      'email',
      'display_name',
      'role',
      'status',
      'email_verified_at',
      'password_changed_at',
      'second_factors',
      'second_factor_due_at',
      'must_change_password',
      'self_registered',
      'created_at',
      'updated_at',
    ],
  });
}
