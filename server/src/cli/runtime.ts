import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApplicationOptions } from '../compose.ts';
import type { Config } from '../config.ts';
import { Secret } from '../platform/crypto/secret.ts';
import { readOrMakeSecretFile, readSecretFile } from '../platform/crypto/secret-file.ts';
import {
  type EmbeddedDatabase,
  hasEmbeddedDatabase,
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
  /** Where this program keeps the master secrets itself; `undefined` when they come from SECRET_KEY. */
  secretFile: string | undefined;
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
    // Where not even standard error takes the lines, nobody is left who could be told.
    process.stderr.on('error', () => undefined);
    const folder = path.join(config.dataDir, 'logs');
    const destination = openLogFile(folder, (text) => void process.stderr.write(text));
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
    const nothingOfOurs = { secretFile: undefined, alone: false, embedded: undefined, close: async () => {} };
    return { connection, masterSecrets, ...nothingOfOurs };
  }
  await ensureDataFolder(config.dataDir);
  const generated = config.masterSecrets.length > 0 ? undefined : await ensureMasterSecrets(config);
  const embedded = await startEmbeddedDatabase({
    dataDir: config.dataDir,
    log: options.log,
    role: options.role,
    notice: say,
    ...(options.onDatabaseLost ? { onLost: options.onDatabaseLost } : {}),
  });
  return {
    connection: { url: embedded.connectionString, directUrl: embedded.connectionString },
    masterSecrets: generated?.map((value) => new Secret(value)) ?? config.masterSecrets,
    secretFile: generated ? masterSecretFile(config) : undefined,
    alone: true,
    embedded,
    close: () => embedded.stop(),
  };
}

/** The file of the embedded mode's own master secrets, newest first. */
export function masterSecretFile(config: Config): string {
  return path.join(config.dataDir, 'secrets', 'master-secret');
}

/**
 * Reads the master secrets of the embedded mode, newest first, or makes the first. Every program keeps its secret
 * before it makes the database, so a database without one has lost it: a new secret could not open what it holds.
 */
async function ensureMasterSecrets(config: Config): Promise<string[]> {
  const file = masterSecretFile(config);
  try {
    if ((await readSecretFile(file)).length === 0 && (await hasEmbeddedDatabase(config.dataDir))) {
      // Another program may have made both since the file was looked for.
      if ((await readSecretFile(file)).length === 0) throw secretMissing(file);
    }
    return await readOrMakeSecretFile(file);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw dataFolderError(config.dataDir, error);
  }
}

function secretMissing(file: string): CommandFailure {
  return new CommandFailure(
    `The master secret ${file} is missing, and what the database holds encrypted needs it. ` +
      'Restore the file from a backup, or set SECRET_KEY to it.',
  );
}
