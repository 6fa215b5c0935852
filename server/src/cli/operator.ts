import { type Application, createApplication } from '../compose.ts';
import type { Operator } from '../compose-identity.ts';
import { loadConfig } from '../config.ts';
import { migrateToLatest } from '../platform/database/migrate.ts';
import { CommandFailure } from './failure.ts';
import { openCommandLog, openRuntime } from './runtime.ts';

/** Does one thing in the operator's name, before the first start as well as beside a running server. */
export function withOperator<T>(action: (operator: Operator) => Promise<T>): Promise<T> {
  return withApplication(({ operator }) => {
    if (!operator) throw new CommandFailure('This build has no accounts.');
    return action(operator);
  });
}

/** Composes the program without starting it, on the database that runs or on one that is started for this. */
export async function withApplication<T>(
  action: (application: Application & { secretFile: string | undefined }) => Promise<T>,
): Promise<T> {
  const config = loadConfig();
  const log = openCommandLog();
  const runtime = await openRuntime(config, { role: 'command', log });
  try {
    if (config.database.migrateOnStart) {
      await migrateToLatest({ connectionString: runtime.connection.directUrl });
    }
    const application = await createApplication(config, { role: 'api', log, ...runtime });
    try {
      return await action({ ...application, secretFile: runtime.secretFile });
    } finally {
      await application.close();
    }
  } finally {
    await runtime.close();
  }
}
