import { describe, expect, test } from 'vitest';
import { postmasterPid, processesOf, runCommand, until } from './running-server.ts';
import { isHealthy, usePlace } from './test-place.ts';

const { place, start } = usePlace();

describe('crashes', () => {
  test('a start after the server was killed adopts its database', async () => {
    const killed = await start();
    const database = await postmasterPid(place().data);
    killed.kill('SIGKILL');
    await killed.exited;
    const server = await start();
    expect(await postmasterPid(place().data)).toBe(database);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('a start after server and database were killed recovers the database', async () => {
    const killed = await start();
    const database = (await postmasterPid(place().data)) ?? 0;
    killed.kill('SIGKILL');
    process.kill(database, 'SIGKILL');
    await killed.exited;
    const server = await start();
    expect(await postmasterPid(place().data)).not.toBe(database);
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('a database that is killed under a running server comes back by itself', async () => {
    const server = await start();
    const database = (await postmasterPid(place().data)) ?? 0;
    process.kill(database, 'SIGKILL');
    await until('another database process', async () => {
      const now = await postmasterPid(place().data);
      return now !== undefined && now !== database;
    });
    await until('healthy again', () => isHealthy(server.url));
    expect(await server.stop()).toBe(0);
  });
});

describe('create-user', () => {
  const password = 'correct horse battery staple 42';
  const create = (email: string) =>
    runCommand(['create-user', '--email', email, '--role', 'user', '--password-stdin'], {
      data: place().data,
      input: `${password}\n`,
    });

  test('works before the first start and beside a running server', async () => {
    expect(await create('before@example.org')).toMatchObject({ status: 0, stderr: '' });
    expect(await processesOf(place().folder)).toEqual([]);
    const server = await start();
    expect(await create('beside@example.org')).toMatchObject({ status: 0, stderr: '' });
    expect(await isHealthy(server.url)).toBe(true);
  });

  test('refuses an address that has an account, and a password on the command line', async () => {
    expect((await create('ada@example.org')).status).toBe(0);
    expect((await create('ada@example.org')).status).toBe(1);
    const refused = await runCommand(['create-user', '--email', 'a@example.org', '--password', 'x'], {
      data: place().data,
    });
    expect(refused.status).toBe(2);
  });

  test('a server that starts at the same moment waits for it', async () => {
    const [created, server] = await Promise.all([create('race@example.org'), start()]);
    expect(created).toMatchObject({ status: 0, stderr: '' });
    expect(await isHealthy(server.url)).toBe(true);
  });
});
