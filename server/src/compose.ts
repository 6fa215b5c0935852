import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { createAccountsService, createPasswordHasher } from './features/accounts/index.ts';
import { createAuditTrail } from './features/audit/index.ts';
import { createChatModels, createConversationsFeature } from './features/conversations/index.ts';
import { acceptedTypes, createDocumentsFeature } from './features/documents/index.ts';
import { createModelsFeature, type ModelsFeature } from './features/models/index.ts';
import { createProfileService, profileRoutes } from './features/profile/index.ts';
import {
  createGatewayEmbedder,
  createRetrievalFeature,
  type RetrievalFeature,
} from './features/retrieval/index.ts';
import { createSessions } from './features/sessions/index.ts';
import { createSetupService, type PublicFacts, setupRoutes } from './features/setup/index.ts';
import { createSignInFeature } from './features/sign-in/index.ts';
import { createHealthService, feedRoutes, healthRoutes } from './features/system/index.ts';
import { createKeyRing } from './platform/crypto/key-ring.ts';
import type { Secret } from './platform/crypto/secret.ts';
import { createSecretBox } from './platform/crypto/secret-box.ts';
import { openDatabase } from './platform/database/database.ts';
import { migrateToLatest } from './platform/database/migrate.ts';
import { createSchemaGuard } from './platform/database/schema-guard.ts';
import { createDurableEngine } from './platform/durable/dbos-engine.ts';
import { createEventBus } from './platform/events/event-bus.ts';
import { createEventLog } from './platform/events/event-log.ts';
import { createPostgresBusTransport } from './platform/events/postgres-bus-transport.ts';
import { createUserFeed } from './platform/events/user-feed.ts';
import type { Feature } from './platform/feature.ts';
import { registerApiDocs } from './platform/http/api-docs.ts';
import type { RequestGuard } from './platform/http/guard.ts';
import { openapiRoutes, registerOpenapiGenerator } from './platform/http/openapi.ts';
import type { Role, Route } from './platform/http/route.ts';
import { createHttpServer } from './platform/http/server.ts';
import { registerWebApp } from './platform/http/web-app.ts';
import { createOutboundDoor } from './platform/outbound-http/index.ts';
import type { Platform } from './platform/platform.ts';
import type { Logger } from './platform/telemetry/logger.ts';
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
  /** Tests put their own guard in place of sign-in. */
  guard?: RequestGuard;
}

/** What whoever runs the server may do from the command line, without signing in. */
export interface Operator {
  /** Creates an active account. Throws the accounts feature's problems (`accounts.email_taken`, weak password …). */
  createUser(input: {
    email: string;
    role: Role;
    displayName: string;
    password: string;
  }): Promise<{ id: string; email: string }>;
  /** The code for creating the first account, `undefined` once there is one. */
  pendingSetupCode(): Promise<string | undefined>;
}

export interface Application {
  app: FastifyInstance;
  /** Undefined until the identity features are composed. */
  operator: Operator | undefined;
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
const embeddedIdleTimeoutMs = 3_000;

/** Wires the whole program by hand. Connects to nothing until `start`. */
export async function createApplication(config: Config, options: ApplicationOptions): Promise<Application> {
  const { log } = options;
  const database = openDatabase({
    connectionString: options.connection.url,
    maxConnections: config.database.poolSize,
    statementTimeoutMs: config.database.statementTimeoutMs,
    ...(options.alone ? { idleTimeoutMs: embeddedIdleTimeoutMs } : {}),
    onPoolError: (error) => log.warn({ err: error }, 'idle database connection failed'),
  });
  const transport = options.alone
    ? undefined
    : createPostgresBusTransport({
        pool: database.pool,
        directUrl: options.connection.directUrl,
        processId: randomUUID(),
        log,
      });
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
  const keys = createKeyRing(options.masterSecrets);
  const platform: Platform = {
    db: database.db,
    engine,
    bus,
    eventLog: createEventLog({ db: database.db, bus }),
    userFeed: createUserFeed(bus),
    keys,
    secretBox: createSecretBox(keys),
    log,
    clock: () => new Date(),
  };
  const schema = createSchemaGuard(database.db);
  const health = createHealthService({ db: database.db, schema, version });
  const { guard, features, operator } = composeFeatures(config, platform, options.guard);
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
    maxFileBytes: config.documents.maxFileBytes,
    maxFilesPerRequest: config.documents.maxFilesPerRequest,
    configure: async (app) => {
      if (options.withOpenapiGenerator) await registerOpenapiGenerator(app, version);
      await registerApiDocs(app, config.http.secure);
      return registerWebApp(app, { secure: config.http.secure });
    },
  });

  return {
    app: http.app,
    operator,
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
      return `http://${host}:${address.port}`;
    },
    async close() {
      http.beginShutdown();
      await http.app.close();
      await engine.stop(drainMs);
      for (const feature of features.toReversed()) await feature.stop?.();
      await transport?.close();
      await database.close();
    },
  };
}

/** One block per feature; a feature that needs another is given what it needs here. */
function composeFeatures(
  config: Config,
  platform: Platform,
  givenGuard: RequestGuard | undefined,
): { guard: RequestGuard; features: Feature[]; operator?: Operator } {
  const features: Feature[] = [];

  // identity
  const identity = composeIdentity(config, platform);
  features.push(...identity.features);

  // models
  const door = createOutboundDoor({ userAgent: `ai-workflow-engine/${version}` });
  const models = createModelsFeature(platform, { door, limits: config.models });
  features.push(models);

  // documents and retrieval
  const guard = givenGuard ?? identity.guard;
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

  // conversations
  features.push(composeConversations(platform, models, retrieval));

  return { guard, features, operator: identity.operator };
}

/** Conversations find passages and citations through retrieval, and ask models through the gateway. */
function composeConversations(
  platform: Platform,
  models: ModelsFeature,
  retrieval: RetrievalFeature,
): Feature {
  return createConversationsFeature({
    platform,
    models: createChatModels(models.gateway),
    passages: {
      async search({ ownerId, ...request }) {
        const found = await retrieval.service.search({ ...request, actor: { userId: ownerId } });
        return found.items;
      },
      citationsFromAnswer: ({ passages, ...request }) =>
        retrieval.citationsFromAnswer({ ...request, sources: passages }),
    },
    extracts: retrieval.extractive,
  });
}

/** Accounts, sign-in, sessions, profile, set-up, and the guard of all routes. */
function composeIdentity(config: Config, platform: Platform) {
  const { db, bus, keys, log, clock } = platform;
  const { http, identity } = config;
  const audit = createAuditTrail({ db, keys, log });
  const accounts = createAccountsService({ db, bus, audit, hasher: createPasswordHasher(), log });
  const site = { secure: http.secure, publicUrl: http.publicUrl, cookieDomain: http.cookieDomain };
  const sessions = createSessions({ db, bus, keys, log, clock, accounts, audit, limits: identity, site });
  const { service, delivery, cookies } = sessions;
  const { registration } = identity;
  const signIn = createSignInFeature({ db, keys, log, accounts, audit, sessions, registration });
  const setup = createSetupService({ db, keys, accounts, audit, throttle: signIn.throttle });
  const profiles = createProfileService({ db, bus });
  const facts: PublicFacts = {
    product: { name: 'AI Workflow Engine', version },
    environment: config.environment,
    registration,
    lifetimes: identity,
    uploads: {
      max_file_bytes: config.documents.maxFileBytes,
      max_files_per_request: config.documents.maxFilesPerRequest,
      accepted: acceptedTypes(),
    },
    dataDirectory: config.dataDir,
  };
  const operator: Operator = {
    createUser: (input) => accounts.createUserByOperator(input),
    pendingSetupCode: async () => (await setup.ensureSetupCode())?.code,
  };
  const features: Feature[] = [
    { routes: [], start: audit.start, stop: audit.stop },
    sessions.feature,
    signIn.feature,
    { routes: setupRoutes({ setup, signIn: signIn.service, delivery, cookies, facts }) },
    { routes: profileRoutes({ profiles, sessions: service }), stop: async () => profiles.close() },
  ];
  return { guard: sessions.guard, features, operator, accounts, audit };
}
