import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorDefinition, ProblemError } from '../../platform/errors.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import type { RequestGuard } from '../../platform/http/guard.ts';
import { judgeOrigin, type OriginSite } from '../../platform/http/origin.ts';
import type { Actor, Restriction, Route } from '../../platform/http/route.ts';
import { hasRank, RankTooLow } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import type { AccessClaims } from './access-claims.ts';
import type { AccessTokens } from './access-token.ts';
import { type ApiKeyStates, admitApiKey, apiKeyPrefix } from './api-key-admission.ts';
import type { CsrfTokens } from './csrf.ts';
import type { LegacySignIns } from './legacy-token.ts';
import type { SessionState, SessionStates } from './session-state.ts';
import {
  CsrfBadOrigin,
  CsrfMissingCookie,
  CsrfMissingHeader,
  EnrolmentRequired,
  PasswordChangeRequired,
  SessionExpired,
  SessionRequired,
  StepUpRequired,
} from './sessions.errors.ts';

/** An open stream is looked at this often beside the moments when sessions change: its session may simply run out. */
const streamRecheckMs = 30_000;
export const csrfHeader = 'x-csrf-token';
/** How long a full set of factors opens sensitive routes (S9). */
export const stepUpSeconds = 300;

export interface GuardOptions {
  cookies: Cookies;
  site: OriginSite;
  tokens: AccessTokens;
  states: SessionStates;
  apiKeys: ApiKeyStates;
  /** Where tokens of older systems are accepted. */
  legacy?: LegacySignIns | undefined;
  csrf: CsrfTokens;
  csrfSeconds: number;
  now: () => number;
}

/**
 * The one guard chain (S31): Fetch Metadata, Origin, Referer → access token → state of the session → access → CSRF.
 * For a session in memory all of it happens without waiting for anything.
 */
export function createRequestGuard(options: GuardOptions): RequestGuard {
  const { cookies, tokens, states, now } = options;

  const admitState = (
    request: FastifyRequest,
    route: Route,
    reply: FastifyReply,
    credentials: Credentials,
    state: SessionState | undefined,
  ): Actor | undefined => {
    const { claims, bearer } = credentials;
    if (!state || !isOfVersion(state, claims) || state.expiresAtMs <= now()) {
      if (route.access !== 'public') throw SessionExpired.with();
      requireCsrf(options, request, route, reply, claims, bearer);
      return undefined;
    }
    if (typeof route.access === 'object' && !hasRank(state.role, route.access.role)) throw RankTooLow.with();
    requireCsrf(options, request, route, reply, claims, bearer);
    if (route.access !== 'public') {
      if (state.restriction !== undefined) refuseRestricted(route, state.restriction);
      if (route.stepUp !== undefined) requireStepUp(route, state, now());
    }
    if (route.kind === 'stream') endWithSession(reply, states, state);
    return bearer ? state.bearerActor : state.cookieActor;
  };

  return {
    admit(request, route, reply) {
      const bearerToken = readBearer(request.headers.authorization);
      const bearer = bearerToken !== undefined;
      if (!bearer && isUnsafe(request.method)) requireOwnOrigin(options, request);
      if (bearerToken?.startsWith(apiKeyPrefix))
        return admitApiKey(options.apiKeys, bearerToken, { request, route, reply });
      const token = bearerToken ?? cookies.read(request.headers.cookie, 'access_token');
      const claims = token === undefined ? undefined : readClaims(tokens, token, bearer);
      if (claims?.legacy) options.legacy?.mark(reply);
      if (!claims || claims.expiresAtMs <= now()) {
        if (route.access !== 'public') throw (claims ? SessionExpired : SessionRequired).with();
        requireCsrf(options, request, route, reply, claims, bearer);
        return undefined;
      }
      const credentials = { claims, bearer };
      const state = states.peek(claims.sessionId);
      // A token newer than what is in memory: the notification of the change is still on its way.
      if (state && isOfVersion(state, claims)) return admitState(request, route, reply, credentials, state);
      return loadState(options, request, claims).then((loaded) =>
        admitState(request, route, reply, credentials, loaded),
      );
    },
  };
}

/** Tokens of older systems count where a program sends them, never from a cookie. */
function readClaims(tokens: AccessTokens, token: string, bearer: boolean): AccessClaims | undefined {
  const claims = tokens.read(token);
  return claims?.legacy && !bearer ? undefined : claims;
}

function isOfVersion(state: SessionState, claims: AccessClaims): boolean {
  return claims.version === undefined || state.version === claims.version;
}

/** A token of an older system is a session from its first use on, and ends as every session does. */
async function loadState(
  { states, legacy }: GuardOptions,
  request: FastifyRequest,
  claims: AccessClaims,
): Promise<SessionState | undefined> {
  const state = await states.load(claims.sessionId);
  if (state || !claims.legacy || !legacy) return state;
  await legacy.adopt(claims, clientFacts(request));
  return states.load(claims.sessionId);
}

interface Credentials {
  claims: AccessClaims;
  bearer: boolean;
}

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1). */
export function readBearer(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 8) return undefined;
  return header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : undefined;
}

/** A restricted session reaches only what is meant for it. */
function refuseRestricted(route: Route, restriction: Restriction): void {
  if (route.whileRestricted === true || route.whileRestricted === restriction) return;
  throw (restriction === 'change_password' ? PasswordChangeRequired : EnrolmentRequired).with();
}

function requireStepUp(route: Route, state: SessionState, nowMs: number): void {
  if (route.stepUp === 'unless_restricted' && state.restriction !== undefined) return;
  if (nowMs - state.steppedUpAtMs >= stepUpSeconds * 1000) throw StepUpRequired.with();
}

function isUnsafe(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

function requireOwnOrigin(options: GuardOptions, request: FastifyRequest): void {
  const verdict = judgeOrigin(request, options.site);
  if (verdict === 'own') return;
  // Nothing tells where it comes from: with cookies that is refused, without them there is nothing to abuse.
  if (verdict === 'unknown' && !options.cookies.hasAny(request.headers.cookie)) return;
  refuseCsrf(request, CsrfBadOrigin);
}

function requireCsrf(
  options: GuardOptions,
  request: FastifyRequest,
  route: Route,
  reply: FastifyReply,
  claims: AccessClaims | undefined,
  bearer: boolean,
): void {
  if (bearer || !isUnsafe(request.method)) return;
  const { cookies, csrf } = options;
  const cookieHeader = request.headers.cookie;
  if (route.access === 'public' && route.csrf === false) return;
  if (route.access === 'public' && route.csrf === 'with_cookies' && !cookies.hasAny(cookieHeader)) return;
  const header = request.headers[csrfHeader];
  if (typeof header !== 'string' || header === '') refuseCsrf(request, CsrfMissingHeader);
  const cookie = cookies.read(cookieHeader, 'csrf_token');
  const bindingId = claims?.sessionId ?? readPresession(cookies, cookieHeader);
  if (cookie === undefined || bindingId === undefined) refuseCsrf(request, CsrfMissingCookie);
  const verdict = csrf.judge(header, cookie, bindingId);
  if (verdict.problem) refuseCsrf(request, verdict.problem);
  if (verdict.rotate) {
    const fresh = csrf.issue(bindingId);
    cookies.set(reply, 'csrf_token', fresh, options.csrfSeconds);
    reply.header(csrfHeader, fresh);
  }
}

function refuseCsrf(request: FastifyRequest, problem: ErrorDefinition): never {
  request.log.warn(
    { code: problem.code, method: request.method, route: request.routeOptions.url },
    'csrf refused',
  );
  throw new ProblemError(problem);
}

/** The id that stands in for a session before there is one. */
export function readPresession(cookies: Cookies, cookieHeader: string | undefined): string | undefined {
  const value = cookies.read(cookieHeader, 'presession');
  return value !== undefined && /^[\w-]{22}$/.test(value) ? value : undefined;
}

/** Cuts an open stream when its session ends (S19). */
function endWithSession(reply: FastifyReply, states: SessionStates, state: SessionState): void {
  const recheck = async (): Promise<void> => {
    if (states.peek(state.sessionId)?.version === state.version) return;
    try {
      const current = await states.load(state.sessionId);
      if (current?.version !== state.version) reply.raw.destroy();
    } catch (error) {
      // Whether it still lives cannot be known now: the next look decides.
      reply.log.warn({ err: error }, 'the session of an open stream could not be checked');
    }
  };
  const endWatch = states.onChange(() => void recheck());
  const timer = setInterval(() => void recheck(), streamRecheckMs);
  timer.unref();
  reply.raw.once('close', () => {
    endWatch();
    clearInterval(timer);
  });
}
