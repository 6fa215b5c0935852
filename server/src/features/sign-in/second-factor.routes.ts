import { Type } from 'typebox';
import type { Cookies } from '../../platform/http/cookies.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import type { SessionDelivery, SessionsService } from '../sessions/index.ts';
import type { SecondFactorService } from './second-factor.service.ts';
import { ChallengeExpired, InvalidCode, MethodNotOffered, Throttled } from './sign-in.errors.ts';
import {
  answerSignIn,
  endReplaced,
  SecondFactorMethodField,
  SignIn,
  TokenDelivery,
  TwoFactor,
} from './sign-in.routes.ts';

export const ChallengeIdField = Type.String({ minLength: 1, maxLength: 100 });
export const CodeField = Type.String({ minLength: 1, maxLength: 100 });
/** The browser's own object; the passkeys feature judges every part of it. */
export const CredentialField = Type.Record(Type.String(), Type.Unknown());
const ChallengeBody = Type.Object({ challenge_id: ChallengeIdField }, { additionalProperties: false });
const VerifyBody = Type.Object(
  {
    challenge_id: ChallengeIdField,
    method: SecondFactorMethodField,
    code: Type.Optional(CodeField),
    credential: Type.Optional(CredentialField),
    remember_device: Type.Optional(Type.Boolean()),
    token_delivery: Type.Optional(TokenDelivery),
  },
  { additionalProperties: false },
);
const tags = ['sign-in'];

export interface SecondFactorRoutesOptions {
  secondFactor: SecondFactorService;
  sessions: SessionsService;
  delivery: SessionDelivery;
  cookies: Cookies;
}

/** Routes between the two factors of a sign-in. */
export function secondFactorRoutes(options: SecondFactorRoutesOptions): Route[] {
  return [verifyRoute(options), describeRoute(options), ...prepareRoutes(options)];
}

function verifyRoute({ secondFactor, sessions, delivery, cookies }: SecondFactorRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/2fa/verify',
    summary: 'Complete a sign-in by a second factor',
    description: 'Takes the challenge that the first factor was answered with, in the same browser.',
    tags,
    access: 'public',
    body: VerifyBody,
    response: { 200: SignIn },
    errors: [InvalidCode, ChallengeExpired, MethodNotOffered, Throttled],
    handler: async ({ request, reply, body, actor }) => {
      const completed = await secondFactor.verify({
        challengeId: body.challenge_id,
        bindingId: delivery.bindingOf(request),
        client: clientFacts(request),
        host: request.host,
        proof: { method: body.method, code: body.code, credential: body.credential },
        deviceCookie: cookies.read(request.headers.cookie, 'device'),
        rememberDevice: body.remember_device,
        delivery: body.token_delivery,
      });
      await endReplaced(sessions, completed, actor, request);
      return answerSignIn(reply, completed, delivery, cookies);
    },
  });
}

function describeRoute({ secondFactor, delivery }: SecondFactorRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/2fa/challenge',
    summary: 'What may answer a second-factor challenge',
    tags,
    access: 'public',
    body: ChallengeBody,
    response: { 200: TwoFactor },
    errors: [ChallengeExpired],
    handler: async ({ request, body }) => {
      const { methods, expiresAt } = await secondFactor.describe({
        challengeId: body.challenge_id,
        bindingId: delivery.bindingOf(request),
        client: clientFacts(request),
        host: request.host,
      });
      return { challenge_id: body.challenge_id, methods, expires_at: expiresAt.toISOString() };
    },
  });
}

function prepareRoutes({ secondFactor, delivery }: SecondFactorRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/2fa/passkey-options',
      summary: 'WebAuthn options for answering a challenge by a passkey',
      tags,
      access: 'public',
      body: ChallengeBody,
      response: { 200: Type.Object({ options: Type.Unknown() }) },
      errors: [ChallengeExpired, MethodNotOffered],
      handler: async ({ request, body }) => ({
        options: await secondFactor.prepare('passkey', {
          challengeId: body.challenge_id,
          bindingId: delivery.bindingOf(request),
          client: clientFacts(request),
          host: request.host,
        }),
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/2fa/email-code',
      summary: 'Send the code that a challenge asks for by mail',
      tags,
      access: 'public',
      body: ChallengeBody,
      response: { 200: Type.Object({ sent: Type.Literal(true), to: Type.String() }) },
      errors: [ChallengeExpired, MethodNotOffered, Throttled],
      handler: ({ request, body }) =>
        secondFactor.prepare('email_code', {
          challengeId: body.challenge_id,
          bindingId: delivery.bindingOf(request),
          client: clientFacts(request),
          host: request.host,
        }),
    }),
  ];
}
