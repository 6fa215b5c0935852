import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Reads generated secrets (64 hexadecimal digits a line, newest first) from a file that only its owner may read, or
 * makes the first. Of two processes that make it at once, both get the same.
 */
export async function readOrMakeSecretFile(file: string): Promise<string[]> {
  const existing = await readIfPresent(file);
  if (existing !== undefined) return linesOf(existing);
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(unfinished, `${newSecret()}\n`, { mode: 0o600, flush: true });
    // link() never overwrites, and what it shows is complete.
    await link(unfinished, file).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
    return linesOf(await readFile(file, 'utf8'));
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** The secrets in the file, newest first; none when there is no file. */
export async function readSecretFile(file: string): Promise<string[]> {
  return linesOf((await readIfPresent(file)) ?? '');
}

/** Puts a new secret before those in the file. Readers see the old content or the new one, whole. */
export async function addToSecretFile(file: string): Promise<void> {
  await replaceFile(file, [newSecret(), ...(await readSecretFile(file))]);
}

/** Leaves the newest secret only. */
export async function keepNewestSecret(file: string): Promise<void> {
  const [newest] = await readSecretFile(file);
  if (newest === undefined) throw new Error(`There is no secret in ${file}.`);
  await replaceFile(file, [newest]);
}

async function replaceFile(file: string, lines: string[]): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await writeFile(unfinished, `${lines.join('\n')}\n`, { mode: 0o600, flush: true });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
