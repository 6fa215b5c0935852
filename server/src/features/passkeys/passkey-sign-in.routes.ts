import { Type } from 'typebox';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { EmailField } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import type { SessionDelivery, SessionsService } from '../sessions/index.ts';
import {
  answerSignIn,
  doorErrors,
  endReplaced,
  SignInAnswer,
  Throttled,
  TokenDelivery,
} from '../sign-in/index.ts';
import type { PasskeySignInService } from './passkey-sign-in.service.ts';
import {
  PasskeyChallengeGone,
  PasskeyCloned,
  PasskeyRefused,
  PasskeysUnavailable,
  UserVerificationMissing,
} from './passkeys.errors.ts';
import { ChallengeId, RequestOptions } from './passkeys.schemas.ts';
import { AssertionJson } from './webauthn.ts';

const url = '/api/v1/auth/passkeys';
const tags = ['sign-in'];

export interface PasskeySignInRoutesOptions {
  signIn: PasskeySignInService;
  sessions: SessionsService;
  delivery: SessionDelivery;
  cookies: Cookies;
}

/** Routes of signing in by a passkey alone. */
export function passkeySignInRoutes(options: PasskeySignInRoutesOptions): Route[] {
  return [optionsRoute(options), signInRoute(options)];
}

function optionsRoute({ signIn, delivery }: PasskeySignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: `${url}/authentication-options`,
    summary: 'Begin to sign in by a passkey',
    description:
      'Without an address any passkey of this site will do that the browser knows. With one its passkeys are listed; the answer looks the same whether there is such an account or not.',
    tags,
    access: 'public',
    body: Type.Object({ email: Type.Optional(EmailField) }, { additionalProperties: false }),
    response: { 200: Type.Object({ challenge_id: Type.String(), options: RequestOptions }) },
    errors: [PasskeysUnavailable, Throttled],
    handler: async ({ body, request }) => {
      const begun = await signIn.begin(body.email, {
        bindingId: delivery.bindingOf(request),
        host: request.host,
        client: clientFacts(request),
      });
      return { challenge_id: begun.challengeId, options: begun.options };
    },
  });
}

function signInRoute({ signIn, sessions, delivery, cookies }: PasskeySignInRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: `${url}/sign-in`,
    summary: 'Sign in by a passkey',
    description: 'The passkey must check who holds it: it stands for both factors.',
    tags,
    access: 'public',
    body: Type.Object(
      {
        challenge_id: ChallengeId,
        credential: AssertionJson,
        remember_device: Type.Optional(Type.Boolean()),
        token_delivery: Type.Optional(TokenDelivery),
      },
      { additionalProperties: false },
    ),
    response: { 200: SignInAnswer },
    errors: [
      PasskeysUnavailable,
      PasskeyChallengeGone,
      PasskeyRefused,
      UserVerificationMissing,
      PasskeyCloned,
      ...doorErrors,
    ],
    handler: async ({ body, request, reply, actor }) => {
      const result = await signIn.finish({
        challengeId: body.challenge_id,
        credential: body.credential,
        bindingId: delivery.bindingOf(request),
        host: request.host,
        client: clientFacts(request),
        delivery: body.token_delivery ?? 'cookie',
        deviceCookie: cookies.read(request.headers.cookie, 'device'),
        rememberDevice: body.remember_device ?? false,
      });
      await endReplaced(sessions, result, actor, request);
      return answerSignIn(reply, result, delivery, cookies);
    },
  });
}
