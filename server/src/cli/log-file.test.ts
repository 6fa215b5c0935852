import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from './log-file.ts';

let folder: string;
let file: string;
let instead: string[];
const open = () => openLogFile(folder, (text) => instead.push(text));

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-log-'));
  file = path.join(folder, 'server.log');
  instead = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the log of the server', () => {
  it('is written at once, after what was there', async () => {
    await writeFile(file, 'before\n');
    open().write('now\n');
    expect(await readFile(file, 'utf8')).toBe('before\nnow\n');
    expect(instead).toEqual([]);
  });

  it('is put aside at 10 MB, and three older ones are kept', async () => {
    await writeFile(file, '');
    for (let round = 0; round < 5; round++) {
      await truncate(file, 10 * 1024 * 1024 + 1);
      open().write(`begins ${round}\n`);
    }
    expect((await readdir(folder)).sort()).toEqual([
      ...['server.log', 'server.log.1', 'server.log.2', 'server.log.3'],
    ]);
    expect(await readFile(file, 'utf8')).toBe('begins 4\n');
    const older = await readFile(`${file}.3`, 'utf8');
    expect(older.slice(0, 20)).toMatch(/^begins 1\n/);
  });

  it.runIf(process.platform === 'linux')(
    'goes to standard error while the disk is full, and into the file again once there is room',
    async () => {
      await symlink('/dev/full', file);
      const log = open();
      log.write('first\n');
      log.write('second\n');
      expect(instead).toEqual([expect.stringMatching(/cannot be written .*ENOSPC/), 'first\n', 'second\n']);
      await rm(file);
      log.write('third\n');
      expect(await readFile(file, 'utf8')).toBe('\nthird\n');
      expect(instead).toHaveLength(3);
    },
  );
});
