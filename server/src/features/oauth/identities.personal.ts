import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function identitiesPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'identities',
    about: 'Your accounts at other providers that you sign in with.',
    table: 'user_identities',
    columns: ['id', 'provider_id', 'issuer', 'subject', 'email', 'created_at', 'last_used_at'],
  });
}
