import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readOrMakeSecretFile } from '../../crypto/secret-file.ts';
import { processExists, type ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { dataFolderError, diskFull, EmbeddedDatabaseError, systemErrorCode } from './embedded-errors.ts';
import type { Location } from './location.ts';

/** The one role of the embedded database. */
export const databaseRole = 'aiwfe';
export const databaseName = 'postgres';

/** Account and folder of PostgreSQL's processes: never our working folder, which it may not be able to enter. */
export function processOptions(account: ServerAccount | undefined) {
  return {
    cwd: process.platform === 'win32' ? undefined : '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  };
}

/** Reads the database's password from its mode-600 file in the data folder, or makes it. */
export async function ensurePassword(dataDir: string): Promise<string> {
  try {
    const [password = ''] = await readOrMakeSecretFile(path.join(dataDir, 'database-password'));
    return password;
  } catch (error) {
    throw dataFolderError(dataDir, error);
  }
}

/** True when the cluster has been made, whole. */
export async function hasCluster(location: Location): Promise<boolean> {
  return (await readVersion(location)) !== undefined;
}

async function readVersion(location: Location): Promise<string | undefined> {
  return (await readOptional(path.join(location.cluster, 'PG_VERSION')))?.trim();
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Makes the cluster with initdb when there is none: in a temporary sibling that is renamed when complete, so that a
 * crash or a full disk leaves nothing half made. Throws `version_mismatch`, `disk_full`, `initialisation_failed`.
 */
export async function ensureCluster(options: {
  location: Location;
  binaries: Binaries;
  account: ServerAccount | undefined;
  password: string;
  syncToDisk: boolean;
}): Promise<void> {
  const { location, binaries } = options;
  const version = await readVersion(location);
  if (version === binaries.majorVersion) return;
  if (version !== undefined) {
    throw new EmbeddedDatabaseError(
      'version_mismatch',
      `The database in ${location.cluster} was made by PostgreSQL ${version}, this program brings PostgreSQL ` +
        `${binaries.majorVersion}. Start the earlier version of the program and move the data, or restore a backup.`,
    );
  }
  const unfinished = path.join(location.home, `unfinished.${process.pid}.${randomUUID()}`);
  const passwordFile = `${unfinished}.password`;
  try {
    await removeUnfinished(location.home);
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (options.account) await chown(passwordFile, options.account.uid, options.account.gid);
    await runInitdb(options, unfinished, passwordFile);
    await rename(unfinished, location.cluster);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process that started at the same moment was faster: its cluster is as good.
    if (systemErrorCode(error) === 'ENOTEMPTY' || systemErrorCode(error) === 'EEXIST') return;
    throw dataFolderError(location.home, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Removes what starts left that were killed in the middle of initdb. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = Number(/^unfinished\.(\d+)\./.exec(name)?.[1] ?? 0);
    if (pid > 0 && !processExists(pid)) await rm(path.join(home, name), { recursive: true, force: true });
  }
}

type InitdbOptions = Parameters<typeof ensureCluster>[0];

async function runInitdb(options: InitdbOptions, folder: string, passwordFile: string): Promise<void> {
  let outcome = await initdb(options, folder, passwordFile, 'C.UTF-8');
  // Systems without this libc locale sort and classify text by the built-in provider alone.
  if (outcome.code !== 0 && /invalid locale name/.test(outcome.output)) {
    outcome = await initdb(options, folder, passwordFile, 'C');
  }
  if (outcome.code === 0) return;
  if (/No space left on device|Disk quota exceeded/.test(outcome.output))
    throw diskFull(options.location.home);
  const reason = outcome.output
    .split('\n')
    .find((line) => /error|fatal|not found|cannot/i.test(line))
    ?.trim();
  throw new EmbeddedDatabaseError(
    'initialisation_failed',
    `PostgreSQL could not create its database in ${options.location.home}: ${reason ?? `initdb ended with ${outcome.code}`}`,
    outcome.output,
  );
}

function initdb(
  options: InitdbOptions,
  folder: string,
  passwordFile: string,
  locale: string,
): Promise<{ code: number | null; output: string }> {
  const parameters = [
    ...['--pgdata', folder, '--username', databaseRole, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8'],
    ...[
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
      '--locale',
      locale,
      '--lc-messages',
      'C',
    ],
    ...(options.syncToDisk ? [] : ['--no-sync']),
    '--no-instructions',
  ];
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; output: string }>();
  const child = spawn(options.binaries.initdb, parameters, {
    ...processOptions(options.account),
    // Its own session: Ctrl-C at the first start must not end it half way; we stop when it is done.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, output }));
  return promise;
}
