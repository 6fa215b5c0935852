import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { SecondFactorDemanded, ShownBackupCodes } from '../two-factor/index.ts';
import {
  PasskeyChallengeGone,
  PasskeyNotFound,
  PasskeysUnavailable,
  PasskeyTaken,
  RegistrationRefused,
  TooManyPasskeys,
} from './passkeys.errors.ts';
import { ChallengeId, CreationOptions, PasskeyBody, PasskeyName, toPasskeyBody } from './passkeys.schemas.ts';
import type { PasskeysService } from './passkeys.service.ts';
import { RegistrationJson } from './webauthn.ts';

const url = '/api/v1/auth/passkeys';
const tags = ['passkeys'];
const Id = Type.Object({ passkey_id: Type.String({ format: 'uuid' }) });

/** Routes around the passkeys of the person who is signed in. */
export function passkeyRoutes(passkeys: PasskeysService): Route[] {
  return [listRoute(passkeys), ...registrationRoutes(passkeys), ...changeRoutes(passkeys)];
}

function listRoute(passkeys: PasskeysService): Route {
  return defineRoute({
    method: 'GET',
    url,
    summary: 'Your passkeys',
    tags,
    access: 'session',
    whileRestricted: true,
    response: { 200: Type.Object({ items: Type.Array(PasskeyBody), next_cursor: Type.Null() }) },
    handler: async ({ actor }) => ({
      items: (await passkeys.list(actor)).map(toPasskeyBody),
      next_cursor: null,
    }),
  });
}

function registrationRoutes(passkeys: PasskeysService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: `${url}/registration-options`,
      summary: 'Begin to add a passkey',
      tags,
      access: 'session',
      whileRestricted: 'enrol_second_factor',
      stepUp: true,
      response: { 200: Type.Object({ challenge_id: Type.String(), options: CreationOptions }) },
      errors: [PasskeysUnavailable, TooManyPasskeys],
      handler: async ({ actor, request }) => {
        const begun = await passkeys.beginRegistration(actor, request.host);
        return { challenge_id: begun.challengeId, options: begun.options };
      },
    }),
    defineRoute({
      method: 'POST',
      url,
      summary: 'Add the passkey that the browser has made',
      description: 'With the first second factor come ten backup codes, shown this once.',
      tags,
      access: 'session',
      whileRestricted: 'enrol_second_factor',
      body: Type.Object(
        { challenge_id: ChallengeId, credential: RegistrationJson, name: Type.Optional(PasskeyName) },
        { additionalProperties: false },
      ),
      response: {
        201: Type.Object({
          passkey: PasskeyBody,
          backup_codes: Type.Union([ShownBackupCodes, Type.Null()]),
        }),
      },
      errors: [
        PasskeysUnavailable,
        PasskeyChallengeGone,
        RegistrationRefused,
        PasskeyTaken,
        PasswordWorkOverloaded,
      ],
      handler: async ({ actor, body, request }) => {
        const { passkey, backupCodes } = await passkeys.finishRegistration(
          actor,
          {
            challengeId: body.challenge_id,
            credential: body.credential,
            name: body.name,
            host: request.host,
          },
          clientFacts(request),
        );
        return { passkey: toPasskeyBody(passkey), backup_codes: backupCodes ?? null };
      },
    }),
  ];
}

function changeRoutes(passkeys: PasskeysService): Route[] {
  return [
    defineRoute({
      method: 'PATCH',
      url: `${url}/:passkey_id`,
      summary: 'Rename one of your passkeys',
      tags,
      access: 'session',
      params: Id,
      body: Type.Object({ name: PasskeyName }, { additionalProperties: false }),
      response: { 200: PasskeyBody },
      errors: [PasskeyNotFound],
      handler: async ({ actor, params, body, request }) =>
        toPasskeyBody(await passkeys.rename(actor, params.passkey_id, body.name, clientFacts(request))),
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:passkey_id`,
      summary: 'Remove one of your passkeys',
      tags,
      access: 'session',
      stepUp: true,
      params: Id,
      response: { 200: Type.Object({ removed: Type.Literal(true) }) },
      errors: [PasskeyNotFound, SecondFactorDemanded],
      handler: async ({ actor, params, request }) => {
        await passkeys.remove(actor, params.passkey_id, clientFacts(request));
        return { removed: true };
      },
    }),
  ];
}
