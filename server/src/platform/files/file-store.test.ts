import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore, type FileStore } from './file-store.ts';

let directory: string;
let files: FileStore;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'aiwfe-files-'));
  files = createFileStore({ directory });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function countFiles(): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

describe('file store', () => {
  it('S35: stores a stream under a generated name with mode 600 and its SHA-256', async () => {
    const stored = await files.receive(pieces('one ', 'two'), { maxBytes: 100 });
    expect(stored.sizeBytes).toBe(7);
    expect(stored.sha256).toBe(createHash('sha256').update('one two').digest('hex'));
    expect(await readFile(files.pathOf(stored.key), 'utf8')).toBe('one two');
    expect((await stat(files.pathOf(stored.key))).mode & 0o777).toBe(0o600);
  });

  it('refuses a stream that grows too large and keeps nothing of it', async () => {
    await expect(files.receive(pieces('12345', '67890'), { maxBytes: 9 })).rejects.toMatchObject({
      code: 'files.too_large',
    });
    expect(await countFiles()).toBe(0);
  });

  it('keeps nothing of a stream that breaks off', async () => {
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('begin');
      throw new Error('connection lost');
    }
    await expect(files.receive(broken(), { maxBytes: 100 })).rejects.toMatchObject({
      code: 'files.upload_interrupted',
    });
    expect(await countFiles()).toBe(0);
  });

  it('says that there is no room left and keeps nothing', async () => {
    // The system refuses the write (EFBIG, as a quota would) in a process that may write 1 KB per file.
    const program = `
      import { createFileStore } from ${JSON.stringify(path.join(import.meta.dirname, 'file-store.ts'))};
      const files = createFileStore({ directory: ${JSON.stringify(directory)} });
      const pieces = async function* () { yield Buffer.alloc(100_000); };
      await files.receive(pieces(), { maxBytes: 1e6 }).catch((error) => process.stdout.write(error.code));`;
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      'ulimit -f 1; exec "$0" --input-type=module -e "$1"',
      process.execPath,
      program,
    ]);
    expect(stdout).toBe('files.storage_full');
    expect(await countFiles()).toBe(0);
  });

  it('S35: takes nothing but its own keys for a path', () => {
    for (const key of ['../../etc/passwd', '', 'a/b', '00000000-0000-4000-8000-00000000000/']) {
      expect(() => files.pathOf(key)).toThrow();
    }
  });

  it('sweeps up old files that nobody knows and leaves the others', async () => {
    const [known, orphan, young] = await Promise.all(
      ['known', 'orphan', 'young'].map((text) => files.receive(pieces(text), { maxBytes: 100 })),
    );
    const yesterday = new Date(Date.now() - 86_400_000);
    for (const file of [known, orphan]) await utimes(files.pathOf(file!.key), yesterday, yesterday);
    expect(await files.sweep(async () => new Set([known!.key]), 3_600_000)).toBe(1);
    expect(await readFile(files.pathOf(known!.key), 'utf8')).toBe('known');
    expect(await readFile(files.pathOf(young!.key), 'utf8')).toBe('young');
    await expect(stat(files.pathOf(orphan!.key))).rejects.toThrow('ENOENT');
  });
});
