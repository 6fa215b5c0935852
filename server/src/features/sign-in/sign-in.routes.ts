import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { ValidationFailed } from '../../platform/errors.ts';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import {
  DisplayNameField,
  EmailField,
  PasswordField,
  PasswordWorkOverloaded,
  toUser,
  User,
} from '../accounts/index.ts';
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
  InvalidCredentials,
  RegistrationClosed,
  Throttled,
  WrongCurrentPassword,
} from './sign-in.errors.ts';
import type { CompletedSignIn, SignInService } from './sign-in.service.ts';

/** The answer of every complete sign-in. */
export const SignIn = Type.Object({
  user: User,
  session: SessionLifetime,
  csrf_token: Type.String(),
  ...DeliveredTokens,
});

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
    token_delivery: Type.Optional(Type.Union([Type.Literal('cookie'), Type.Literal('body')])),
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
  return [loginRoute(options), registerRoute(options), passwordRoute(options)];
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
    response: { 200: SignIn },
    errors: [InvalidCredentials, Throttled, AccountPending, AccountBlocked, PasswordWorkOverloaded],
    handler: async ({ request, reply, body, actor }) => {
      const completed = await signIn.signIn({
        email: requireOneEmail(body),
        password: body.password,
        delivery: body.token_delivery ?? 'cookie',
        deviceCookie: cookies.read(request.headers.cookie, 'device'),
        client: clientFacts(request),
      });
      // The browser forgets its former session with this answer, so nobody could end it afterwards.
      if (actor?.via === 'cookie' && completed.tokens.delivery === 'cookie')
        await sessions.end(actor, 'replaced', clientFacts(request));
      return answerSignIn(reply, completed, delivery, cookies);
    },
  });
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

/** Hands a complete sign-in over: cookies or bearer tokens, and the device cookie. */
export function answerSignIn(
  reply: FastifyReply,
  completed: CompletedSignIn,
  delivery: SessionDelivery,
  cookies: Cookies,
): Static<typeof SignIn> {
  const delivered = delivery.deliver(reply, completed.tokens);
  if (completed.deviceCookie !== undefined)
    cookies.set(reply, 'device', completed.deviceCookie, deviceCookieSeconds);
  return { user: toUser(completed.account), ...delivered };
}

function registerRoute({ signIn }: SignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/register',
    summary: 'Register, where the policy allows it',
    description: 'Answers the same whether the address has an account already or not.',
    tags,
    access: 'public',
    body: Type.Object(
      { email: EmailField, password: PasswordField, display_name: DisplayNameField },
      { additionalProperties: false },
    ),
    response: {
      201: Type.Object({
        user: User,
        next: Type.Union([
          Type.Literal('sign_in'),
          Type.Literal('await_approval'),
          Type.Literal('verify_email'),
        ]),
      }),
    },
    errors: [RegistrationClosed, Throttled, PasswordWorkOverloaded],
    handler: async ({ request, body }) => {
      const { account, next } = await signIn.register(
        { email: body.email, password: body.password, displayName: body.display_name },
        clientFacts(request),
      );
      return { user: toUser(account), next };
    },
  });
}

function passwordRoute({ signIn, delivery }: SignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/password/change',
    summary: 'Change your password',
    description: 'Ends all other sessions. A bearer token is replaced by the one in the answer.',
    tags,
    access: 'session',
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
