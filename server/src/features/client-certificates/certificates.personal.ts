import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function certificatesPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'certificates',
    about: 'Certificates of your devices.',
    table: 'client_certificates',
    columns: [
      'id',
      'device_id',
      'name',
      'serial',
      'created_at',
      'not_after',
      'last_used_at',
      'revoked_at',
      'revocation_reason',
    ],
  });
}
