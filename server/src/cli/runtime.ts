import { access, constants, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ApplicationOptions } from '../compose.ts';
import type { Config } from '../config.ts';
import { Secret } from '../platform/crypto/secret.ts';
import { readOrMakeSecretFile } from '../platform/crypto/secret-file.ts';
import {
  type EmbeddedDatabase,
  startEmbeddedDatabase,
} from '../platform/database/embedded/embedded-database.ts';
import { dataFolderError } from '../platform/database/embedded/embedded-errors.ts';
import { createLogger, type Logger } from '../platform/telemetry/logger.ts';
import { CommandFailure } from './failure.ts';
import { openLogFile } from './log-file.ts';

/** What a command needs before the application can be composed: secrets and a database that answers. */
export interface Runtime {
  connection: ApplicationOptions['connection'];
  masterSecrets: Secret[];
  alone: boolean;
  /** Undefined with DATABASE_URL. */
  embedded: EmbeddedDatabase | undefined;
  close(): Promise<void>;
}

/** Prints a line for the person at the terminal. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Server logs: JSON lines in `<data folder>/logs/server.log`, or on standard output, as configured. */
export function openServerLog(config: Config): Logger {
  if (config.logging.to === 'stdout') return createLogger({ level: config.logging.level });
  try {
    const destination = openLogFile(path.join(config.dataDir, 'logs'));
    return createLogger({ level: config.logging.level, destination });
  } catch (error) {
    throw dataFolderError(config.dataDir, error);
  }
}

/** Commands log only what is wrong, to standard error. */
export function openCommandLog(): Logger {
  return createLogger({ level: 'error', destination: process.stderr });
}

/** Makes the data folder, or throws the sentence that says why it cannot be used. */
export async function ensureDataFolder(folder: string): Promise<void> {
  try {
    // Root's new data folder lets the account of the database pass through, not look around.
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw dataFolderError(folder, error);
  }
}

/** Reads or makes the secrets and starts, adopts or names the database. Throws errors with a sentence. */
export async function openRuntime(
  config: Config,
  options: { role: 'server' | 'command'; log: Logger; onDatabaseLost?: (error: Error) => void },
): Promise<Runtime> {
  const { url, directUrl, mode } = config.database;
  if (mode === 'url' && url && directUrl) {
    const connection = { url: url.reveal(), directUrl: directUrl.reveal() };
    const masterSecrets = config.masterSecrets;
    return { connection, masterSecrets, alone: false, embedded: undefined, close: async () => {} };
  }
  await ensureDataFolder(config.dataDir);
  const secretFile = path.join(config.dataDir, 'secrets', 'master-secret');
  const generated =
    config.masterSecrets.length > 0 ? undefined : await makeSecret(config.dataDir, secretFile);
  const embedded = await startEmbeddedDatabase({
    dataDir: config.dataDir,
    log: options.log,
    role: options.role,
    notice: say,
    ...(options.onDatabaseLost ? { onLost: options.onDatabaseLost } : {}),
  });
  if (generated?.made && !embedded.created) {
    await rm(secretFile);
    await embedded.stop();
    throw new CommandFailure(
      `The master secret ${secretFile} is missing, and what the database holds encrypted needs it. ` +
        'Restore the file from a backup, or set SECRET_KEY to it.',
    );
  }
  return {
    connection: { url: embedded.connectionString, directUrl: embedded.connectionString },
    masterSecrets: generated ? [new Secret(generated.value)] : config.masterSecrets,
    alone: true,
    embedded,
    close: () => embedded.stop(),
  };
}

async function makeSecret(dataDir: string, file: string) {
  try {
    return await readOrMakeSecretFile(file);
  } catch (error) {
    throw dataFolderError(dataDir, error);
  }
}
