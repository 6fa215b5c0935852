import { randomUUID } from 'node:crypto';
import fastifyMultipart from '@fastify/multipart';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { TSchema } from 'typebox';
import {
  BodyTooLarge,
  MalformedBody,
  RequestTimeout,
  RouteNotFound,
  ShuttingDown,
  UnsupportedMediaType,
} from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RequestMetrics } from '../telemetry/request-metrics.ts';
import { parseForm } from './form-body.ts';
import type { RequestGuard } from './guard.ts';
import { createLoadShedding, type LoadShedding } from './load-shedding.ts';
import { sendProblem } from './problem.ts';
import { keepRawBody } from './raw-body.ts';
import { createRequestLogger } from './request-logger.ts';
import type { Access, Actor, Route, RouteContext } from './route.ts';
import { apiHeaders } from './security-headers.ts';
import { compileSerializer, noBuiltInCompilers } from './serialization.ts';
import { watchSilentConnections } from './silent-connections.ts';
import { parseStrictJson } from './strict-json.ts';
import { compileValidator } from './validation.ts';
import { isSocketUpgrade, routeUpgrades } from './web-socket.ts';

export interface HttpServerOptions {
  log: Logger;
  guard: RequestGuard;
  routes: Route[];
  /** Public origin is https. */
  secure: boolean;
  trustedProxies: string[];
  maxConcurrentRequests: number;
  /** Median delay of the event loop from which on requests are refused; 400 ms by default. */
  maxLoopDelayMs?: number;
  maxFileBytes: number;
  maxFilesPerRequest: number;
  /** Where durations of requests are counted. */
  requests?: RequestMetrics;
  /** Adds plugins (documentation, web app) before the routes; may answer addresses that no route has. */
  configure?: (app: FastifyInstance) => Promise<UnknownAddressAnswer | undefined>;
}

/** Answers an address without a route, or leaves it to the 404 problem. */
export type UnknownAddressAnswer = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

export interface HttpServer {
  app: FastifyInstance;
  shedding: LoadShedding;
  /** From now on requests are refused with `shutting_down`; open ones finish. */
  beginShutdown(): void;
}

const defaultBodyLimitBytes = 256 * 1024;
const defaultTimeoutMs = 30_000;

/** Builds the HTTP server: one guard chain, strict bodies, problem+json, bounded times and sizes. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    childLoggerFactory: (_logger, bindings) => createRequestLogger(options.log, bindings),
    genReqId: () => randomUUID(),
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false,
    bodyLimit: defaultBodyLimitBytes,
    // Longer than Caddy's and nginx's own keep-alive, so that they never write to a connection that we are closing.
    keepAliveTimeout: 130_000,
    requestTimeout: 900_000,
    connectionTimeout: 0,
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: 20_000, maxHeaderSize: 16 * 1024, shouldUpgradeCallback: isSocketUpgrade },
    forceCloseConnections: 'idle',
    schemaController: noBuiltInCompilers,
  }) as unknown as FastifyInstance;
  const shedding = createLoadShedding({
    maxConcurrent: options.maxConcurrentRequests,
    maxLoopDelayMs: options.maxLoopDelayMs ?? 400,
  });
  const state: RouteRuntime['state'] = { stopping: false, openStreams: new Set() };
  const endSilentConnections = watchSilentConnections(app.server);
  routeUpgrades(app);
  const headers = apiHeaders(options.secure);

  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(compileSerializer);
  app.decorateRequest('actor', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    reply.header('x-request-id', request.id);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  addBodyParsers(app);
  const answerUnknown = await options.configure?.(app);
  app.setNotFoundHandler(
    (request, reply) => answerUnknown?.(request, reply) ?? sendProblem(RouteNotFound.with(), request, reply),
  );
  const runtime: RouteRuntime = { guard: options.guard, shedding, requests: options.requests, state };
  for (const route of options.routes) if (route.kind !== 'multipart') registerRoute(app, route, runtime);
  await registerUploadRoutes(app, options, runtime);
  app.addHook('onClose', (_instance, done) => {
    shedding.close();
    done();
  });
  return {
    app,
    shedding,
    beginShutdown() {
      state.stopping = true;
      // Streams have no end of their own to wait for; their readers come back with the number of the last event.
      for (const stream of state.openStreams) stream.abort();
      endSilentConnections();
    },
  };
}

function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      keepRawBody(request, body as Buffer);
      done(null, parseStrictJson(decodeUtf8(body as Buffer)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, parseForm(decodeUtf8(body as Buffer)));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw MalformedBody.with({ detail: 'The body is not valid UTF-8.', reason: 'not_utf8', cause });
  }
}

interface RouteRuntime {
  guard: RequestGuard;
  shedding: LoadShedding;
  requests: RequestMetrics | undefined;
  state: { stopping: boolean; openStreams: Set<AbortController> };
}

function registerRoute(app: FastifyInstance, route: Route, runtime: RouteRuntime): void {
  refuseLooseSchemas(route);
  const bodyLimit = route.bodyLimitBytes ?? defaultBodyLimitBytes;
  const successStatus = Number(Object.keys(route.response)[0] ?? 200);
  // The duration of a stream is that of its reader's visit.
  const tally = isOpenEnded(route) ? undefined : runtime.requests?.route(route.method, route.url);
  const schema: Record<string, unknown> = {
    summary: route.summary,
    tags: route.tags,
    ...(route.description ? { description: route.description } : {}),
    ...(route.params ? { params: route.params } : {}),
    ...(route.querystring ? { querystring: route.querystring } : {}),
    ...(route.body && route.kind !== 'multipart' ? { body: route.body } : {}),
    ...(isOpenEnded(route) ? {} : { response: route.response }),
  };
  app.route({
    method: route.method,
    url: route.url,
    bodyLimit,
    schema,
    config: { route },
    onResponse: (_request, reply, done) => {
      tally?.observe(reply.raw.statusCode, reply.elapsedTime);
      done();
    },
    onRequest: (request, reply, done) => admit(request, reply, done, route, runtime, bodyLimit),
    handler: (request, reply) => answer(request, reply, route, successStatus, runtime.state),
  });
}

function isOpenEnded(route: Route): boolean {
  return route.kind === 'stream' || route.kind === 'socket';
}

/** The routes that read uploads, in a scope of their own: the plugin has promises in its hooks, which cost each request. */
async function registerUploadRoutes(
  app: FastifyInstance,
  options: HttpServerOptions,
  runtime: RouteRuntime,
): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(fastifyMultipart, {
      throwFileSizeLimit: true,
      limits: {
        fileSize: options.maxFileBytes,
        files: options.maxFilesPerRequest,
        fields: 10,
        fieldSize: 4_096,
        fieldNameSize: 100,
        headerPairs: 50,
        parts: options.maxFilesPerRequest + 10,
      },
    });
    scope.addHook('onResponse', (request, _reply, done) => {
      // An upload that was answered before its end: its rest has to be gone before the connection can go on.
      if (!request.raw.complete) request.raw.unpipe().resume();
      done();
    });
    for (const route of options.routes) if (route.kind === 'multipart') registerRoute(scope, route, runtime);
  });
}

/** Mass assignment starts where a schema lets unknown keys through (S12), so such a schema does not start. */
function refuseLooseSchemas(route: Route): void {
  for (const schema of [route.body, route.querystring] as (TSchema & {
    type?: string;
    additionalProperties?: unknown;
  })[]) {
    if (schema?.type === 'object' && schema.additionalProperties !== false)
      throw new Error(
        `${route.method} ${route.url}: its schema must refuse unknown keys (additionalProperties: false).`,
      );
  }
}

/** Lets a request in without waiting where nothing has to be waited for; a promise here costs every request. */
function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
  route: Route,
  runtime: RouteRuntime,
  bodyLimit: number,
): void {
  if (runtime.state.stopping && !route.exemptFromLoadShedding)
    throw ShuttingDown.with({ retryAfterSeconds: 2 });
  if (!route.exemptFromLoadShedding) {
    runtime.shedding.enter();
    // An open stream waits most of the time: it is let in by the same rule, but is no request in work.
    if (isOpenEnded(route)) runtime.shedding.leave();
    else reply.raw.once('close', runtime.shedding.leave);
  }
  checkContentType(request, route);
  const length = request.headers['content-length'];
  if (length !== undefined && route.kind !== 'multipart' && Number(length) > bodyLimit) {
    // Not read to its end: the rest of an oversize body is not worth receiving.
    reply.header('connection', 'close');
    throw BodyTooLarge.with({
      detail: `The body is larger than the ${bodyLimit} bytes allowed here.`,
      reason: 'limit',
      params: { limit_bytes: bodyLimit },
    });
  }
  const admitted = runtime.guard.admit(request, route, reply);
  if (!(admitted instanceof Promise)) {
    request.actor = admitted;
    done();
    return;
  }
  admitted.then((actor) => {
    request.actor = actor;
    done();
  }, done);
}

function checkContentType(request: FastifyRequest, route: Route): void {
  const given = request.headers['content-type'];
  if (given === undefined || request.headers['content-length'] === '0') return;
  const [type = '', ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  const allowed: string[] = route.consumes ?? [
    route.kind === 'multipart' ? 'multipart/form-data' : 'application/json',
  ];
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  // Bodies are read as UTF-8: whoever says that they mean other characters must not be taken at other words (S26).
  if (charset !== undefined && !/^"?utf-?8"?$/.test(charset))
    throw UnsupportedMediaType.with({ detail: 'Send the body in UTF-8.' });
  if (request.method === 'GET' || allowed.includes(type)) return;
  throw UnsupportedMediaType.with({ detail: `Send the body as ${allowed.join(' or ')}.` });
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route,
  successStatus: number,
  state: RouteRuntime['state'],
): unknown {
  const context = new RequestContext(request, reply);
  if (route.kind === 'stream') {
    const { abort } = context;
    state.openStreams.add(abort);
    reply.raw.once('close', () => state.openStreams.delete(abort));
  }
  reply.code(successStatus);
  const timeoutMs =
    route.timeoutMs ?? (route.kind === undefined || route.kind === 'json' ? defaultTimeoutMs : 0);
  const work = route.handler(context as unknown as RouteContext<TSchema, TSchema, TSchema, Access>);
  return work instanceof Promise && timeoutMs > 0 ? withTimeout(work, timeoutMs, context) : work;
}

/** What a handler is given. The signal is made when it is asked for: most requests never do. */
class RequestContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  #abort: AbortController | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.request = request;
    this.reply = reply;
  }

  get actor(): Actor | undefined {
    return this.request.actor;
  }

  get body(): unknown {
    return this.request.body;
  }

  get query(): unknown {
    return this.request.query;
  }

  get params(): unknown {
    return this.request.params;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get abort(): AbortController {
    if (this.#abort) return this.#abort;
    const abort = new AbortController();
    const { raw } = this.reply;
    if (raw.destroyed) abort.abort();
    raw.once('close', () => {
      if (!raw.writableFinished) abort.abort();
    });
    this.#abort = abort;
    return abort;
  }

  /** Tells a handler that listens that nobody waits for it any more. */
  giveUp(): void {
    this.#abort?.abort();
  }
}

async function withTimeout(
  work: Promise<unknown>,
  timeoutMs: number,
  context: RequestContext,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      context.giveUp();
      reject(RequestTimeout.with({ retryAfterSeconds: 5 }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
