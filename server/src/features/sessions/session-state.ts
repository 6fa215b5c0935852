import { sql } from 'kysely';
import { createBoundedCache } from '../../platform/bounded-cache.ts';
import type { Database } from '../../platform/database/database.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor, Restriction, Role } from '../../platform/http/route.ts';
import { type AccountChanged, accountChangedTopic } from '../accounts/index.ts';

/** Published after the commit of whatever ends or alters sessions. */
export const sessionsChangedTopic = 'sessions.changed';
export interface SessionsChanged {
  session_ids: string[];
}

/** A live session as the guard needs it. The actors are made once, so that a request allocates nothing. */
export interface SessionState {
  sessionId: string;
  userId: string;
  role: Role;
  version: number;
  /** The earlier of the idle and the absolute limit. */
  expiresAtMs: number;
  /** The one thing the session may do; nothing is said where it may do everything. */
  restriction: Restriction | undefined;
  /** Last use of a full set of factors in this session; 0 when there was none. */
  steppedUpAtMs: number;
  /** Methods the person can answer a second-factor challenge with. */
  secondFactors: string[];
  cookieActor: Actor;
  bearerActor: Actor;
}

export interface SessionStates {
  /** From memory; `undefined` when it must be loaded. */
  peek(sessionId: string): SessionState | undefined;
  /** From the database, into memory; `undefined` when the session is dead. */
  load(sessionId: string): Promise<SessionState | undefined>;
  /** Calls back whenever a session may have died; returns the function that ends the watch. */
  onChange(listener: () => void): () => void;
  /** Sessions in use since the last call, for their time of last activity. */
  takeActive(): string[];
  /** How many sessions are in memory. */
  readonly size: number;
  close(): void;
}

/** Safety net: a notification that never came lets a dead session live this long at most. */
const maxStaleMs = 10_000;
const maxCached = 50_000;
// The transport's own topic; it is published when notifications may have been missed.
const busReconnectedTopic = 'bus.reconnected';

interface Row {
  session_id: string;
  user_id: string;
  role: Role;
  session_version: number;
  expires_at: Date;
  restriction: Restriction | null;
  stepped_up_at: Date | null;
  second_factors: string[];
}

/**
 * State of sessions in memory, dropped over the bus the moment it changes in any process (S19). Loading asks once per
 * session however many requests wait for it.
 */
export function createSessionStates(options: {
  db: Database;
  bus: EventBus;
  now: () => number;
}): SessionStates {
  const { db, bus, now } = options;
  const states = createBoundedCache<SessionState>(maxCached, { ttl: maxStaleMs, perf: { now } });
  const loading = new Map<string, Promise<SessionState | undefined>>();
  const listeners = new Set<() => void>();
  let active = new Set<string>();
  // Grows with each invalidation: what was read before it must not be remembered after it.
  let epoch = 0;

  const invalidate = (drop: () => void): void => {
    epoch += 1;
    loading.clear();
    drop();
    for (const listener of listeners) listener();
  };
  const subscriptions = [
    bus.subscribe(sessionsChangedTopic, ({ session_ids }: SessionsChanged) =>
      invalidate(() => {
        for (const id of session_ids) states.delete(id);
      }),
    ),
    bus.subscribe(accountChangedTopic, ({ user_id }: AccountChanged) =>
      invalidate(() => {
        for (const [id, state] of states) if (state.userId === user_id) states.delete(id);
      }),
    ),
    bus.subscribe(busReconnectedTopic, () => invalidate(() => states.clear())),
  ];
  const read = async (sessionId: string): Promise<SessionState | undefined> => {
    const startedIn = epoch;
    const state = await readState(db, sessionId);
    if (!state) return undefined;
    // A session in use is loaded every few seconds, so noting it here costs a request nothing.
    active.add(sessionId);
    if (startedIn === epoch) states.set(sessionId, state);
    return state;
  };

  return {
    peek: (sessionId) => states.get(sessionId),
    load(sessionId) {
      const running = loading.get(sessionId);
      if (running) return running;
      const work = read(sessionId).finally(() => {
        if (loading.get(sessionId) === work) loading.delete(sessionId);
      });
      loading.set(sessionId, work);
      return work;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get size() {
      return states.size;
    },
    takeActive() {
      const taken = [...active];
      active = new Set();
      return taken;
    },
    close() {
      for (const end of subscriptions) end();
    },
  };
}

async function readState(db: Database, sessionId: string): Promise<SessionState | undefined> {
  const { rows } = await sql<Row>`
    select s.id as session_id, s.user_id, u.role, u.session_version, least(s.expires_at, s.idle_expires_at) as expires_at,
      s.restriction, s.stepped_up_at, u.second_factors
    from sessions s join users u on u.id = s.user_id
    where s.id = ${sessionId} and s.ended_at is null and s.user_version = u.session_version and u.status = 'active'
      and s.expires_at > now() and s.idle_expires_at > now()`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  const actor = { userId: row.user_id, role: row.role, sessionId: row.session_id };
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    role: row.role,
    version: row.session_version,
    expiresAtMs: row.expires_at.getTime(),
    restriction: row.restriction ?? undefined,
    steppedUpAtMs: row.stepped_up_at?.getTime() ?? 0,
    secondFactors: row.second_factors,
    cookieActor: Object.freeze({ ...actor, via: 'cookie' as const }),
    bearerActor: Object.freeze({ ...actor, via: 'bearer' as const }),
  };
}
