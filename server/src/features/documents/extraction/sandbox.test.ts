import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandbox } from './extract-document.ts';
import { defaultExtractionLimits } from './extraction.types.ts';

let folder: string;
let document: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-sandbox-'));
  document = path.join(folder, 'document');
  await writeFile(document, 'mine');
  await writeFile(path.join(folder, 'other'), 'not mine');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What code does that runs in the place of the program that reads documents, within the same bounds. */
async function attempt(code: string): Promise<string> {
  const { flags, options } = sandbox(document, defaultExtractionLimits);
  const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', code], {
    ...options,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child, 'close');
  return said;
}

const tell = (work: string) => `
  import fs from 'node:fs';
  import child_process from 'node:child_process';
  try { fs.writeSync(1, String(${work})); } catch (error) { fs.writeSync(1, error.code ?? error.message); }`;

it('S35: a reader of documents reads its document, and no other file, not even beside it', async () => {
  expect(await attempt(tell(`fs.readFileSync(${JSON.stringify(document)})`))).toBe('mine');
  for (const file of [path.join(folder, 'other'), '/etc/passwd'])
    expect(await attempt(tell(`fs.readFileSync(${JSON.stringify(file)})`))).toBe('ERR_ACCESS_DENIED');
});

it('S35: a reader of documents writes nothing, starts nothing, and knows nothing of the environment', async () => {
  expect(await attempt(tell(`fs.writeFileSync(${JSON.stringify(document)}, 'x')`))).toBe('ERR_ACCESS_DENIED');
  expect(await attempt(tell(`child_process.execFileSync('true')`))).toBe('ERR_ACCESS_DENIED');
  expect(await attempt(tell('Object.keys(process.env)'))).toBe('');
});

it('S35: a reader of documents opens no connections', async () => {
  const program = JSON.stringify(path.join(import.meta.dirname, 'child.ts'));
  // The program waits for its task; whatever it reads later runs in the same process.
  const code = `
    import fs from 'node:fs';
    import net from 'node:net';
    const connect = net.Socket.prototype.connect;
    void import(${program});
    const timer = setInterval(() => {
      if (net.Socket.prototype.connect === connect && process.uptime() < 300) return;
      clearInterval(timer);
      try { net.connect(9); fs.writeSync(1, 'connected'); } catch (error) { fs.writeSync(1, error.message); }
      process.exit();
    }, 5);`;
  expect(await attempt(code)).toBe('A file reader opens no connections');
});
