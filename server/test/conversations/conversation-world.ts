import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import {
  createChatModels,
  createConversationsFeature,
  type ExtractiveAnswers,
  type PassageSearch,
  type WebSearch,
} from '../../src/features/conversations/index.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { createDurableEngine, type DurableEngine } from '../../src/platform/durable/dbos-engine.ts';
import { defineError } from '../../src/platform/errors.ts';
import { createEventBus } from '../../src/platform/events/event-bus.ts';
import { createEventLog, type EventLog } from '../../src/platform/events/event-log.ts';
import { createPostgresBusTransport } from '../../src/platform/events/postgres-bus-transport.ts';
import { createUserFeed, type UserFeed } from '../../src/platform/events/user-feed.ts';
import type { RequestGuard } from '../../src/platform/http/guard.ts';
import { createHttpServer, type HttpServer } from '../../src/platform/http/server.ts';
import { createModelGateway, type ModelChoice } from '../../src/platform/models/index.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';
import { createLogger } from '../../src/platform/telemetry/logger.ts';
import { createFakePassages, fakeExtracts, noModes, noWebSearch } from './fake-passages.ts';

/** The id under which the fake model server is known as a provider. */
export const peerProviderId = '01900000-0000-7000-8000-00000000feed';
export const peerModel = 'tiny-chat:latest';

export interface ConversationWorldOptions {
  connectionString: string;
  /** The fake model server; without it no model is connected. */
  peerUrl?: string;
  /** Gives titles too; without it titles stay the questions' first words. */
  titles?: boolean;
  role?: 'all' | 'api' | 'worker';
  /** No other process is on the database: nothing travels to others. */
  alone?: boolean;
  /** Every other executor is known to be dead, so that its runs are resumed at once; as `alone` without it. */
  soleExecutor?: boolean;
  passages?: PassageSearch;
  extracts?: ExtractiveAnswers;
  web?: WebSearch;
}

export interface ConversationWorld {
  app: FastifyInstance;
  http: HttpServer;
  db: Database;
  engine: DurableEngine;
  eventLog: EventLog;
  userFeed: UserFeed;
  person(): Promise<{ userId: string; headers: Record<string, string> }>;
  listen(): Promise<string>;
  stop(): Promise<void>;
}

const NoPerson = defineError('auth.session_required', 401, 'Sign in first');

/** Who acts is what the header `x-test-person` says, with the person's id as session id. */
const testGuard: RequestGuard = {
  admit(request, route) {
    const userId = request.headers['x-test-person'];
    if (typeof userId === 'string') return { userId, role: 'user', sessionId: userId, via: 'bearer' };
    if (route.access === 'public') return undefined;
    throw NoPerson.with();
  },
};

/** The conversations feature on a real database, with the real gateway to a fake model server. One per process. */
export async function createConversationWorld(options: ConversationWorldOptions): Promise<ConversationWorld> {
  const log = createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const database = openDatabase({
    connectionString: options.connectionString,
    maxConnections: 10,
    connectTimeoutMs: 60_000,
    statementTimeoutMs: 30_000,
    onPoolError: (error) => log.warn({ err: error }, 'pool'),
  });
  const alone = options.alone ?? true;
  const directUrl = options.connectionString;
  const transport = alone
    ? undefined
    : createPostgresBusTransport({ pool: database.pool, directUrl, processId: randomUUID(), log });
  const bus = createEventBus({
    ...(transport ? { transport } : {}),
    onListenerError: (error) => log.error({ err: error }, 'listener'),
  });
  const { db } = database;
  const engine = createDurableEngine({ db, directUrl, bus, log, alone: options.soleExecutor ?? alone });
  const eventLog = createEventLog({ db, bus });
  const userFeed = createUserFeed(bus);
  const door = createOutboundDoor({ userAgent: 'test' });
  const feature = createConversationsFeature({
    platform: { db, engine, eventLog, userFeed, log, clock: () => new Date() },
    models: createChatModels(peerGateway(door, options)),
    passages: options.passages ?? createFakePassages([]),
    extracts: options.extracts ?? fakeExtracts,
    web: options.web ?? noWebSearch,
    modes: noModes,
  });
  engine.register(feature.workflows ?? []);
  const http = await createHttpServer({
    log,
    guard: testGuard,
    routes: feature.routes,
    secure: false,
    trustedProxies: [],
    maxConcurrentRequests: 500,
    maxLoopDelayMs: 60_000,
    maxFileBytes: 1_000,
    maxFilesPerRequest: 1,
  });
  await transport?.start();
  await feature.start?.();
  if (options.role !== 'api') await engine.launch();
  return {
    app: http.app,
    http,
    db,
    engine,
    eventLog,
    userFeed,
    person: () => storePerson(db),
    listen: () => http.app.listen({ host: '127.0.0.1', port: 0 }),
    async stop() {
      http.beginShutdown();
      await http.app.close();
      await engine.stop(5_000);
      await feature.stop?.();
      await transport?.close();
      await door.close();
      await database.close();
    },
  };
}

function peerGateway(
  door: ReturnType<typeof createOutboundDoor>,
  { peerUrl, titles }: ConversationWorldOptions,
) {
  const provider = {
    id: peerProviderId,
    kind: 'ollama' as const,
    name: 'Peer',
    baseUrl: peerUrl ?? 'http://127.0.0.1:9',
    allowLocal: true,
    enabled: true,
    apiKey: null,
  };
  const assigned: ModelChoice = { providerId: peerProviderId, model: peerModel };
  const titleModel: ModelChoice = titles ? assigned : { providerId: 'builtin', model: 'extractive' };
  return createModelGateway({
    door,
    limits: { firstTokenTimeoutMs: 180_000, idleTimeoutMs: 180_000 },
    directory: {
      findProvider: async (id) => (id === provider.id ? provider : undefined),
      listProviders: async () => [provider],
      findAssignment: async (slot) => {
        if (peerUrl === undefined) return undefined;
        return slot === 'title' ? titleModel : assigned;
      },
    },
  });
}

async function storePerson(db: Database): Promise<{ userId: string; headers: Record<string, string> }> {
  const userId = uuidv7();
  const email = `${userId}@example.org`;
  await sql`insert into users (id, email, email_canonical, display_name, role, status)
    values (${userId}, ${email}, ${email}, 'Test Person', 'user', 'active')`.execute(db);
  return { userId, headers: { 'x-test-person': userId } };
}
