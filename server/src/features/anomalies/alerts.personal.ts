import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function alertsPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'alerts',
    about: 'What was unusual about sign-ins to your account, and what you said about it.',
    table: 'security_alerts',
    columns: [
      'id',
      'kind',
      'severity',
      'response',
      'facts',
      'personal',
      'session_id',
      'device_id',
      'created_at',
      'decision',
      'decided_at',
    ],
  });
}
