import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { freePort } from '../lib/free-port.ts';
import {
  makeFolder,
  postmasterPid,
  pressCtrlC,
  processesOf,
  readHealth,
  runCommand,
  startLikeTerminal,
  until,
} from './running-server.ts';
import { isHealthy, usePlace } from './test-place.ts';

const { place, start, moveTo } = usePlace();

describe('start', () => {
  test('the first start prints one address and the set-up code, and is healthy', async () => {
    const server = await start();
    expect(await readHealth(server.url)).toMatchObject({ status: 'healthy', httpStatus: 200 });
    await until('the set-up code', async () => server.output.stdout.includes('/setup#code='));
    const lines = server.output.stdout.trim().split('\n');
    expect(
      lines.filter((line) => line.startsWith('AI Workflow Engine is ready at http://127.0.0.1:')),
    ).toHaveLength(1);
    expect(server.output.stdout).toMatch(
      /^Set-up code (\w+(?:-\w+)+) {2}http:\/\/127\.0\.0\.1:\d+\/setup#code=\1$/m,
    );
    expect(server.output.stderr).toBe('');
  });

  test('the second start finds the same database, and no set-up code once the first account exists', async () => {
    const created = await runCommand(
      ['create-user', '--email', 'ada@example.org', '--role', 'superuser', '--password-stdin'],
      { data: place().data, input: 'correct horse battery staple 42\n' },
    );
    expect(created).toMatchObject({ status: 0, stderr: '' });
    const first = await start();
    expect(await first.stop()).toBe(0);
    const second = await start();
    expect(await isHealthy(second.url)).toBe(true);
    expect(second.output.stdout).not.toContain('Set-up code');
  });

  test('Ctrl-C in a terminal leaves no process', async () => {
    const server = await startLikeTerminal(place().data);
    pressCtrlC(server);
    expect(await server.exited).toBe(0);
    expect(await processesOf(place().folder)).toEqual([]);
    expect(await postmasterPid(place().data)).toBeUndefined();
  });
});

describe('refusals are one sentence', () => {
  const oneSentence = (text: string) => {
    expect(text.trim().split('\n')).toHaveLength(1);
    expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  };

  test('a port in use', async () => {
    const server = await start();
    const other = await makeFolder();
    const port = Number(new URL(server.url).port);
    const refused = await runCommand(['serve'], { data: other.data, port });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`Port ${port} on 127.0.0.1 is already in use`);
    oneSentence(refused.stderr);
    expect(await processesOf(other.folder)).toEqual([]);
    await other.remove();
  });

  test('a data folder that is a file', async () => {
    await writeFile(place().data, 'not a folder');
    const refused = await runCommand(['serve'], { data: place().data, port: await freePort() });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(place().data);
    oneSentence(refused.stderr);
  });

  test('a second server on the same data folder names the first', async () => {
    const server = await start();
    const refused = await runCommand(['serve'], { data: place().data, port: await freePort() });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`process ${server.pid}, ${server.url}`);
    oneSentence(refused.stderr);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('an unknown command shows the usage', async () => {
    const refused = await runCommand(['dance'], { data: place().data });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('Usage: aiwfe <command>');
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('starts twice from a folder that only root may enter', async () => {
    await moveTo(0o700);
    const first = await start();
    expect(first.output.stdout).toContain('Only root may enter');
    expect(await first.stop()).toBe(0);
    const second = await start();
    expect(await isHealthy(second.url)).toBe(true);
  });
});
