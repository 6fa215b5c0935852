import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Reads a generated secret (64 hexadecimal digits) from a file that only its owner may read, or makes it. Of two
 * processes that make it at once, both get the same.
 */
export async function readOrMakeSecretFile(file: string): Promise<{ value: string; made: boolean }> {
  const existing = await readIfPresent(file);
  if (existing !== undefined) return { value: existing.trim(), made: false };
  const unfinished = `${file}.${randomUUID()}`;
  let made = true;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(unfinished, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true });
    // link() never overwrites, and what it shows is complete.
    await link(unfinished, file).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
      made = false;
    });
    return { value: (await readFile(file, 'utf8')).trim(), made };
  } finally {
    await rm(unfinished, { force: true });
  }
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
