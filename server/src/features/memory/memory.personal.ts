import type { Database } from '../../platform/database/database.ts';
import { ownedRows, type PersonalData } from '../../platform/personal-data.ts';

export function memoryPersonalData(db: Database): PersonalData {
  return ownedRows({
    db,
    name: 'memory',
    about: 'Facts that are remembered about you, and where they come from.',
    table: 'memory_facts',
    owner: 'owner_id',
    columns: ['id', 'content', 'source', 'source_id', 'run_id', 'created_at', 'updated_at'],
  });
}
