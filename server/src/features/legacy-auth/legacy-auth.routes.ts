import { type Static, Type } from 'typebox';
import { ValidationFailed } from '../../platform/errors.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { EmailField, PasswordField, PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import type { LegacySignIns } from '../sessions/index.ts';
import { InvalidCredentials, isDemand, type SignInService, Throttled } from '../sign-in/index.ts';
import { SecondFactorNotSupported } from './legacy-auth.errors.ts';

const Ignored = Type.Optional(Type.String({ maxLength: 500, description: 'Accepted and not looked at.' }));
/** The form of OAuth 2.0's password grant (RFC 6749 §4.3.2), as older systems had it. */
const LegacyLoginBody = Type.Object(
  {
    username: Type.Optional(EmailField),
    email: Type.Optional(EmailField),
    password: PasswordField,
    grant_type: Ignored,
    scope: Ignored,
    client_id: Ignored,
    client_secret: Ignored,
  },
  { additionalProperties: false },
);
const LegacyToken = Type.Object({ access_token: Type.String(), token_type: Type.Literal('bearer') });

/** The sign-in of older systems at their two addresses: another form of question and answer, the same sign-in (I6). */
export function legacyAuthRoutes(options: {
  signIn: Pick<SignInService, 'signIn'>;
  signIns: LegacySignIns;
}): Route[] {
  return ['/auth/login', '/api/v1/auth/login'].map((url) => loginRoute(url, options));
}

function loginRoute(url: string, { signIn, signIns }: Parameters<typeof legacyAuthRoutes>[0]): Route {
  return defineRoute({
    method: 'POST',
    url,
    summary: 'Sign in as older systems did',
    description: 'Deprecated. Answers a bearer token. Use /api/v1/auth/jwt/login or an API key instead.',
    tags: ['legacy'],
    access: 'public',
    csrf: 'with_cookies',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: LegacyLoginBody,
    response: { 200: LegacyToken },
    errors: [InvalidCredentials, Throttled, SecondFactorNotSupported, PasswordWorkOverloaded],
    handler: async ({ request, reply, body }) => {
      signIns.mark(reply);
      const result = await signIn.signIn({
        email: requireEmail(body),
        password: body.password,
        delivery: 'body',
        deviceCookie: undefined,
        client: clientFacts(request),
      });
      if (isDemand(result)) throw SecondFactorNotSupported.with();
      return { access_token: result.tokens.accessToken, token_type: 'bearer' };
    },
  });
}

function requireEmail({ username, email }: Static<typeof LegacyLoginBody>): string {
  const given = username ?? email;
  if (given === undefined)
    throw ValidationFailed.with({ errors: [{ field: 'username', detail: 'is missing' }] });
  return given;
}
