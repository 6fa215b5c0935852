import { setTimeout as delay } from 'node:timers/promises';
import { findServerAccount, processExists } from './account.ts';
import { prepareBinaries } from './binaries.ts';
import { databaseName, databaseRole, ensureCluster, ensurePassword, hasCluster } from './cluster.ts';
import { EmbeddedDatabaseError } from './embedded-errors.ts';
import { findLocation, type Location, prepareLocation } from './location.ts';
import { type Occupancy, occupy } from './occupancy.ts';
import {
  ensurePostmaster,
  isAlive,
  type PostmasterOptions,
  type RunningPostmaster,
  stopPostmaster,
} from './postmaster.ts';

export interface EmbeddedDatabaseLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  log: EmbeddedDatabaseLog;
  /** `server` claims the data folder for one server; `command` works beside a server. */
  role: 'server' | 'command';
  /** Sentences for the person who starts the program: where the database went, and why. */
  notice?: (sentence: string) => void;
  /** Called when the database died and could not be brought back. */
  onLost?: (error: Error) => void;
  /** Server settings over the defaults. */
  settings?: Record<string, string>;
  /** False only for throw-away test databases. */
  syncToDisk?: boolean;
}

export interface EmbeddedDatabase {
  /** Through the Unix socket (loopback on Windows), with the generated password. */
  connectionString: string;
  /** True when the server ran already: another process uses it, or an earlier one was killed. */
  adopted: boolean;
  /** Where PostgreSQL keeps the data. */
  folder: string;
  /** Tells other processes the address of this server. */
  announce(url: string): Promise<void>;
  /** Stops the database when no other process uses it. */
  stop(): Promise<void>;
  /** Tells the database to stop and waits for nothing. */
  abandon(): void;
}

/** Longest wait for the connection of a killed server to end: it will, however slow the machine. */
const deadHolderWaitMs = 60_000;
const connectTimeoutMs = 120_000;
const restartsPerMinute = 3;

/**
 * Starts or adopts the PostgreSQL 18 of `dataDir`, durable, on a Unix socket; makes it at the first start. A database
 * that dies while in use is started again. Throws `EmbeddedDatabaseError` with a sentence for a person.
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const notice = options.notice ?? ((sentence: string) => options.log.info({}, sentence));
  const account = await findServerAccount();
  const location = await prepareLocation({ dataDir: options.dataDir, account, notice });
  const [binaries, password] = await Promise.all([
    prepareBinaries({ home: location.home, account, notice }),
    ensurePassword(options.dataDir),
  ]);
  await ensureCluster({
    location,
    binaries,
    account,
    password,
    syncToDisk: options.syncToDisk !== false,
  });
  const keeper = new DatabaseKeeper(
    { location, binaries, account, settings: options.settings ?? {} },
    password,
    options,
  );
  const running = await keeper.enter();
  return {
    connectionString: connectionString(running, password),
    adopted: running.adopted,
    folder: location.cluster,
    announce: (url) => keeper.announce(url),
    stop: () => keeper.stop(),
    abandon: () => keeper.abandon(),
  };
}

/** True when an embedded database was made for `dataDir` before. Throws `database_missing`, `data_folder_unusable`. */
export async function hasEmbeddedDatabase(dataDir: string): Promise<boolean> {
  return hasCluster(await findLocation(dataDir));
}

function connectionString(running: RunningPostmaster, password: string): string {
  const base = `postgresql://${databaseRole}:${password}`;
  // The host in the query wins; the one before it keeps this a well-formed URL.
  if (running.host.startsWith('/')) {
    return `${base}@localhost/${databaseName}?host=${encodeURIComponent(running.host)}&port=${running.port}`;
  }
  return `${base}@${running.host}:${running.port}/${databaseName}`;
}

/** Holds our place at the database, and brings the database back when it dies. */
class DatabaseKeeper {
  private readonly postmaster: PostmasterOptions;
  private readonly password: string;
  private readonly options: EmbeddedDatabaseOptions;
  private occupancy: Occupancy | undefined;
  private running: RunningPostmaster | undefined;
  private name: string;
  private stopping = false;
  private restarts: number[] = [];
  private recovery: Promise<void> = Promise.resolve();

  constructor(postmaster: PostmasterOptions, password: string, options: EmbeddedDatabaseOptions) {
    this.postmaster = postmaster;
    this.password = password;
    this.options = options;
    this.name = `aiwfe ${options.role} pid=${process.pid}`;
  }

  /** Gets a running server and our place at it; a server that stops under a newcomer is started again. */
  async enter(): Promise<RunningPostmaster> {
    const deadline = Date.now() + connectTimeoutMs;
    for (;;) {
      const running = await ensurePostmaster(this.postmaster);
      try {
        this.occupancy = await occupy(connectionString(running, this.password), this.name);
        this.running = running;
        if (this.options.role === 'server') await this.claim(this.occupancy);
      } catch (error) {
        if (error instanceof EmbeddedDatabaseError) throw error;
        if (isStopping(error) && Date.now() < deadline) continue;
        throw unusable(this.postmaster.location, error);
      }
      this.occupancy.onLost((error) => {
        this.recovery = this.recover(error);
      });
      return running;
    }
  }

  private async claim(occupancy: Occupancy): Promise<void> {
    const deadline = Date.now() + deadHolderWaitMs;
    for (;;) {
      const claim = await occupancy.claimServer(this.name);
      if (claim.claimed) return;
      const holderPid = Number(/pid=(\d+)/.exec(claim.holder)?.[1] ?? 0);
      // The connection of a killed server ends a moment after it.
      if ((!holderPid || !isAlive(holderPid)) && Date.now() < deadline) {
        await delay(20);
        continue;
      }
      await this.leave();
      throw alreadyRunning(this.options.dataDir, claim.holder);
    }
  }

  async announce(url: string): Promise<void> {
    this.name = `aiwfe ${this.options.role} pid=${process.pid} url=${url}`;
    await this.occupancy?.rename(this.name);
  }

  private async recover(cause: Error): Promise<void> {
    if (this.stopping) return;
    this.options.log.error({ err: cause }, 'The embedded database went away; starting it again');
    const minuteAgo = Date.now() - 60_000;
    this.restarts = [...this.restarts.filter((time) => time > minuteAgo), Date.now()];
    try {
      if (this.restarts.length > restartsPerMinute) throw unusable(this.postmaster.location, cause);
      const running = await this.enter();
      this.options.log.warn({ pid: running.pid }, 'The embedded database is back');
    } catch (error) {
      this.occupancy = undefined;
      if (!this.stopping) this.options.onLost?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  abandon(): void {
    this.stopping = true;
    if (this.running && processExists(this.running.pid)) process.kill(this.running.pid, 'SIGINT');
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.recovery;
    await this.leave();
  }

  /** Gives our place up, and stops the database where nobody else has one. Also in the middle of a recovery. */
  private async leave(): Promise<void> {
    const { occupancy, running } = this;
    this.occupancy = undefined;
    if (!occupancy || !running) return;
    let last: boolean;
    try {
      last = await occupancy.isLastUser();
    } catch (error) {
      this.options.log.warn({ err: error }, 'The embedded database went away before it was stopped');
      last = true;
    }
    // The place of the last one is kept until the database has ended: nobody may enter what is about to stop.
    occupancy.expectEnd();
    if (last) await stopPostmaster(this.postmaster.location, running.pid);
    await occupancy.close();
    // From here on it is other people's database, or none.
    this.running = undefined;
  }
}

function isStopping(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Shutting down, starting up, killed by the shutdown; no socket any more; closed while we waited.
  return (
    ['57P01', '57P03', '57P02', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code) ||
    (error instanceof Error && /Connection terminated/.test(error.message))
  );
}

function unusable(location: Location, error: unknown): EmbeddedDatabaseError {
  const reason = error instanceof Error ? error.message : String(error);
  return new EmbeddedDatabaseError(
    'start_failed',
    `The database in ${location.cluster} does not accept this program: ${reason}. Its log is ${location.logFile}.`,
    error,
  );
}

function alreadyRunning(dataDir: string, holder: string): EmbeddedDatabaseError {
  const pid = /pid=(\d+)/.exec(holder)?.[1];
  const url = /url=(\S+)/.exec(holder)?.[1];
  const who = pid ? ` (process ${pid}${url ? `, ${url}` : ', still starting'})` : '';
  return new EmbeddedDatabaseError(
    'already_running',
    `Another server already uses the data folder ${dataDir}${who}. ` +
      'Stop it, or set AIWFE_DATA_DIR to another folder.',
  );
}
