import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { canReach, type ServerAccount } from './account.ts';
import { dataFolderError, EmbeddedDatabaseError, systemErrorCode } from './embedded-errors.ts';

/** Folders of one embedded database. */
export interface Location {
  /** Owned by the account that PostgreSQL runs as. */
  home: string;
  /** PostgreSQL's own data folder. */
  cluster: string;
  logFile: string;
}

/** Where the database goes when the data folder is closed to the account that PostgreSQL runs as. */
const relocationRoot = '/var/lib/aiwfe';
const pointerName = 'database-location.json';
/** A socket address holds 107 bytes on Linux and 103 on macOS. */
const longestSocketPathBytes = 100;
export const socketPort = 5432;

/**
 * Decides where the database of `dataDir` is and makes its folders. As root with a data folder that the account
 * cannot enter, that is under /var/lib/aiwfe, and a pointer file in the data folder says so from then on.
 * Throws `data_folder_unusable`, `disk_full`, `database_missing`.
 */
export async function prepareLocation(options: {
  dataDir: string;
  account: ServerAccount | undefined;
  notice: (sentence: string) => void;
}): Promise<Location> {
  const { dataDir, account } = options;
  try {
    // Root's new data folder lets the database's account pass through, not look around.
    await mkdir(dataDir, { recursive: true, mode: account ? 0o711 : 0o700 });
    const pointed = await readPointer(dataDir);
    if (pointed) return await openHome(pointed, account);
    if (await canReach(account, dataDir)) return await openHome(homeInside(dataDir), account);
    return await relocate(dataDir, account, options.notice);
  } catch (error) {
    throw dataFolderError(dataDir, error);
  }
}

/** Where the database of `dataDir` is, or would be if the folder can be reached; makes nothing. */
export async function findLocation(dataDir: string): Promise<Location> {
  try {
    return locationIn((await readPointer(dataDir)) ?? homeInside(dataDir));
  } catch (error) {
    throw dataFolderError(dataDir, error);
  }
}

function homeInside(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

function locationIn(home: string): Location {
  return { home, cluster: path.join(home, 'data'), logFile: path.join(home, 'postgres.log') };
}

async function openHome(home: string, account: ServerAccount | undefined): Promise<Location> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (account) await chown(home, account.uid, account.gid);
  return locationIn(home);
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dataDir, pointerName), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { database } = JSON.parse(text) as { database: string };
  if (await isFolder(database)) return database;
  throw new EmbeddedDatabaseError(
    'database_missing',
    `${path.join(dataDir, pointerName)} says that the database is in ${database}, but that folder is missing. ` +
      'Put it back from a backup, or delete the data folder to start anew.',
  );
}

async function relocate(
  dataDir: string,
  account: ServerAccount | undefined,
  notice: (sentence: string) => void,
): Promise<Location> {
  const key = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16);
  const home = path.join(relocationRoot, key);
  await mkdir(relocationRoot, { recursive: true, mode: 0o755 });
  await setAsideForgotten(home, notice);
  const location = await openHome(home, account);
  await writeFile(path.join(dataDir, pointerName), `${JSON.stringify({ database: home }, null, 2)}\n`, {
    mode: 0o600,
  });
  notice(`Only root may enter ${dataDir}, so the database is kept in ${home} (account "${account?.name}").`);
  return location;
}

/** A database whose data folder was deleted has lost its password; it is kept aside, never reused or removed. */
async function setAsideForgotten(home: string, notice: (sentence: string) => void): Promise<void> {
  if (!(await isFolder(path.join(home, 'data')))) return;
  const aside = `${home}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await rename(home, aside);
  notice(`The database of an earlier data folder of this name was moved to ${aside}.`);
}

async function isFolder(file: string): Promise<boolean> {
  return lstat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The folder for the socket: beside the data, or a private one in the temporary folder when that path is too long. */
export async function prepareSocketFolder(
  location: Location,
  account: ServerAccount | undefined,
): Promise<{ folder: string; temporary: boolean }> {
  const beside = path.join(location.home, 'run');
  const temporary = Buffer.byteLength(`${beside}/.s.PGSQL.${socketPort}`) > longestSocketPathBytes;
  const folder = temporary ? await mkdtemp(path.join(shortTemporaryFolder(), 'aiwfe-')) : beside;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  return { folder, temporary };
}

function shortTemporaryFolder(): string {
  const folder = os.tmpdir();
  return folder.length <= 60 && process.getuid?.() !== 0 ? folder : '/tmp';
}

/** Removes a socket folder in the temporary folder; one beside the data stays. */
export async function removeSocketFolder(location: Location, folder: string): Promise<void> {
  if (folder && path.dirname(folder) !== location.home) await rm(folder, { recursive: true, force: true });
}
