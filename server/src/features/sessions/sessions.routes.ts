import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { locationLabel } from '../../platform/geo/geo.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { type Account, type AccountsService, hasSecondFactor, toUser, User } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { demandsSecondFactor, type PoliciesService, type SecurityPolicy } from '../policies/index.ts';
import type { AccessClaims } from './access-claims.ts';
import type { AccessTokens } from './access-token.ts';
import { readBearer } from './request-guard.ts';
import { DeliveredTokens, type SessionDelivery, SessionLifetime } from './session-delivery.ts';
import { RefreshRequired, RefreshSuperseded, SessionExpired, SessionNotFound } from './sessions.errors.ts';
import type { SessionRow, SessionSummary } from './sessions.queries.ts';
import type { SessionsService } from './sessions.service.ts';
import { labelOfUserAgent } from './user-agent-label.ts';

const Timestamp = Type.String({ format: 'date-time' });
const RestrictionField = Type.Union([Type.Literal('enrol_second_factor'), Type.Literal('change_password')]);
const Session = Type.Object({
  id: Type.String({ format: 'uuid' }),
  current: Type.Boolean(),
  created_at: Timestamp,
  last_seen_at: Timestamp,
  expires_at: Timestamp,
  ip_address: Type.String(),
  user_agent: Type.String(),
  label: Type.String(),
  /** ISO 3166-1 alpha-2. */
  country: Type.Union([Type.String(), Type.Null()]),
  /** Where that is, for people. */
  location_label: Type.Union([Type.String(), Type.Null()]),
  device: Type.Union([
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      name: Type.String(),
      trust: Type.Union([Type.Literal('new'), Type.Literal('trusted'), Type.Literal('verified')]),
    }),
    Type.Null(),
  ]),
  factors: Type.Array(Type.String()),
  restriction: Type.Union([RestrictionField, Type.Null()]),
});
const Status = Type.Object({
  authenticated: Type.Boolean(),
  /** Only when not authenticated: a refresh may bring the sign-in back. */
  can_refresh: Type.Optional(Type.Boolean()),
  user: Type.Optional(User),
  session: Type.Optional(SessionLifetime),
  access_expires_at: Type.Optional(Timestamp),
  /** The one thing this sign-in may do. */
  restriction: Type.Optional(RestrictionField),
  /** By then a second factor must be set up. */
  second_factor_due_at: Type.Optional(Timestamp),
});
const Validity = Type.Object({
  valid: Type.Literal(true),
  user_id: Type.String({ format: 'uuid' }),
  restriction: Type.Optional(RestrictionField),
  second_factor_due_at: Type.Optional(Timestamp),
});
const tags = ['sign-in'];

export interface SessionRoutesOptions {
  sessions: SessionsService;
  accounts: AccountsService;
  delivery: SessionDelivery;
  tokens: AccessTokens;
  cookies: Cookies;
  policies: PoliciesService;
}

/** Routes around a session that exists: renew, look at, end. */
export function sessionRoutes(options: SessionRoutesOptions): Route[] {
  return [
    csrfRoute(options),
    refreshRoute(options),
    ...signOutRoutes(options),
    ...stateRoutes(options),
    ...listRoutes(options),
  ];
}

function csrfRoute({ delivery }: SessionRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/auth/csrf-token',
    summary: 'A CSRF token and its cookie',
    tags,
    access: 'public',
    response: { 200: Type.Object({ csrf_token: Type.String() }) },
    handler: ({ request, reply }) => ({ csrf_token: delivery.issueCsrf(request, reply) }),
  });
}

function refreshRoute({ sessions, delivery, cookies }: SessionRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/refresh',
    summary: 'Renew a sign-in',
    description:
      'Uses the refresh cookie, or the refresh token in the body for programs. A retry within 10 s gets the same successor; a token that comes back later ends the sign-in.',
    tags,
    access: 'public',
    csrf: 'with_cookies',
    body: Type.Object(
      { refresh_token: Type.Optional(Type.String({ maxLength: 200 })) },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({ session: SessionLifetime, csrf_token: Type.String(), ...DeliveredTokens }),
    },
    errors: [RefreshRequired, SessionExpired, RefreshSuperseded],
    handler: async ({ request, reply, body }) => {
      // Whoever shows a bearer token was spared the CSRF check and must not use the cookie.
      const mayUseCookie = readBearer(request.headers.authorization) === undefined;
      const fromCookie = mayUseCookie ? cookies.read(request.headers.cookie, 'refresh_token') : undefined;
      const token = body.refresh_token ?? fromCookie;
      if (token === undefined) throw RefreshRequired.with();
      return delivery.deliver(reply, await sessions.refresh(token, clientFacts(request)));
    },
  });
}

function signOutRoutes({ sessions, delivery, tokens, cookies }: SessionRoutesOptions): Route[] {
  return (['POST', 'DELETE'] as const).map((method) =>
    defineRoute({
      method,
      url: '/api/v1/auth/logout',
      summary: 'Sign out',
      description: 'Ends the session everywhere at once. Answers the same when there is none any more.',
      tags,
      access: 'public',
      csrf: 'with_cookies',
      response: { 200: Type.Object({ signed_out: Type.Literal(true) }) },
      handler: async ({ request, reply, actor }) => {
        // An access token that has run out still says which session to end: its refresh token would live on.
        const session = actor ?? readClaims(request, tokens, cookies);
        if (session) await sessions.end(session, 'signed_out', clientFacts(request));
        delivery.forget(reply);
        return { signed_out: true };
      },
    }),
  );
}

function readClaims(
  request: FastifyRequest,
  tokens: AccessTokens,
  cookies: Cookies,
): AccessClaims | undefined {
  const token =
    readBearer(request.headers.authorization) ?? cookies.read(request.headers.cookie, 'access_token');
  return token === undefined ? undefined : tokens.read(token);
}

function stateRoutes({ sessions, accounts, tokens, cookies, policies }: SessionRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/status',
      summary: 'Whether this client is signed in, and until when',
      tags,
      access: 'public',
      response: { 200: Status },
      handler: async ({ request, actor }) => {
        const cookieHeader = request.headers.cookie;
        const [account, session] = actor
          ? await Promise.all([accounts.findActiveUser(actor.userId), sessions.find(actor)])
          : [];
        const claims = readClaims(request, tokens, cookies);
        if (!account || !session || !claims)
          return {
            authenticated: false,
            can_refresh: cookies.read(cookieHeader, 'refresh_token') !== undefined,
          };
        return {
          authenticated: true,
          user: toUser(account),
          session: {
            id: session.id,
            expires_at: session.expires_at.toISOString(),
            idle_expires_at: session.idle_expires_at.toISOString(),
          },
          access_expires_at: new Date(claims.expiresAtMs).toISOString(),
          ...standingOf(await policies.current(), account, session),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/validate',
      summary: 'Whether the credentials of this request are good',
      tags,
      access: 'session',
      whileRestricted: true,
      response: { 200: Validity },
      handler: async ({ actor }) => {
        const [account, session] = await Promise.all([
          accounts.findActiveUser(actor.userId),
          sessions.find(actor),
        ]);
        return {
          valid: true,
          user_id: actor.userId,
          ...(account && session ? standingOf(await policies.current(), account, session) : {}),
        };
      },
    }),
  ];
}

/** What is still asked of the person. */
function standingOf(policy: SecurityPolicy, account: Account, session: SessionSummary) {
  const missing = demandsSecondFactor(policy, account.role) && !hasSecondFactor(account.secondFactors);
  const dueAt = missing ? account.secondFactorDueAt : undefined;
  return {
    ...(session.restriction === null ? {} : { restriction: session.restriction }),
    ...(dueAt === undefined ? {} : { second_factor_due_at: dueAt.toISOString() }),
  };
}

function listRoutes({ sessions, delivery }: SessionRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/sessions',
      summary: 'Where this person is signed in',
      tags,
      access: 'session',
      response: { 200: Type.Object({ items: Type.Array(Session), next_cursor: Type.Null() }) },
      handler: async ({ actor }) => ({
        items: (await sessions.list(actor)).map((row) => toSession(row, actor.sessionId)),
        next_cursor: null,
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/auth/sessions/:session_id',
      summary: 'End one of your sessions',
      tags,
      access: 'session',
      params: Type.Object({ session_id: Type.String({ format: 'uuid' }) }),
      response: { 200: Type.Object({ ended: Type.Integer() }) },
      errors: [SessionNotFound],
      handler: async ({ actor, params, request, reply }) => {
        await sessions.endOwn(actor, params.session_id, clientFacts(request));
        if (params.session_id === actor.sessionId) delivery.forget(reply);
        return { ended: 1 };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/auth/sessions',
      summary: 'End all your other sessions',
      tags,
      access: 'session',
      response: { 200: Type.Object({ ended: Type.Integer() }) },
      handler: async ({ actor, request }) => ({
        ended: await sessions.endOthers(actor, clientFacts(request)),
      }),
    }),
  ];
}

function toSession(row: SessionRow, currentId: string): Static<typeof Session> {
  return {
    id: row.id,
    current: row.id === currentId,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    ip_address: row.ip_address,
    user_agent: row.user_agent,
    label: row.device_name ?? labelOfUserAgent(row.user_agent),
    country: row.country,
    location_label: locationLabel(row.country, row.ip_address),
    device: deviceOf(row),
    factors: row.factors,
    restriction: row.restriction,
  };
}

function deviceOf(row: SessionRow): Static<typeof Session>['device'] {
  if (row.device_id === null) return null;
  return {
    id: row.device_id,
    name: row.device_name ?? labelOfUserAgent(row.device_user_agent ?? row.user_agent),
    trust: row.device_trust ?? 'new',
  };
}
