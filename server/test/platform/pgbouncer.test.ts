import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServerAccount } from '../../src/platform/database/embedded/account.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((file) => existsSync(file));

describe.skipIf(!program)('I4: behind PgBouncer in transaction mode', () => {
  let database: TestDatabase;
  let pooler: Pooler;
  let app: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    pooler = await startPooler(database.connectionString);
    app = await createTestApp({
      connectionString: database.connectionString,
      poolerUrl: pooler.url,
      alone: false,
    });
  });
  afterAll(async () => {
    await app?.stop();
    await pooler?.stop();
    await database?.drop();
  });

  it('serves many requests at once through few server connections', async () => {
    const person = await app.person();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        app.app.inject({
          method: 'POST',
          url: '/api/v1/conversations',
          headers: { ...person.headers, 'content-type': 'application/json' },
          payload: { title: `Talk ${index}` },
        }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array.from({ length: 60 }, () => 201));
    const listed = await app.app.inject({ url: '/api/v1/conversations?limit=100', headers: person.headers });
    expect(listed.json().items).toHaveLength(60);
  });

  it('runs an answer to its end: starts, streams and notifications do not need a session of their own', async () => {
    const person = await app.person();
    const headers = { ...person.headers, 'content-type': 'application/json' };
    const { id } = (
      await app.app.inject({ method: 'POST', url: '/api/v1/conversations', headers, payload: {} })
    ).json();
    const asked = await app.app.inject({
      method: 'POST',
      url: `/api/v1/conversations/${id}/messages`,
      headers,
      payload: { content: 'What is here?' },
    });
    expect(asked.statusCode).toBe(202);
    const url = `/api/v1/generations/${asked.json().generation.id}`;
    await expect
      .poll(async () => (await app.app.inject({ url, headers: person.headers })).json().status, {
        timeout: 120_000,
      })
      .toBe('completed');
  });
});

interface Pooler {
  url: string;
  stop(): Promise<void>;
}

async function startPooler(connectionString: string): Promise<Pooler> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aiwfe-pgbouncer-'));
  const target = new pg.Client({ connectionString });
  const server = `host=${target.host} port=${target.port} user=${target.user} password=${target.password}`;
  const config = path.join(folder, 'pgbouncer.ini');
  await writeFile(path.join(folder, 'users.txt'), `"${target.user}" "${target.password}"\n`);
  await writeFile(
    config,
    `[databases]
${target.database} = ${server} dbname=${target.database}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = ${folder}
auth_type = plain
auth_file = ${path.join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
`,
  );
  const account = await findServerAccount();
  if (account) {
    await chmod(folder, 0o711);
    for (const file of [folder, config, path.join(folder, 'users.txt')])
      await chown(file, account.uid, account.gid);
  }
  const child = spawn(program ?? '', [config], {
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
    cwd: '/',
    stdio: 'ignore',
  });
  await untilListening(child, path.join(folder, '.s.PGSQL.6432'));
  const url = new URL(`postgresql://localhost/${target.database}`);
  Object.assign(url, { username: target.user, password: target.password ?? '' });
  url.search = String(new URLSearchParams({ host: folder, port: '6432' }));
  return {
    url: url.href,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(child: ChildProcess, socketFile: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with status ${child.exitCode}.`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(socketFile, () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.end());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
