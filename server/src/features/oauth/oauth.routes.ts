import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { InternalError, ProblemError } from '../../platform/errors.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { type Actor, defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import {
  EnrolmentRequired,
  PasswordChangeRequired,
  type SessionDelivery,
  SessionRequired,
  type SessionsService,
  StepUpRequired,
} from '../sessions/index.ts';
import { answerSignIn, endReplaced, isDemand, Throttled } from '../sign-in/index.ts';
import {
  type AuthorizationService,
  type Callback,
  type FinishedAuthorization,
  type RecalledAuthorization,
  stateSeconds,
} from './authorization.service.ts';
import type { IdentitiesService } from './identities.service.ts';
import * as errors from './oauth.errors.ts';
import * as schemas from './oauth.schemas.ts';
import type { ProvidersService } from './providers.service.ts';
import { withParameter } from './return-path.ts';

export interface OauthRoutesOptions {
  authorizations: AuthorizationService;
  providers: ProvidersService;
  identities: IdentitiesService;
  sessions: SessionsService;
  delivery: SessionDelivery;
  cookies: Cookies;
}

const base = '/api/v1/oauth';
const tags = ['sign-in'];
/** Where people see the identities they have connected. */
const methodsPage = '/security/methods';

/** Routes of signing in at a provider. */
export function oauthRoutes(options: OauthRoutesOptions): Route[] {
  return [
    providersRoute(options),
    authorizeRoute(options),
    callbackRoute(options),
    ...identityRoutes(options),
  ];
}

function providersRoute({ providers }: OauthRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url: `${base}/providers`,
    summary: 'Providers that people can sign in with',
    tags,
    access: 'public',
    response: { 200: schemas.ProviderList },
    handler: async () => ({
      items: (await providers.listOffered()).map(({ id, name, preset }) => ({
        id,
        name,
        preset,
        button: { label: `Continue with ${name}` },
      })),
      next_cursor: null,
    }),
  });
}

function authorizeRoute({ authorizations, cookies }: OauthRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: `${base}/:provider/authorize`,
    summary: 'Begin a sign-in at a provider',
    description:
      'Answers the address to send the browser to. link connects the identity to the signed-in account and needs a fresh proof; step_up confirms who is signed in by signing in at the provider again.',
    tags,
    access: 'public',
    params: schemas.ProviderParams,
    body: schemas.AuthorizeBody,
    response: { 200: schemas.AuthorizeAnswer },
    errors: [
      errors.ProviderNotFound,
      errors.ProviderFailed,
      errors.InvalidAnswer,
      errors.PublicUrlNeeded,
      errors.StepUpNotOffered,
      SessionRequired,
      StepUpRequired,
      EnrolmentRequired,
      PasswordChangeRequired,
      Throttled,
    ],
    handler: async ({ actor, request, reply, params, body }) => {
      const begun = await authorizations.begin({
        providerId: params.provider,
        body,
        actor,
        host: request.host,
        bindingId: cookies.read(request.headers.cookie, 'oauth_state'),
        client: clientFacts(request),
      });
      cookies.set(reply, 'oauth_state', begun.bindingId, stateSeconds);
      return { authorization_url: begun.url };
    },
  });
}

function callbackRoute(options: OauthRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url: `${base}/:provider/callback`,
    summary: 'Where providers send people back to',
    description:
      'Always sends the browser on: to the page the sign-in was begun for, to /sign-in#two_factor=… where a second factor is due, or to a page with ?oauth_error=code.',
    tags,
    access: 'public',
    // What providers add to the address is theirs to choose, so the handler reads it itself.
    params: schemas.ProviderParams,
    response: { 303: Type.Null({ description: 'On to a page.' }) },
    // Discovery, token, keys and userinfo, each bounded by itself.
    timeoutMs: 60_000,
    handler: async ({ request, reply, params, actor }) => {
      const location = await answerCallback(options, request, reply, { providerId: params.provider, actor });
      return reply.redirect(location, 303);
    },
  });
}

async function answerCallback(
  options: OauthRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  who: { providerId: string; actor: Actor | undefined },
): Promise<string> {
  const { authorizations } = options;
  let recalled: RecalledAuthorization | undefined;
  try {
    const callback = toCallback(options, request, who);
    recalled = await authorizations.recall(callback);
    callback.attempt.rememberDevice = recalled.pending.remember_device;
    const finished = await authorizations.finish(recalled, callback);
    options.cookies.clear(reply, 'oauth_state');
    return await deliver(options, { request, reply, actor: who.actor }, finished, recalled.pending.next);
  } catch (error) {
    return withParameter(errorPage(recalled), 'oauth_error', codeOf(request, error));
  }
}

function toCallback(
  { cookies, delivery }: OauthRoutesOptions,
  request: FastifyRequest,
  who: { providerId: string; actor: Actor | undefined },
): Callback {
  const at = request.url.indexOf('?');
  const cookieHeader = request.headers.cookie;
  return {
    ...who,
    parameters: new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1)),
    bindingId: cookies.read(cookieHeader, 'oauth_state'),
    attempt: {
      delivery: 'cookie',
      deviceCookie: cookies.read(cookieHeader, 'device'),
      client: clientFacts(request),
      bindingId: delivery.bindingOf(request),
    },
  };
}

async function deliver(
  { sessions, delivery, cookies }: OauthRoutesOptions,
  { request, reply, actor }: { request: FastifyRequest; reply: FastifyReply; actor: Actor | undefined },
  finished: FinishedAuthorization,
  next: string | null,
): Promise<string> {
  if (finished.intent === 'link') return next ?? methodsPage;
  if (finished.intent === 'step_up') {
    delivery.deliver(reply, finished.renewed.tokens);
    return next ?? methodsPage;
  }
  const { result } = finished;
  if (isDemand(result)) {
    const page = next === null ? '/sign-in' : withParameter('/sign-in', 'next', next);
    return `${page}#two_factor=${result.challengeId}`;
  }
  await endReplaced(sessions, result, actor, request);
  answerSignIn(reply, result, delivery, cookies);
  return next ?? '/';
}

/** Whoever is signed in is told where they began; everybody else on the sign-in page. */
function errorPage(recalled: RecalledAuthorization | undefined): string {
  if (recalled === undefined || recalled.pending.intent === 'sign_in') return '/sign-in';
  return recalled.pending.next ?? methodsPage;
}

/** The sign-in page explains codes of this feature; those of the one door behind it have a twin here. */
const twins: Record<string, string> = {
  'auth.account_pending': errors.OauthAccountPending.code,
  'auth.account_blocked': errors.OauthAccountBlocked.code,
};

function codeOf(request: FastifyRequest, error: unknown): string {
  if (error instanceof ProblemError) return twins[error.code] ?? error.code;
  // Not the error itself: what it carries may be a token (S40).
  const { name, message, stack } = error instanceof Error ? error : new Error('not an error');
  request.log.error({ failure: { name, message, stack } }, 'callback of a provider failed');
  return InternalError.code;
}

function identityRoutes({ identities }: OauthRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/identities',
      summary: 'Identities at providers that are connected to your account',
      tags,
      access: 'session',
      response: { 200: schemas.IdentityList },
      handler: async ({ actor }) => ({
        items: (await identities.list(actor)).map((row) => ({
          id: row.id,
          provider_id: row.provider_id,
          provider_name: row.provider_name,
          issuer: row.issuer,
          email: row.email,
          usable: row.usable,
          created_at: row.created_at.toISOString(),
          last_used_at: row.last_used_at?.toISOString() ?? null,
        })),
        next_cursor: null,
      }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/auth/identities/:id',
      summary: 'Disconnect an identity',
      tags,
      access: 'session',
      stepUp: true,
      params: schemas.IdentityParams,
      response: { 200: Type.Object({ unlinked: Type.Literal(true) }) },
      errors: [errors.IdentityNotFound, errors.LastSignInMethod],
      handler: async ({ actor, params, request }) => {
        await identities.unlink(actor, params.id, clientFacts(request));
        return { unlinked: true };
      },
    }),
  ];
}
