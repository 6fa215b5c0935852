import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { type Actor, defineRoute, type Route } from '../../platform/http/route.ts';
import { EmailField, PasswordField, PasswordWorkOverloaded, toUser, User } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { deviceCookieSeconds } from '../devices/index.ts';
import {
  DeliveredTokens,
  type SessionDelivery,
  SessionLifetime,
  type SessionsService,
} from '../sessions/index.ts';
import {
  AccountBlocked,
  AccountPending,
  EmailNotVerified,
  InvalidCredentials,
  SignInBlocked,
  Throttled,
  WrongCurrentPassword,
} from './sign-in.errors.ts';
import type { SignInService } from './sign-in.service.ts';
import { isDemand, type SignInResult } from './sign-in.types.ts';

/** The answer of every complete sign-in. */
export const SignIn = Type.Object({
  user: User,
  session: SessionLifetime,
  csrf_token: Type.String(),
  ...DeliveredTokens,
  /** The one thing this sign-in may do. */
  restriction: Type.Optional(
    Type.Union([Type.Literal('enrol_second_factor'), Type.Literal('change_password')]),
  ),
  /** By then a second factor must be set up. */
  second_factor_due_at: Type.Optional(Type.String({ format: 'date-time' })),
});

export const SecondFactorMethodField = Type.Union([
  Type.Literal('totp'),
  Type.Literal('passkey'),
  Type.Literal('backup_code'),
  Type.Literal('email_code'),
]);

/** What must be answered before there is a sign-in. */
export const TwoFactor = Type.Object({
  challenge_id: Type.String(),
  methods: Type.Array(SecondFactorMethodField),
  expires_at: Type.String({ format: 'date-time' }),
});

/** The answer of every first factor. */
export const SignInAnswer = Type.Union([SignIn, Type.Object({ two_factor: TwoFactor })]);

export const TokenDelivery = Type.Union([Type.Literal('cookie'), Type.Literal('body')]);

/** Codes with which the one door refuses whoever proved a first factor. */
export const doorErrors = [AccountPending, AccountBlocked, EmailNotVerified, SignInBlocked];

const LoginBody = Type.Object(
  {
    email: Type.Optional(EmailField),
    username: Type.Optional(
      Type.String({ ...EmailField, description: 'The e-mail address, as forms call it.' }),
    ),
    password: PasswordField,
    remember_device: Type.Optional(
      // A form can only send text.
      Type.Union([Type.Boolean(), Type.Literal('true'), Type.Literal('false')], {
        description: 'Asks for trust in this device; trust itself needs a second factor.',
      }),
    ),
    token_delivery: Type.Optional(TokenDelivery),
  },
  { additionalProperties: false },
);
const tags = ['sign-in'];

export interface SignInRoutesOptions {
  signIn: SignInService;
  sessions: SessionsService;
  delivery: SessionDelivery;
  cookies: Cookies;
}

/** Routes that lead into a session. */
export function signInRoutes(options: SignInRoutesOptions): Route[] {
  return [loginRoute(options), passwordRoute(options)];
}

function loginRoute({ signIn, sessions, delivery, cookies }: SignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/jwt/login',
    summary: 'Sign in by password',
    description:
      'JSON with email and password, or a form with username and password. Needs a CSRF token, against signing others in. token_delivery "body" gives bearer tokens and no cookies.',
    tags,
    access: 'public',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: LoginBody,
    response: { 200: SignInAnswer },
    errors: [InvalidCredentials, Throttled, ...doorErrors, PasswordWorkOverloaded],
    handler: async ({ request, reply, body, actor }) => {
      const result = await signIn.signIn({
        email: requireOneEmail(body),
        password: body.password,
        delivery: body.token_delivery ?? 'cookie',
        deviceCookie: cookies.read(request.headers.cookie, 'device'),
        client: clientFacts(request),
        rememberDevice: body.remember_device === true || body.remember_device === 'true',
        bindingId: delivery.bindingOf(request),
      });
      await endReplaced(sessions, result, actor, request);
      return answerSignIn(reply, result, delivery, cookies);
    },
  });
}

/** The browser forgets its former session with this answer, so nobody could end it afterwards. */
export async function endReplaced(
  sessions: SessionsService,
  result: SignInResult,
  actor: Actor | undefined,
  request: FastifyRequest,
): Promise<void> {
  if (isDemand(result) || result.tokens.delivery !== 'cookie' || actor?.via !== 'cookie') return;
  await sessions.end(actor, 'replaced', clientFacts(request));
}

function requireOneEmail(body: Static<typeof LoginBody>): string {
  const { email, username } = body;
  if (email !== undefined && username !== undefined)
    throw ValidationFailed.with({ errors: [{ field: 'username', detail: 'is not allowed beside email' }] });
  const given = email ?? username;
  if (given === undefined)
    throw ValidationFailed.with({ errors: [{ field: 'email', detail: 'is missing' }] });
  return given;
}

/**
 * Hands over what came of a first factor: a complete sign-in as cookies or bearer tokens with the device cookie, or
 * nothing but the challenge of the second factor (S16).
 */
export function answerSignIn(
  reply: FastifyReply,
  result: SignInResult,
  delivery: SessionDelivery,
  cookies: Cookies,
): Static<typeof SignInAnswer> {
  if (isDemand(result)) {
    const { challengeId, methods, expiresAt } = result;
    return {
      two_factor: { challenge_id: challengeId, methods, expires_at: expiresAt.toISOString() },
    };
  }
  const delivered = delivery.deliver(reply, result.tokens);
  if (result.deviceCookie !== undefined)
    cookies.set(reply, 'device', result.deviceCookie, deviceCookieSeconds);
  const { restriction, secondFactorDueAt } = result;
  return {
    user: toUser(result.account),
    ...delivered,
    ...(restriction === undefined ? {} : { restriction }),
    ...(secondFactorDueAt === undefined ? {} : { second_factor_due_at: secondFactorDueAt.toISOString() }),
  };
}

function passwordRoute({ signIn, delivery }: SignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/password/change',
    summary: 'Change your password',
    description: 'Ends all other sessions. A bearer token is replaced by the one in the answer.',
    tags,
    access: 'session',
    stepUp: 'unless_restricted',
    whileRestricted: 'change_password',
    body: Type.Object(
      { current_password: PasswordField, new_password: PasswordField },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        changed: Type.Literal(true),
        csrf_token: Type.Optional(Type.String()),
        access_token: Type.Optional(Type.String()),
      }),
    },
    errors: [WrongCurrentPassword, Throttled, PasswordWorkOverloaded],
    handler: async ({ actor, request, reply, body }) => {
      const input = { current: body.current_password, next: body.new_password };
      const renewed = await signIn.changePassword(actor, input, clientFacts(request));
      if (actor.via === 'bearer') return { changed: true, access_token: renewed.accessToken };
      const csrfToken = delivery.renewAccess(
        reply,
        renewed.sessionId,
        renewed.accessToken,
        renewed.idleExpiresAt,
      );
      return { changed: true, csrf_token: csrfToken };
    },
  });
}
