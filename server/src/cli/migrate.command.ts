import { loadConfig } from '../config.ts';
import { migrateToLatest } from '../platform/database/migrate.ts';
import { openCommandLog, openRuntime, say } from './runtime.ts';

/** `aiwfe migrate`: brings the schema up to date. */
export async function migrate(): Promise<number> {
  const config = loadConfig();
  const runtime = await openRuntime(config, { role: 'command', log: openCommandLog() });
  try {
    const { applied, known } = await migrateToLatest({ connectionString: runtime.connection.directUrl });
    for (const name of applied) say(`applied ${name}`);
    say(`The schema is up to date (${known.length} migrations).`);
    return 0;
  } finally {
    await runtime.close();
  }
}
