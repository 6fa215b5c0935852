import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { createChallenges } from '../../src/features/challenges/index.ts';
import { createRealTimeFeature, type RealTimeFeature } from '../../src/features/real-time/index.ts';
import type { SocketLimits } from '../../src/features/real-time/socket-limits.ts';
import type { SessionState, SessionStates } from '../../src/features/sessions/index.ts';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import { createEventBus, type EventBus } from '../../src/platform/events/event-bus.ts';
import { createEventLog, type EventLog } from '../../src/platform/events/event-log.ts';
import type { StreamSource } from '../../src/platform/events/stream-source.ts';
import { createUserFeed, type UserFeed } from '../../src/platform/events/user-feed.ts';
import type { RequestGuard } from '../../src/platform/http/guard.ts';
import { createHttpServer } from '../../src/platform/http/server.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createTestDatabase } from '../test-database.ts';
import { TestSocket } from './test-socket.ts';

/** The sockets alone: on a real database, with sessions and a clock that tests hold in their hands. */
export interface SocketWorld {
  url: string;
  db: Database;
  bus: EventBus;
  eventLog: EventLog;
  userFeed: UserFeed;
  realTime: RealTimeFeature;
  /** Sessions that live, by id. */
  live: Map<string, SessionState>;
  /** Lets time pass at once, and does what is due. */
  pass(milliseconds: number): void;
  person(): Promise<{ userId: string; sessionId: string }>;
  /** A connection that is known by its cookie, and ready. */
  open(userId: string, channel?: string): Promise<TestSocket>;
  stop(): Promise<void>;
}

export interface SocketWorldOptions {
  limits?: Partial<SocketLimits>;
  sources?: (eventLog: EventLog) => StreamSource[];
}

/** Streams of the event log, for their owner. */
const ownStreams = (eventLog: EventLog): StreamSource => ({
  channel: 'chat',
  async follow(actor, streamId, afterSeq, signal) {
    const stream = await eventLog.find(streamId);
    return stream?.ownerId === actor.userId ? eventLog.follow(streamId, afterSeq, signal) : undefined;
  },
});

export async function createSocketWorld(options: SocketWorldOptions = {}): Promise<SocketWorld> {
  const database = await createTestDatabase();
  const log = createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const handle = openDatabase({
    connectionString: database.connectionString,
    maxConnections: 10,
    connectTimeoutMs: 60_000,
    statementTimeoutMs: 30_000,
    onPoolError: (error) => log.warn({ err: error }, 'pool'),
  });
  const { db } = handle;
  const bus = createEventBus({ onListenerError: (error) => log.error({ err: error }, 'listener') });
  const eventLog = createEventLog({ db, bus });
  const userFeed = createUserFeed(bus);
  const live = new Map<string, SessionState>();
  let aheadMs = 0;
  const realTime = createRealTimeFeature({
    db,
    bus,
    userFeed,
    log,
    challenges: createChallenges({ db, log }).store,
    states: statesOf(live),
    site: { publicUrl: undefined },
    clock: () => new Date(Date.now() + aheadMs),
    accessTokenSeconds: 3_600,
    alone: false,
    sources: (options.sources ?? ((source) => [ownStreams(source)]))(eventLog),
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const http = await createHttpServer({
    log,
    guard: guardOf(live),
    routes: realTime.routes,
    secure: false,
    trustedProxies: [],
    maxConcurrentRequests: 500,
    maxLoopDelayMs: 60_000,
    maxFileBytes: 1_000,
    maxFilesPerRequest: 1,
  });
  await realTime.start?.();
  const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    db,
    bus,
    eventLog,
    userFeed,
    realTime,
    live,
    pass(milliseconds) {
      aheadMs += milliseconds;
      realTime.hub.tick();
    },
    person: () => storePerson(db, live),
    async open(userId, channel = 'chat') {
      const sessionId = [...live.values()].find((state) => state.userId === userId)?.sessionId ?? '';
      const socket = await TestSocket.open({ url, channel, headers: { 'x-test-session': sessionId } });
      await socket.ofType('ready');
      return socket;
    },
    async stop() {
      http.beginShutdown();
      await realTime.sendAway();
      await http.app.close();
      await realTime.stop?.();
      await handle.close();
      await database.drop();
    },
  };
}

function statesOf(live: Map<string, SessionState>): SessionStates {
  return {
    peek: () => undefined,
    load: async (sessionId) => live.get(sessionId),
    onChange: () => () => undefined,
    takeActive: () => [],
    size: 0,
    close: () => undefined,
  };
}

function guardOf(live: Map<string, SessionState>): RequestGuard {
  return { admit: (request) => live.get(String(request.headers['x-test-session']))?.cookieActor };
}

async function storePerson(db: Database, live: Map<string, SessionState>) {
  const userId = uuidv7();
  const email = `${userId}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${userId}, ${email}, ${email}, 'Test Person', 'user', 'active')`.execute(db);
  const sessionId = uuidv7();
  const actor = { userId, role: 'user', sessionId } as const;
  live.set(sessionId, {
    sessionId,
    userId,
    role: 'user',
    version: 1,
    expiresAtMs: Number.POSITIVE_INFINITY,
    restriction: undefined,
    steppedUpAtMs: 0,
    secondFactors: [],
    cookieActor: { ...actor, via: 'cookie' },
    bearerActor: { ...actor, via: 'bearer' },
  });
  return { userId, sessionId };
}
