import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processExists, type ServerAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { processOptions } from './cluster.ts';
import { diskFull, EmbeddedDatabaseError, systemErrorCode } from './embedded-errors.ts';
import { type Location, prepareSocketFolder, removeSocketFolder, socketPort } from './location.ts';

export interface PostmasterOptions {
  location: Location;
  binaries: Binaries;
  account: ServerAccount | undefined;
  settings: Record<string, string>;
}

/** A server that answers: where, and whether it ran before we came. */
export interface RunningPostmaster {
  pid: number;
  host: string;
  port: number;
  adopted: boolean;
}

/** postmaster.pid, the lock file that PostgreSQL keeps in its data folder. */
interface LockFile {
  pid: number;
  port: number;
  socketFolder: string;
  listenAddress: string;
  status: string;
}

const startTimeoutMs = 120_000;
const pollIntervalMs = 10;
const largestLogBytes = 5 * 1024 * 1024;

/** Few processes and little memory when idle; everything that makes commits durable stays on. */
const defaultSettings: Record<string, string> = {
  max_connections: '60',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  jit: 'off',
  io_method: 'sync',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  min_wal_size: '48MB',
  max_logical_replication_workers: '0',
  max_worker_processes: '4',
  autovacuum_worker_slots: '3',
  autovacuum_max_workers: '2',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
};

/**
 * Makes sure that a server runs on the cluster: adopts a live one (also one that is just starting), waits for one that
 * is stopping, else starts one, which recovers by itself after a crash. Throws `start_failed`, `disk_full`.
 */
export async function ensurePostmaster(options: PostmasterOptions): Promise<RunningPostmaster> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    const lock = await readLockFile(options.location.cluster);
    const state = lock ? await lockHolder(lock, options.location.cluster) : 'gone';
    if (lock && state === 'postmaster') {
      if (lock.status === 'ready') return address(lock, true);
      await delay(pollIntervalMs);
      continue;
    }
    if (lock) await removeStaleLocks(options.location, lock);
    const started = await startPostmaster(options, deadline);
    if (started) return started;
    await delay(pollIntervalMs);
  }
  throw new EmbeddedDatabaseError(
    'start_failed',
    `PostgreSQL did not get ready within ${startTimeoutMs / 1000} s. Its log is ${options.location.logFile}.`,
  );
}

/**
 * PostgreSQL takes any process of the number in its two lock files for a server: after a reboot that may be an
 * unrelated one, and in a container whose first process collects nobody the killed server itself stays in the list
 * for ever. Left-over backends still keep a new server out: it finds their shared memory without the files.
 */
async function removeStaleLocks(location: Location, lock: LockFile): Promise<void> {
  if (processExists(lock.pid)) {
    if (lock.socketFolder)
      await rm(path.join(lock.socketFolder, `.s.PGSQL.${lock.port}.lock`), { force: true });
    await rm(path.join(location.cluster, 'postmaster.pid'), { force: true });
  }
  await removeSocketFolder(location, lock.socketFolder);
}

function address(lock: LockFile, adopted: boolean): RunningPostmaster {
  return { pid: lock.pid, host: lock.socketFolder || lock.listenAddress, port: lock.port, adopted };
}

async function readLockFile(cluster: string): Promise<LockFile | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const [pid, , , port, socketFolder, listenAddress, , status] = text.split('\n').map((line) => line.trim());
  if (!pid) return undefined;
  return {
    pid: Number(pid),
    port: Number(port ?? 0),
    socketFolder: socketFolder ?? '',
    listenAddress: listenAddress ?? '',
    status: status ?? 'starting',
  };
}

async function lockHolder(lock: LockFile, cluster: string): Promise<'gone' | 'postmaster' | 'stranger'> {
  if (!isAlive(lock.pid)) return 'gone';
  if (process.platform !== 'linux') return 'postmaster';
  try {
    // A postmaster's working folder is its cluster.
    return (await readlink(`/proc/${lock.pid}/cwd`)) === (await realpath(cluster))
      ? 'postmaster'
      : 'stranger';
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT' ? 'gone' : 'stranger';
  }
}

/** An ended process that its parent has not collected yet has no working folder any more. */
export function isAlive(pid: number): boolean {
  if (!processExists(pid) || process.platform !== 'linux') return processExists(pid);
  try {
    readlinkSync(`/proc/${pid}/cwd`);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ENOENT';
  }
}

/** Starts a server and waits until it is ready; undefined when another process's server was faster or lingers. */
async function startPostmaster(
  options: PostmasterOptions,
  deadline: number,
): Promise<RunningPostmaster | undefined> {
  const { location, account } = options;
  const socket = process.platform === 'win32' ? undefined : await prepareSocketFolder(location, account);
  const logStart = await rotateLog(location.logFile);
  const child = await spawnPostmaster(options, await networkSettings(socket?.folder));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running && Date.now() < deadline) {
    const lock = await readLockFile(location.cluster);
    if (lock && lock.pid === child.pid && lock.status === 'ready') return address(lock, false);
    await Promise.race([ended, delay(pollIntervalMs)]);
  }
  if (running) child.kill('SIGQUIT');
  await ended;
  if (socket) await removeSocketFolder(location, socket.folder);
  throwUnlessTransient(location, await readFrom(location.logFile, logStart));
  return undefined;
}

async function networkSettings(socketFolder: string | undefined): Promise<Record<string, string>> {
  if (socketFolder) {
    return {
      listen_addresses: '',
      unix_socket_directories: socketFolder,
      unix_socket_permissions: '0700',
      port: String(socketPort),
    };
  }
  return { listen_addresses: '127.0.0.1', port: String(await freePort()) };
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = net.createServer().on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const bound = server.address();
    server.close(() =>
      bound && typeof bound === 'object' ? resolve(bound.port) : reject(new Error('no port')),
    );
  });
  return promise;
}

async function spawnPostmaster(
  options: PostmasterOptions,
  network: Record<string, string>,
): Promise<ChildProcess> {
  const settings = { ...defaultSettings, ...options.settings, ...network };
  const log = await open(options.location.logFile, 'a', 0o600);
  try {
    const child = spawn(
      options.binaries.postgres,
      [
        '-D',
        options.location.cluster,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      // Its own session: Ctrl-C in the terminal must reach us alone, which stop it after the last query.
      { ...processOptions(options.account), detached: true, stdio: ['ignore', log.fd, log.fd] },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child;
  } catch (error) {
    throw new EmbeddedDatabaseError(
      'start_failed',
      `PostgreSQL's program ${options.binaries.postgres} cannot be run (${systemErrorCode(error) ?? error}).`,
      error,
    );
  } finally {
    await log.close();
  }
}

/** Starts a new log when the old one is large; answers where the new lines begin. */
async function rotateLog(logFile: string): Promise<number> {
  const sizeBytes = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (sizeBytes <= largestLogBytes) return sizeBytes;
  await rename(logFile, `${logFile}.1`);
  return 0;
}

async function readFrom(file: string, offset: number): Promise<string> {
  const content = await readFile(file);
  return content.subarray(offset).toString('utf8');
}

/** Throws the reason why a server ended at its start, unless it only lost a race with another that starts or ends. */
function throwUnlessTransient(location: Location, log: string): void {
  if (/lock file "[^"]+" already exists|shared memory block .* is still in use/.test(log)) return;
  if (/No space left on device|Disk quota exceeded/.test(log)) throw diskFull(location.home);
  const reason = /(?:FATAL|PANIC): {2}(.*)/.exec(log)?.[1] ?? log.trim().split('\n').at(-1) ?? '';
  throw new EmbeddedDatabaseError(
    'start_failed',
    `PostgreSQL did not start: ${reason || 'it ended without a reason'}. Its log is ${location.logFile}.`,
  );
}

/**
 * Stops the server: fast shutdown (open transactions are rolled back, a checkpoint is written); after 15 s an immediate
 * one, after 20 s it is killed. The next start recovers in both cases.
 */
export async function stopPostmaster(location: Location, pid: number): Promise<void> {
  const lock = await readLockFile(location.cluster);
  const socketFolder = lock?.pid === pid ? lock.socketFolder : '';
  const escalation: [NodeJS.Signals, number][] = [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, waitMs] of escalation) {
    if (!isAlive(pid)) break;
    process.kill(pid, signal);
    const deadline = Date.now() + waitMs;
    while (isAlive(pid) && Date.now() < deadline) await delay(pollIntervalMs);
  }
  await removeSocketFolder(location, socketFolder);
}
