import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** That there are such factors and since when; what they are made of is secret. */
export function twoFactorPersonalData(db: Database): PersonalData[] {
  return [
    ownedRows({
      db,
      name: 'authenticator_app',
      about: 'Since when an authenticator app belongs to your account.',
      table: 'totp_secrets',
      key: 'user_id',
      columns: ['confirmed_at'],
    }),
    ownedRows({
      db,
      name: 'backup_codes',
      about: 'When your backup codes were made and used. The codes themselves are not stored.',
      table: 'backup_codes',
      key: 'position',
      columns: ['position', 'created_at', 'used_at'],
    }),
  ];
}
