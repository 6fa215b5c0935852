import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { composeIdentity, type Deadlines, type IdentityStandIns, type Operator } from './compose-identity.ts';
import { composeWork } from './compose-work.ts';
import type { Config } from './config.ts';
import { ownsConversation } from './features/conversations/index.ts';
import { createDocumentsFeature } from './features/documents/index.ts';
import type { PublicLinks } from './features/mail/index.ts';
import { createMetricsFeature, type ProcessFigures } from './features/metrics/index.ts';
import { createModelsFeature } from './features/models/index.ts';
import { createPrivacyFeature } from './features/privacy/index.ts';
import { createRealTimeFeature, type RealTimeFeature } from './features/real-time/index.ts';
import { createGatewayEmbedder, createRetrievalFeature } from './features/retrieval/index.ts';
import { createKeyHolders, createSecretsService, type SecretsService } from './features/secrets/index.ts';
import { createHealthService, feedRoutes, healthRoutes, type RedisStatus } from './features/system/index.ts';
import { createKeyRing, type KeyRing } from './platform/crypto/key-ring.ts';
import type { SealedColumn } from './platform/crypto/sealed-columns.ts';
import type { Secret } from './platform/crypto/secret.ts';
import { createSecretBox } from './platform/crypto/secret-box.ts';
import { openDatabase } from './platform/database/database.ts';
import { migrateToLatest } from './platform/database/migrate.ts';
import { createSchemaGuard } from './platform/database/schema-guard.ts';
import { createDurableEngine } from './platform/durable/dbos-engine.ts';
import { type BusTransport, createEventBus } from './platform/events/event-bus.ts';
import { createEventLog } from './platform/events/event-log.ts';
import { createJointBusTransport } from './platform/events/joint-bus-transport.ts';
import { createPostgresBusTransport } from './platform/events/postgres-bus-transport.ts';
import { createUserFeed } from './platform/events/user-feed.ts';
import type { Feature } from './platform/feature.ts';
import { createGeo, type Geo } from './platform/geo/geo.ts';
import { registerApiDocs } from './platform/http/api-docs.ts';
import type { RequestGuard } from './platform/http/guard.ts';
import { openapiRoutes, registerOpenapiGenerator } from './platform/http/openapi.ts';
import type { Route } from './platform/http/route.ts';
import { createHttpServer } from './platform/http/server.ts';
import { registerWebApp } from './platform/http/web-app.ts';
import { createOutboundDoor } from './platform/outbound-http/index.ts';
import type { PersonalData } from './platform/personal-data.ts';
import type { Platform } from './platform/platform.ts';
import type { Logger } from './platform/telemetry/logger.ts';
import { createRequestMetrics } from './platform/telemetry/request-metrics.ts';
import { version } from './version.ts';

export type ProcessRole = 'all' | 'api' | 'worker';

export interface ApplicationOptions {
  role: ProcessRole;
  log: Logger;
  /** The pool's URL (may be a pooler's) and the direct one for LISTEN, locks, migrations and the durable engine. */
  connection: { url: string; directUrl: string };
  /** Newest first. */
  masterSecrets: Secret[];
  /** The only process on the database (embedded mode): nothing needs to travel to others. */
  alone: boolean;
  /** Adds the OpenAPI generator; only the `openapi` command and its test ask for it. */
  withOpenapiGenerator?: boolean;
  /** Tests put their own guard in place of sign-in, or their own parts into it. */
  guard?: RequestGuard;
  identity?: IdentityStandIns;
  deadlines?: Deadlines;
  /** Tests say themselves which country an address is in. */
  geo?: Geo;
}

export interface Application {
  app: FastifyInstance;
  /** Undefined until the identity features are composed. */
  operator: Operator | undefined;
  /** Rotation of the master secret. */
  secrets: SecretsService;
  /** What the features keep sealed. */
  sealed: SealedColumn[];
  /** What the features keep about people. */
  personal: PersonalData[];
  platform: Platform;
  routes: Route[];
  /** Migrates (when configured), checks the schema, launches the engine, starts the features. */
  start(): Promise<void>;
  /** Listens and returns the address as a URL. */
  listen(): Promise<string>;
  /** Refuses new requests, lets running ones and steps finish within the bound, then closes everything. */
  close(): Promise<void>;
}

const drainMs = 5_000;
/**
 * The embedded database is a millisecond away, and each of its idle processes holds memory of this machine, so spare
 * connections to it are given up soon.
 */
const embeddedIdleTimeoutMs = 1_500;

/** Wires the whole program by hand. Connects to nothing until `start`. */
export async function createApplication(config: Config, options: ApplicationOptions): Promise<Application> {
  const { log } = options;
  const database = openDatabase({
    connectionString: options.connection.url,
    maxConnections: config.database.poolSize,
    statementTimeoutMs: config.database.statementTimeoutMs,
    connectTimeoutMs: options.deadlines?.connectMs,
    ...(options.alone ? { idleTimeoutMs: embeddedIdleTimeoutMs } : {}),
    onPoolError: (error) => log.warn({ err: error }, 'idle database connection failed'),
  });
  const keys = createKeyRing(options.masterSecrets);
  const { transport, redisStatus } = await createBusTransport(config, options, database.pool, keys);
  const bus = createEventBus({
    ...(transport ? { transport } : {}),
    onListenerError: (error, topic) => log.error({ err: error, topic }, 'bus listener failed'),
  });
  const engine = createDurableEngine({
    db: database.db,
    directUrl: options.connection.directUrl,
    bus,
    log,
    alone: options.alone,
    ...(options.alone ? { idleTimeoutMs: embeddedIdleTimeoutMs } : {}),
  });
  const platform: Platform = {
    db: database.db,
    engine,
    bus,
    eventLog: createEventLog({ db: database.db, bus }),
    userFeed: createUserFeed(bus),
    geo:
      options.geo ??
      createGeo({
        databaseFile: config.countryDatabase,
        onUnreadable: (error) => log.error({ err: error }, 'the country database could not be read'),
      }),
    keys,
    secretBox: createSecretBox(keys),
    log,
    clock: () => new Date(),
  };
  const schema = createSchemaGuard(database.db);
  const health = createHealthService({
    db: database.db,
    schema,
    version,
    ...(redisStatus ? { redisStatus } : {}),
  });
  const composed = composeFeatures(config, platform, options);
  const { guard, features, operator, links, realTime } = composed;
  // First to start and last to stop: which key signs is decided before anything is signed.
  features.unshift(createKeyHolders({ ...platform, alone: options.alone }));
  const sealed = features.flatMap((feature) => feature.sealed ?? []);
  const personal = features.flatMap((feature) => feature.personal ?? []);
  const requests = createRequestMetrics();
  features.push(
    createMetricsFeature({
      ...platform,
      figures: { ...composed.figures, requests, pool: () => poolUse(database.pool) },
      trustsProxies: config.http.trustedProxies.length > 0,
      token: config.metricsToken,
    }),
  );
  const routes = [
    ...healthRoutes(health),
    ...openapiRoutes(),
    ...feedRoutes(platform.userFeed),
    ...features.flatMap((feature) => feature.routes),
  ];
  engine.register(features.flatMap((feature) => feature.workflows ?? []));

  const http = await createHttpServer({
    log,
    guard,
    routes,
    secure: config.http.secure,
    trustedProxies: config.http.trustedProxies,
    maxConcurrentRequests: config.http.maxConcurrentRequests,
    maxLoopDelayMs: options.deadlines?.loopDelayMs,
    maxFileBytes: config.documents.maxFileBytes,
    maxFilesPerRequest: config.documents.maxFilesPerRequest,
    requests,
    configure: async (app) => {
      if (options.withOpenapiGenerator) await registerOpenapiGenerator(app, version);
      for (const feature of features) feature.attach?.(app);
      await registerApiDocs(app, config.http.secure);
      return registerWebApp(app, { secure: config.http.secure });
    },
  });

  return {
    app: http.app,
    operator,
    sealed,
    personal,
    secrets: createSecretsService({
      ...platform,
      sealed,
      tokenSeconds: Math.max(config.identity.accessTokenSeconds, config.identity.csrfSeconds),
      now: () => platform.clock().getTime(),
    }),
    platform,
    routes,
    async start() {
      if (config.database.migrateOnStart)
        await migrateToLatest({ connectionString: options.connection.directUrl });
      const drift = await schema.check();
      if (drift.length > 0) log.error({ drift: drift.slice(0, 10) }, 'schema_out_of_date');
      await transport?.start();
      for (const feature of features) await feature.start?.();
      if (options.role !== 'api') await engine.launch();
    },
    async listen() {
      await http.app.listen({ host: config.http.host, port: config.http.port });
      const address = http.app.server.address() as AddressInfo;
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      const listening = `http://${host}:${address.port}`;
      links.listensAt(listening);
      for (const feature of features) await feature.listen?.(http.app);
      return listening;
    },
    async close() {
      http.beginShutdown();
      await realTime.sendAway();
      await http.app.close();
      await engine.stop(drainMs);
      for (const feature of features.toReversed()) await feature.stop?.();
      await transport?.close();
      await database.close();
    },
  };
}

interface MessageCarrier {
  transport: (BusTransport & { start(): Promise<void>; close(): Promise<void> }) | undefined;
  redisStatus?: () => RedisStatus;
}

/** How messages travel to other processes: by PostgreSQL, by Redis beside it, or not at all where there are none. */
async function createBusTransport(
  config: Config,
  { alone, connection, log }: ApplicationOptions,
  pool: Pool,
  keys: KeyRing,
): Promise<MessageCarrier> {
  const processId = randomUUID();
  const postgres = alone
    ? undefined
    : createPostgresBusTransport({ pool, directUrl: connection.directUrl, processId, log });
  if (!config.redisUrl) return { transport: postgres };
  // Its library is as large as all of ours: only who uses it holds it.
  const { createRedisBusTransport } = await import('./platform/events/redis-bus-transport.ts');
  const redis = createRedisBusTransport({ url: config.redisUrl, processId, keys, log });
  const transport = createJointBusTransport({ postgres, redis, log });
  return { transport, redisStatus: () => transport.redisStatus };
}

function poolUse({ totalCount, idleCount, waitingCount }: Pool): ReturnType<ProcessFigures['pool']> {
  return { total: totalCount, idle: idleCount, waiting: waitingCount };
}

/** One block per feature; a feature that needs another is given what it needs here. */
function composeFeatures(
  config: Config,
  platform: Platform,
  standIns: Pick<ApplicationOptions, 'guard' | 'identity' | 'alone' | 'deadlines'>,
): {
  guard: RequestGuard;
  features: Feature[];
  operator?: Operator;
  links: PublicLinks;
  realTime: RealTimeFeature;
  figures: Omit<ProcessFigures, 'requests' | 'pool'>;
} {
  const features: Feature[] = [];

  // identity
  const door = createOutboundDoor({ userAgent: `ai-workflow-engine/${version}` });
  const identity = composeIdentity(config, platform, door, standIns.identity, standIns.deadlines);
  features.push(...identity.features);

  // models
  const models = createModelsFeature(platform, {
    door,
    limits: config.models,
    ownsConversation: (userId, conversationId) => ownsConversation(platform.db, userId, conversationId),
  });
  features.push(models);

  // documents and retrieval
  const guard = standIns.guard ?? identity.guard;
  const embedder = createGatewayEmbedder(models.gateway);
  const retrieval = createRetrievalFeature({ platform, embedder });
  const documents = createDocumentsFeature({
    platform,
    indexer: retrieval.indexer,
    options: { directory: path.join(config.dataDir, 'files'), ...config.documents },
    confirm: async (request, reply) => {
      const { route } = request.routeOptions.config as { route?: Route };
      if (route) await guard.admit(request, route, reply);
    },
  });
  features.push(documents, retrieval);
  identity.accounts.onAccountCreated(async ({ id }) => {
    await documents.addSamples(id);
  });
  features.push({ routes: [], stop: () => identity.accounts.settle() });

  // conversations, workflows and what both work with
  const work = composeWork(config, platform, identity, { door, models, documents, retrieval });
  features.push(...work.features);

  // what people follow over WebSockets
  const realTime = createRealTimeFeature({
    ...platform,
    challenges: identity.challenges,
    states: identity.states,
    site: identity.site,
    accessTokenSeconds: config.identity.accessTokenSeconds,
    limits: { perPerson: config.identity.maxSocketsPerUser },
    alone: standIns.alone,
    sources: [...work.streams, models.streams],
  });
  features.push(realTime);

  // privacy: whatever the features above keep about people
  features.push(
    createPrivacyFeature({
      ...identity.privacy,
      platform,
      personal: features.flatMap((feature) => feature.personal ?? []),
      directory: path.join(config.dataDir, 'exports'),
    }),
  );

  const { operator, links, figures } = identity;
  return { guard, features, operator, links, realTime, figures };
}
