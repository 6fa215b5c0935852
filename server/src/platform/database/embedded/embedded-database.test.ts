import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  hasEmbeddedDatabase,
  startEmbeddedDatabase,
} from './embedded-database.ts';

let folder: string;
let notices: string[];
const open: EmbeddedDatabase[] = [];
const elsewhere: string[] = [];
const silent = { info() {}, warn() {}, error() {} };

async function start(options: Partial<EmbeddedDatabaseOptions> = {}): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({
    dataDir: path.join(folder, 'data'),
    role: 'server',
    log: silent,
    notice: (sentence) => notices.push(sentence),
    syncToDisk: false,
    ...options,
  });
  open.push(database);
  return database;
}

async function query<Row>(database: EmbeddedDatabase, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}

const lockFile = (database: EmbeddedDatabase) => path.join(database.folder, 'postmaster.pid');
const serverPid = async (database: EmbeddedDatabase) =>
  Number((await readFile(lockFile(database), 'utf8')).split('\n')[0]);

async function leaveLocks(database: EmbeddedDatabase, pid: number): Promise<void> {
  await writeFile(lockFile(database), `${pid}\n${database.folder}\n1\n5432\n/nowhere\n\n 1 1\nready   \n`);
}

beforeEach(async () => {
  notices = [];
  folder = await mkdtemp(path.join(os.tmpdir(), 'aiwfe-embedded-'));
  await chmod(folder, 0o711);
});

afterEach(async () => {
  for (const database of open.splice(0)) await database.stop();
  for (const place of elsewhere.splice(0)) await rm(place, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

describe('the embedded database', () => {
  test('is PostgreSQL 18, durable, UTF-8, and on a private socket only', async () => {
    const database = await start();
    expect(database).toMatchObject({ adopted: false });
    const [settings] = await query<Record<string, string>>(
      database,
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit, current_setting('server_encoding') as encoding,
        current_setting('listen_addresses') as addresses, current_setting('unix_socket_permissions') as permissions`,
    );
    expect(settings).toEqual({
      major: 18,
      fsync: 'on',
      commit: 'on',
      encoding: 'UTF8',
      addresses: '',
      permissions: '0700',
    });
    const password = await stat(path.join(folder, 'data/database-password'));
    expect(password.mode & 0o777).toBe(0o600);
  });

  test('refuses a wrong password', async () => {
    const database = await start();
    const wrong = {
      ...database,
      connectionString: database.connectionString.replace(/:[0-9a-f]{64}@/, ':wrong@'),
    };
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('keeps what was committed over a stop and a start', async () => {
    const first = await start();
    await query(first, 'create table kept (n integer)');
    await first.stop();
    expect(await hasEmbeddedDatabase(path.join(folder, 'data'))).toBe(true);
    const second = await start();
    expect(await query(second, 'select * from kept')).toEqual([]);
  });

  test('is there only once it has been made', async () => {
    expect(await hasEmbeddedDatabase(path.join(folder, 'data'))).toBe(false);
  });

  test('works where the path is too long for a socket address', async () => {
    const deep = path.join(folder, 'long'.repeat(30));
    const database = await start({ dataDir: deep });
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('recovers after its server was killed', async () => {
    const first = await start({ role: 'command' });
    await query(first, 'create table kept (n integer)');
    process.kill(await serverPid(first), 'SIGKILL');
    await first.stop();
    const second = await start();
    expect(await query(second, 'select * from kept')).toEqual([]);
  });

  test('comes back by itself when its server is killed in use', async () => {
    const database = await start();
    const killed = await serverPid(database);
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => query(database, 'select 1 as one').catch(() => undefined)).toEqual([{ one: 1 }]);
    expect(await serverPid(database)).not.toBe(killed);
  });

  test('starts over lock files whose number belongs to another program', async () => {
    const database = await start();
    await database.stop();
    await leaveLocks(database, process.pid);
    const again = await start();
    expect(again.adopted).toBe(false);
  });

  test.runIf(process.platform === 'linux')(
    'starts over the lock files of a killed server that nobody has collected',
    async () => {
      const database = await start();
      await database.stop();
      // The shell's child ends unseen: the program that takes the shell's place never asks for it.
      const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 60 3<&-'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const procFile = (pid: number | undefined, name: string) => readFile(`/proc/${pid}/${name}`, 'utf8');
      try {
        const [uncollected] = (await once(parent.stdout, 'data')) as [Buffer];
        await expect.poll(() => procFile(parent.pid, 'comm')).toBe('sleep\n');
        parent.stdin.end();
        await expect.poll(() => procFile(Number(uncollected), 'stat')).toContain(') Z ');
        await leaveLocks(database, Number(uncollected));
        const again = await start();
        expect(again.adopted).toBe(false);
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );
});

describe('one data folder', () => {
  test('takes one server; a second is told who the first is', async () => {
    const first = await start();
    await first.announce('http://127.0.0.1:3999');
    await expect(start()).rejects.toMatchObject({
      code: 'already_running',
      sentence: expect.stringContaining(`(process ${process.pid}, http://127.0.0.1:3999)`),
    });
    expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('lets a command work beside a server, and the last one out stops the database', async () => {
    const command = await start({ role: 'command' });
    const server = await start();
    expect(server.adopted).toBe(true);
    await command.stop();
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    await expect(stat(lockFile(server))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is made once by two that start at the same moment', async () => {
    const both = await Promise.all([start({ role: 'command' }), start({ role: 'command' })]);
    for (const database of both) expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('gives a newcomer the database although the last user is just stopping it', async () => {
    const leaving = await start({ role: 'command' });
    const [, newcomer] = await Promise.all([leaving.stop(), start({ role: 'command' })]);
    expect(await query(newcomer, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('lets nobody in between the last one who leaves and the end of the database', async () => {
    for (let round = 0; round < 5; round++) {
      const leaving = await start({ role: 'command' });
      const lost: Error[] = [];
      const log = { ...silent, error: (fields: object) => lost.push((fields as { err: Error }).err) };
      const stopped = leaving.stop();
      const newcomer = await start({ log });
      await stopped;
      expect(await query(newcomer, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(lost).toEqual([]);
      await newcomer.stop();
    }
  });
});

describe('what cannot work is named', () => {
  test('a database of another version', async () => {
    const database = await start();
    await database.stop();
    await writeFile(path.join(database.folder, 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toMatchObject({
      code: 'version_mismatch',
      sentence: expect.stringContaining('PostgreSQL 17'),
    });
  });

  test('a data folder that is a file', async () => {
    await writeFile(path.join(folder, 'data'), '');
    await expect(start()).rejects.toMatchObject({ code: 'data_folder_unusable' });
  });

  test('a failed initialisation leaves nothing half made', async () => {
    const home = path.join(folder, 'data/postgres');
    await mkdir(home, { recursive: true });
    // initdb finds its target occupied by a file.
    await writeFile(path.join(home, 'data'), '');
    await expect(start()).rejects.toThrow();
    // Programs are copied where the project itself is in a folder that only root may enter.
    const made = (await readdir(home)).filter((name) => !name.startsWith('programs-'));
    expect(made.filter((name) => name !== 'data' && name !== 'run')).toEqual([]);
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('the server runs as an unprivileged account', async () => {
    const database = await start();
    const owner = execFileSync('ps', ['-o', 'uid=', '-p', String(await serverPid(database))], {
      encoding: 'utf8',
    });
    expect(Number(owner)).toBeGreaterThan(0);
  });

  test('a folder that only root may enter gets its database elsewhere, and finds it again', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    elsewhere.push(path.dirname(first.folder));
    expect(first.folder).toMatch(/^\/var\/lib\/aiwfe\/[0-9a-f]{16}\/data$/);
    expect(notices[0]).toContain('Only root may enter');
    await query(first, 'create table kept (n integer)');
    await first.stop();
    notices = [];
    const second = await start();
    expect(second.folder).toBe(first.folder);
    expect(notices).toEqual([]);
    expect(await query(second, 'select * from kept')).toEqual([]);
  });

  test('a missing database elsewhere is not replaced by an empty one', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    await first.stop();
    await rm(path.dirname(first.folder), { recursive: true });
    await expect(start()).rejects.toMatchObject({ code: 'database_missing' });
  });
});
