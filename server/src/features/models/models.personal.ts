import { sql } from 'kysely';
import { NIL } from 'uuid';
import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

/** Downloads belong to the installation and go on; who asked for them is forgotten. */
export function modelsPersonalData(db: Database): PersonalData {
  return {
    ...ownedRows({
      db,
      name: 'model_downloads',
      about: 'Models whose download you asked for.',
      table: 'model_pulls',
      owner: 'requested_by',
      columns: ['id', 'model', 'status', 'completed_bytes', 'total_bytes', 'created_at', 'ended_at'],
    }),
    async erase({ userId }) {
      await sql`update model_pulls set requested_by = null where requested_by = ${userId}`.execute(db);
      await sql`update streams set owner_id = ${NIL} where owner_id = ${userId} and kind = 'model-pull'`.execute(
        db,
      );
    },
  };
}

/** What people chose for their jobs, what they used and how much they may use. All of it goes with the account. */
export function modelUsePersonalData(db: Database): PersonalData[] {
  return [
    ownedRows({
      db,
      name: 'model_choices',
      about: 'How jobs are done for you and in your conversations.',
      table: 'model_slot_assignments',
      columns: ['slot', 'level', 'conversation_id', 'options', 'updated_at'],
    }),
    ownedRows({
      db,
      name: 'model_usage',
      about: 'What you used models for, by day.',
      table: 'model_usage',
      columns: [
        'day',
        'slot',
        'provider_name',
        'model',
        'calls',
        'prompt_tokens',
        'completion_tokens',
        'duration_ms',
      ],
    }),
    ownedRows({
      db,
      name: 'model_quota',
      about: 'How many tokens you may use.',
      table: 'model_quotas',
      columns: ['tokens_per_day', 'tokens_per_month', 'updated_at'],
    }),
  ];
}
