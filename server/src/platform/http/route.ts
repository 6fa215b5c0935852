import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { ErrorDefinition } from '../errors.ts';

export type Role = 'user' | 'admin' | 'superuser';

/** Who a request acts as, after the guard chain let it through. */
export interface Actor {
  userId: string;
  role: Role;
  sessionId: string;
  /** How the request proved itself; bearer requests need no CSRF token. An API key has no session: its id stands there. */
  via: 'cookie' | 'bearer' | 'api_key';
  /** What an API key may do; a person who signed in may do all that their role allows. */
  scopes?: readonly string[];
}

/** The one thing that a restricted session may do. */
export type Restriction = 'enrol_second_factor' | 'change_password';

/** `public`: no session needed. `session`: any signed-in person. `{ role }`: that rank or a higher one. */
export type Access = 'public' | 'session' | { role: 'admin' | 'superuser' };

type StaticOr<S, Fallback> = S extends TSchema ? Static<S> : Fallback;

export interface RouteContext<Body, Query, Params, A extends Access> {
  actor: A extends 'public' ? Actor | undefined : Actor;
  body: StaticOr<Body, undefined>;
  query: StaticOr<Query, Record<string, never>>;
  params: StaticOr<Params, Record<string, never>>;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Aborted when the client goes away before the answer was sent. */
  signal: AbortSignal;
}

export interface RouteDefinition<
  Body extends TSchema | undefined = TSchema | undefined,
  Query extends TSchema | undefined = TSchema | undefined,
  Params extends TSchema | undefined = TSchema | undefined,
  A extends Access = Access,
  Response extends Record<number, TSchema> = Record<number, TSchema>,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Full path with `:parameters`. */
  url: string;
  /** One line for the API documentation. */
  summary: string;
  description?: string;
  tags: string[];
  access: A;
  /**
   * Cookie-authenticated unsafe requests always need a CSRF token; public unsafe routes need one unless `csrf: false`.
   * `with_cookies`: only where the request carries our cookies (a program without any has nothing to be abused).
   */
  csrf?: false | 'with_cookies';
  /**
   * Sensitive: a full set of factors must have been used in the last five minutes, otherwise `auth.step_up_required`
   * (S9). `unless_restricted`: a session that may do nothing else was opened for this, and is let through.
   */
  stepUp?: true | 'unless_restricted';
  /** Also for a session that may do nothing but enrol a second factor or change a password; or for one of the two. */
  whileRestricted?: true | Restriction;
  /** Scope an API key needs; by default the first word after /api/v1 with `:read` or `:write`. `false`: never by API key. */
  scope?: string | false;
  body?: Body;
  querystring?: Query;
  params?: Params;
  /** Success answers by status; what the schema does not declare is stripped. The first is the status sent. */
  response: Response;
  /** Codes this route may answer with, beyond those every route may. */
  errors?: ErrorDefinition[];
  bodyLimitBytes?: number;
  /** The body's bytes are kept for `rawBodyOf`: a signature is over them and not over what they say. */
  keepsRawBody?: true;
  /**
   * `multipart`: the handler reads `request.parts()`. `stream`: the handler writes to `reply.raw` itself. `socket`: the
   * handler accepts the upgrade to a WebSocket.
   */
  kind?: 'json' | 'multipart' | 'stream' | 'socket';
  /** Content types a body may have; JSON only by default. */
  consumes?: ('application/json' | 'application/x-www-form-urlencoded' | 'multipart/form-data')[];
  /** Milliseconds until the request is answered with `request_timeout`; 0 for none. 30 s by default. */
  timeoutMs?: number;
  /** Left out of load shedding: health checks must answer when everything else is refused. */
  exemptFromLoadShedding?: boolean;
  handler(context: RouteContext<Body, Query, Params, A>): Promise<unknown> | unknown;
}

/** A route with its types forgotten, as features hand it to the server. */
export interface Route extends Omit<RouteDefinition, 'handler'> {
  handler(context: RouteContext<TSchema, TSchema, TSchema, Access>): Promise<unknown> | unknown;
}

/**
 * Declares a route: method, path, access, schemas and error codes in one place; validation, authorisation, answer
 * serialisation and OpenAPI all come from it. The handler answers the body of the first declared status.
 */
export function defineRoute<
  const A extends Access,
  Body extends TSchema | undefined = undefined,
  Query extends TSchema | undefined = undefined,
  Params extends TSchema | undefined = undefined,
  Response extends Record<number, TSchema> = Record<number, TSchema>,
>(definition: RouteDefinition<Body, Query, Params, A, Response>): Route {
  return definition as unknown as Route;
}
