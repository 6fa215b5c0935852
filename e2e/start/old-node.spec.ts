import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const scripts = path.resolve(import.meta.dirname, '../../scripts');

test.each(['start.mjs', 'aiwfe.mjs'])('%s tells an old Node in one sentence what it needs', (script) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '18.20.0' } });
    import(${JSON.stringify(path.join(scripts, script))});`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', pretend], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/needs Node\.js 20 or newer/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
