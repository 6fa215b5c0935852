import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { PasswordField, PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import {
  DeliveredTokens,
  type SessionDelivery,
  SessionExpired,
  SessionLifetime,
  stepUpSeconds,
} from '../sessions/index.ts';
import { ChallengeIdField, CodeField, CredentialField } from './second-factor.routes.ts';
import {
  ChallengeExpired,
  InvalidCode,
  MethodNotOffered,
  Throttled,
  WrongCurrentPassword,
} from './sign-in.errors.ts';
import type { StepUpService } from './step-up.service.ts';

const url = '/api/v1/auth/step-up';
const Timestamp = Type.String({ format: 'date-time' });
const Method = Type.Union([
  Type.Literal('password'),
  Type.Literal('totp'),
  Type.Literal('passkey'),
  Type.Literal('backup_code'),
]);
const Body = Type.Object(
  {
    method: Method,
    password: Type.Optional(PasswordField),
    code: Type.Optional(CodeField),
    credential: Type.Optional(CredentialField),
    challenge_id: Type.Optional(ChallengeIdField),
  },
  { additionalProperties: false },
);
const common: Pick<Route, 'tags' | 'whileRestricted' | 'scope'> & { access: 'session' } = {
  tags: ['sign-in'],
  access: 'session',
  whileRestricted: true,
  scope: false,
};

export interface StepUpRoutesOptions {
  stepUp: StepUpService;
  delivery: SessionDelivery;
}

/** Routes of proving once more who one is. */
export function stepUpRoutes(options: StepUpRoutesOptions): Route[] {
  return [...beginRoutes(options), proveRoute(options)];
}

function beginRoutes({ stepUp }: StepUpRoutesOptions): Route[] {
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url,
      summary: 'How you can confirm that it is you, and until when that is not needed',
      response: {
        200: Type.Object({
          // At a provider: POST /oauth/:provider/authorize with step_up.
          methods: Type.Array(Type.Union([...Method.anyOf, Type.Literal('oauth')])),
          stepped_up_until: Type.Union([Timestamp, Type.Null()]),
        }),
      },
      handler: async ({ actor }) => {
        const { methods, until } = await stepUp.describe(actor);
        return { methods, stepped_up_until: until?.toISOString() ?? null };
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${url}/passkey-options`,
      summary: 'WebAuthn options for confirming by a passkey',
      response: { 200: Type.Object({ challenge_id: Type.String(), options: Type.Unknown() }) },
      errors: [MethodNotOffered],
      handler: async ({ actor, request }) => {
        const { challengeId, options } = await stepUp.prepare(actor, {
          client: clientFacts(request),
          host: request.host,
        });
        return { challenge_id: challengeId, options };
      },
    }),
  ];
}

function proveRoute({ stepUp, delivery }: StepUpRoutesOptions): Route {
  return defineRoute({
    ...common,
    method: 'POST',
    url,
    summary: 'Confirm that it is you',
    description:
      'Opens sensitive routes for five minutes. The session goes on under a new id, with new cookies or tokens.',
    body: Body,
    response: {
      200: Type.Object({
        session: SessionLifetime,
        csrf_token: Type.String(),
        stepped_up_until: Timestamp,
        ...DeliveredTokens,
      }),
    },
    errors: [
      WrongCurrentPassword,
      InvalidCode,
      ChallengeExpired,
      MethodNotOffered,
      Throttled,
      SessionExpired,
      PasswordWorkOverloaded,
    ],
    handler: async ({ actor, body, request, reply }) => {
      const { challenge_id: challengeId, ...proof } = body;
      const { tokens, steppedUpAt } = await stepUp.prove(
        actor,
        { ...proof, challengeId },
        { client: clientFacts(request), host: request.host },
      );
      const until = new Date(steppedUpAt.getTime() + stepUpSeconds * 1000);
      return { ...delivery.deliver(reply, tokens), stepped_up_until: until.toISOString() };
    },
  });
}
