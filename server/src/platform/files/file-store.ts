import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { FileTooLarge, StorageFull, UploadInterrupted } from './files.errors.ts';

export interface StoredFile {
  key: string;
  sizeBytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

export interface FileStore {
  /**
   * Streams `source` to a new file and makes it durable. Throws files.too_large, files.storage_full,
   * files.upload_interrupted (the source failed); in every case nothing is left on the disk.
   */
  receive(source: AsyncIterable<Uint8Array>, limits: { maxBytes: number }): Promise<StoredFile>;
  /** Absolute path of a stored file. Keys come from the database; anything that is no key throws. */
  pathOf(key: string): string;
  read(key: string): Readable;
  /** Removes the file; one that is gone already is no error. */
  remove(key: string): Promise<void>;
  /**
   * Removes files older than `olderThanMs` that `known` does not return, and temporary ones; returns how many.
   * Younger files may belong to an upload that is not committed yet.
   */
  sweep(known: (keys: string[]) => Promise<Set<string>>, olderThanMs: number): Promise<number>;
}

const keyShape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const temporarySuffix = '.part';
const noSpace = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const sweepBatch = 500;

/** Files with generated names below `directory`, spread over 65,536 folders; mode 600, folders 700. */
export function createFileStore(options: { directory: string }): FileStore {
  const pathOf = (key: string): string => {
    if (!keyShape.test(key)) throw new Error('Not a key of the file store.');
    return path.join(options.directory, key.slice(0, 2), key.slice(2, 4), key);
  };
  return {
    pathOf,
    receive: (source, limits) => receive(source, limits.maxBytes, pathOf),
    read: (key) => createReadStream(pathOf(key)),
    remove: (key) => rm(pathOf(key), { force: true }),
    sweep: (known, olderThanMs) => sweep(options.directory, known, olderThanMs),
  };
}

async function receive(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  pathOf: (key: string) => string,
): Promise<StoredFile> {
  const key = randomUUID();
  const target = pathOf(key);
  const temporary = `${target}${temporarySuffix}`;
  let file: FileHandle | undefined;
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    file = await open(temporary, 'wx', 0o600);
    const written = await writeAll(source, file, maxBytes);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, target);
    await syncFolder(path.dirname(target));
    return { key, ...written };
  } catch (error) {
    await file?.close();
    await rm(temporary, { force: true });
    await rm(target, { force: true });
    throw noSpace.has((error as NodeJS.ErrnoException).code ?? '')
      ? StorageFull.with({ cause: error })
      : error;
  }
}

async function writeAll(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  maxBytes: number,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of withInterruption(source)) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > maxBytes) throw FileTooLarge.with();
    hash.update(piece);
    await file.writeFile(piece);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Errors of the sender become one declared error; errors of the disk pass through the consumer untouched. */
async function* withInterruption(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw UploadInterrupted.with({ cause });
  }
}

/** A rename is durable once its folder is; systems that cannot sync a folder do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sweep(
  directory: string,
  known: (keys: string[]) => Promise<Set<string>>,
  olderThanMs: number,
): Promise<number> {
  let removed = 0;
  let candidates: { key: string; path: string }[] = [];
  const judge = async (): Promise<void> => {
    const kept = await known(candidates.map(({ key }) => key).filter((key) => keyShape.test(key)));
    for (const candidate of candidates) {
      if (kept.has(candidate.key)) continue;
      await rm(candidate.path, { force: true });
      removed++;
    }
    candidates = [];
  };
  for await (const file of filesBelow(directory)) {
    const facts = await stat(file).catch(() => undefined);
    if (!facts || Date.now() - facts.mtimeMs < olderThanMs) continue;
    candidates.push({ key: path.basename(file), path: file });
    if (candidates.length >= sweepBatch) await judge();
  }
  await judge();
  return removed;
}

async function* filesBelow(directory: string): AsyncIterable<string> {
  for (const first of await foldersOf(directory)) {
    for (const second of await foldersOf(path.join(directory, first))) {
      const folder = path.join(directory, first, second);
      for (const name of await readdir(folder)) yield path.join(folder, name);
    }
  }
}

async function foldersOf(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  } catch (error) {
    // Nothing was stored yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
