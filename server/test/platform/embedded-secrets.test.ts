import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCommandLog, openRuntime, type Runtime } from '../../src/cli/runtime.ts';
import { loadConfig } from '../../src/config.ts';

let folder: string;
const runtimes: Runtime[] = [];

async function open(environ: Record<string, string> = {}): Promise<Runtime> {
  const config = loadConfig({ AIWFE_DATA_DIR: folder, ...environ });
  const runtime = await openRuntime(config, { role: 'command', log: openCommandLog() });
  runtimes.push(runtime);
  return runtime;
}

async function close(): Promise<void> {
  for (const runtime of runtimes.splice(0)) await runtime.close();
}

const secretFile = () => path.join(folder, 'secrets', 'master-secret');

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-secrets-'));
  await chmod(folder, 0o711);
});

afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('the master secret of an embedded database', () => {
  it('is one for programs that start at the same moment, whichever of them makes secret and database', async () => {
    const opened = await Promise.all([open(), open(), open(), open()]);
    const kept = (await readFile(secretFile(), 'utf8')).trim();
    expect(kept).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(secretFile())).mode & 0o777).toBe(0o600);
    for (const { masterSecrets } of opened)
      expect(masterSecrets.map((secret) => secret.reveal())).toEqual([kept]);
  });

  it('is never replaced where a database needs the lost one, and its return mends the start', async () => {
    await open();
    await close();
    const kept = (await readFile(secretFile(), 'utf8')).trim();
    await rm(secretFile());
    await expect(open()).rejects.toThrow(/master secret .*master-secret is missing.*Restore the file/);
    await expect(readFile(secretFile())).rejects.toMatchObject({ code: 'ENOENT' });
    const mended = await open({ SECRET_KEY: kept });
    expect(mended.masterSecrets.map((secret) => secret.reveal())).toEqual([kept]);
  });
});
