import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  freePort,
  makeFolder,
  postmasterPid,
  pressCtrlC,
  processesOf,
  type RunningServer,
  readHealth,
  runCommand,
  startLikeTerminal,
  startServer,
  until,
} from './running-server.ts';

let place: Awaited<ReturnType<typeof makeFolder>>;
const servers: RunningServer[] = [];

async function start(port?: number): Promise<RunningServer> {
  const server = await startServer(place.data, port);
  servers.push(server);
  return server;
}

beforeEach(async () => {
  place = await makeFolder();
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await until('no process of the test is left', async () => (await processesOf(place.folder)).length === 0);
  await place.remove();
});

const isHealthy = async (url: string) => (await readHealth(url))?.status === 'healthy';

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
      { data: place.data, input: 'correct horse battery staple 42\n' },
    );
    expect(created).toMatchObject({ status: 0, stderr: '' });
    const first = await start();
    expect(await first.stop()).toBe(0);
    const second = await start();
    expect(await isHealthy(second.url)).toBe(true);
    expect(second.output.stdout).not.toContain('Set-up code');
  });

  test('Ctrl-C in a terminal leaves no process', async () => {
    const server = await startLikeTerminal(place.data);
    pressCtrlC(server);
    expect(await server.exited).toBe(0);
    expect(await processesOf(place.folder)).toEqual([]);
    expect(await postmasterPid(place.data)).toBeUndefined();
  });
});

describe('crashes', () => {
  test('a start after the server was killed adopts its database', async () => {
    const killed = await start();
    const database = await postmasterPid(place.data);
    killed.kill('SIGKILL');
    await killed.exited;
    const server = await start();
    expect(await postmasterPid(place.data)).toBe(database);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('a start after server and database were killed recovers the database', async () => {
    const killed = await start();
    const database = (await postmasterPid(place.data)) ?? 0;
    killed.kill('SIGKILL');
    process.kill(database, 'SIGKILL');
    await killed.exited;
    const server = await start();
    expect(await postmasterPid(place.data)).not.toBe(database);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('a database that is killed under a running server comes back by itself', async () => {
    const server = await start();
    const database = (await postmasterPid(place.data)) ?? 0;
    process.kill(database, 'SIGKILL');
    await until('another database process', async () => {
      const now = await postmasterPid(place.data);
      return now !== undefined && now !== database;
    });
    await until('healthy again', () => isHealthy(server.url));
    expect(await server.stop()).toBe(0);
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
    await writeFile(place.data, 'not a folder');
    const refused = await runCommand(['serve'], { data: place.data, port: await freePort() });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(place.data);
    oneSentence(refused.stderr);
  });

  test('a second server on the same data folder names the first', async () => {
    const server = await start();
    const refused = await runCommand(['serve'], { data: place.data, port: await freePort() });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`process ${server.pid}, ${server.url}`);
    oneSentence(refused.stderr);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('an unknown command shows the usage', async () => {
    const refused = await runCommand(['dance'], { data: place.data });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('Usage: aiwfe <command>');
  });
});

describe('create-user', () => {
  const password = 'correct horse battery staple 42';
  const create = (email: string) =>
    runCommand(['create-user', '--email', email, '--role', 'user', '--password-stdin'], {
      data: place.data,
      input: `${password}\n`,
    });

  test('works before the first start and beside a running server', async () => {
    expect(await create('before@example.org')).toMatchObject({ status: 0, stderr: '' });
    expect(await processesOf(place.folder)).toEqual([]);
    const server = await start();
    expect(await create('beside@example.org')).toMatchObject({ status: 0, stderr: '' });
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('refuses an address that has an account, and a password on the command line', async () => {
    expect((await create('ada@example.org')).status).toBe(0);
    expect((await create('ada@example.org')).status).toBe(1);
    const refused = await runCommand(['create-user', '--email', 'a@example.org', '--password', 'x'], {
      data: place.data,
    });
    expect(refused.status).toBe(2);
  });

  test('a server that starts at the same moment waits for it', async () => {
    const [created, server] = await Promise.all([create('race@example.org'), start()]);
    expect(created).toMatchObject({ status: 0, stderr: '' });
    expect(await isHealthy(server.url)).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('starts twice from a folder that only root may enter', async () => {
    await place.remove();
    place = await makeFolder(0o700);
    const first = await start();
    expect(first.output.stdout).toContain('Only root may enter');
    expect(await first.stop()).toBe(0);
    const second = await start();
    expect(await isHealthy(second.url)).toBe(true);
  });
});
