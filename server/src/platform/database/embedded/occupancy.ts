import pg from 'pg';

/**
 * Who uses a data folder, kept in PostgreSQL's advisory locks on one connection per process, so that a killed process
 * leaves nothing stale behind:
 * - every process holds `inUse` shared; whoever gets it exclusively is the last one and stops the database;
 * - a server also holds `server`, so that there is one per data folder; its name on the connection says who.
 */
const inUseKey = 2_618_033_988_001;
const serverKey = 2_618_033_988_002;

export interface Occupancy {
  /** Claims the one server place; answers the holder's name when it is taken. */
  claimServer(name: string): Promise<{ claimed: true } | { claimed: false; holder: string }>;
  /** Changes the name that others see. */
  rename(name: string): Promise<void>;
  /** True when nobody else uses the database; from then on newcomers wait until it has stopped. */
  isLastUser(): Promise<boolean>;
  /** Called once when the connection breaks other than by `close` or after `expectEnd`. */
  onLost(listener: (error: Error) => void): void;
  /** From now on the end of the connection is nobody's loss. */
  expectEnd(): void;
  close(): Promise<void>;
}

/** Connects and enters as a user; rejects when the server is stopping or not there. */
export async function occupy(connectionString: string, name: string): Promise<Occupancy> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, application_name: name });
  let closing = false;
  let lost: Error | undefined;
  let listener: ((error: Error) => void) | undefined;
  const report = (error: Error) => {
    if (closing || lost) return;
    lost = error;
    listener?.(error);
  };
  client.on('error', report);
  client.on('end', () => report(new Error('The connection to the database ended.')));
  await client.connect();
  try {
    await client.query('select pg_advisory_lock_shared($1)', [inUseKey]);
  } catch (error) {
    closing = true;
    await client.end();
    throw error;
  }
  return {
    claimServer: (serverName) => claimServer(client, serverName),
    rename: (serverName) => setName(client, serverName),
    isLastUser: () => isLastUser(client),
    onLost(newListener) {
      listener = newListener;
      if (lost) newListener(lost);
    },
    expectEnd() {
      closing = true;
    },
    async close() {
      closing = true;
      await client.end();
    },
  };
}

async function setName(client: pg.Client, name: string): Promise<void> {
  await client.query("select set_config('application_name', $1, false)", [name]);
}

async function claimServer(
  client: pg.Client,
  name: string,
): Promise<{ claimed: true } | { claimed: false; holder: string }> {
  const { rows } = await client.query<{ claimed: boolean }>('select pg_try_advisory_lock($1) as claimed', [
    serverKey,
  ]);
  if (rows[0]?.claimed) {
    await setName(client, name);
    return { claimed: true };
  }
  // A bigint key is stored as its two halves.
  const holders = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and (l.classid::bigint << 32) | l.objid::bigint = $1::bigint`,
    [serverKey],
  );
  return { claimed: false, holder: holders.rows[0]?.application_name ?? '' };
}

async function isLastUser(client: pg.Client): Promise<boolean> {
  await client.query('select pg_advisory_unlock_shared($1)', [inUseKey]);
  const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [
    inUseKey,
  ]);
  return rows[0]?.last === true;
}
