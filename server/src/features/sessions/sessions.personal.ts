import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function sessionsPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'sessions',
    about: 'Where you are and were signed in, with network address and browser.',
    table: 'sessions',
    columns: [
      'id',
      'device_id',
      'certificate_id',
      'delivery',
      'factors',
      'restriction',
      'ip_address',
      'country',
      'user_agent',
      'created_at',
      'last_seen_at',
      'stepped_up_at',
      'expires_at',
      'ended_at',
      'end_reason',
    ],
  });
}
