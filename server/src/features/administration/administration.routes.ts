import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { AccountNotFound, EmailTaken, PasswordWorkOverloaded } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import type { AccountCreation } from './account-creation.ts';
import { CreationKeyReused, InvalidPeopleCursor, SessionUnknown } from './administration.errors.ts';
import {
  NewPersonBody,
  PeopleQuery,
  PersonChangeBody,
  PersonDetails,
  PersonList,
  PersonSessionList,
  SessionParams,
  SessionsQuery,
  UserParams,
} from './administration.schemas.ts';
import type { AdministrationService } from './administration.service.ts';

const shared = {
  tags: ['administration'],
  access: { role: 'admin' } as const,
  scope: false as const,
};
const Ended = Type.Object({ ended_sessions: Type.Integer() });
const DeletionScheduled = Type.Object({ scheduled_for: Type.String({ format: 'date-time' }) });

/** People and their sessions, for administrators. Looking needs the rank; every change a proof of the last minutes. */
export function administrationRoutes(options: {
  administration: AdministrationService;
  creation: AccountCreation;
}): Route[] {
  return [
    ...peopleRoutes(options.administration),
    creationRoute(options),
    ...actionRoutes(options.administration),
    deletionRoute(options.administration),
    ...sessionRoutes(options.administration),
  ];
}

function peopleRoutes(administration: AdministrationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/admin/users',
      summary: 'People, newest first',
      querystring: PeopleQuery,
      response: { 200: PersonList },
      errors: [InvalidPeopleCursor],
      handler: ({ query }) => administration.list(query),
    }),
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/admin/users/:user_id',
      summary: 'A person with sessions and factors',
      params: UserParams,
      response: { 200: PersonDetails },
      errors: [AccountNotFound],
      handler: ({ actor, params }) => administration.get(actor, params.user_id),
    }),
    defineRoute({
      ...shared,
      method: 'PATCH',
      url: '/api/v1/admin/users/:user_id',
      summary: 'Change name, role or status of a person of lower rank',
      description:
        'A changed role or status ends all sessions of the person. `active` approves who waits for it.',
      stepUp: true,
      params: UserParams,
      body: PersonChangeBody,
      response: { 200: PersonDetails },
      errors: [AccountNotFound],
      handler: ({ actor, params, body, request }) =>
        administration.change(actor, params.user_id, body, clientFacts(request)),
    }),
  ];
}

function deletionRoute(administration: AdministrationService): Route {
  return defineRoute({
    ...shared,
    method: 'DELETE',
    url: '/api/v1/admin/users/:user_id',
    summary: 'Have the account of a person of lower rank deleted after the grace period',
    description: 'The person is told, and can take it back until then.',
    stepUp: true,
    params: UserParams,
    response: { 200: DeletionScheduled },
    errors: [AccountNotFound],
    handler: async ({ actor, params, request }) => ({
      scheduled_for: (
        await administration.scheduleDeletion(actor, params.user_id, clientFacts(request))
      ).toISOString(),
    }),
  });
}

function creationRoute({ administration, creation }: Parameters<typeof administrationRoutes>[0]): Route {
  return defineRoute({
    ...shared,
    method: 'POST',
    url: '/api/v1/admin/users',
    summary: 'Create an account of lower rank',
    description:
      'With a password, which has to be changed at the first sign-in, or with `send_link`. Idempotency-Key is accepted.',
    stepUp: true,
    body: NewPersonBody,
    response: { 201: PersonDetails },
    errors: [EmailTaken, CreationKeyReused, PasswordWorkOverloaded],
    handler: async ({ actor, body, request }) => {
      const key = request.headers['idempotency-key'];
      const id = await creation.create(actor, body, key, clientFacts(request));
      return administration.get(actor, id);
    },
  });
}

function actionRoutes(administration: AdministrationService): Route[] {
  const action = (name: string, summary: string, run: AdministrationService['endSessions']): Route =>
    defineRoute({
      ...shared,
      method: 'POST',
      url: `/api/v1/admin/users/:user_id/${name}`,
      summary,
      stepUp: true,
      params: UserParams,
      response: { 200: Ended },
      errors: [AccountNotFound],
      handler: async ({ actor, params, request }) => ({
        ended_sessions: await run(actor, params.user_id, clientFacts(request)),
      }),
    });
  return [
    action('end-sessions', 'End all sessions of a person', administration.endSessions),
    action(
      'reset-factors',
      'Remove the second factors of a person who lost them; their sessions end',
      administration.resetFactors,
    ),
    action(
      'require-password-change',
      'Let a person do nothing before they changed their password; their sessions end',
      administration.requirePasswordChange,
    ),
  ];
}

function sessionRoutes(administration: AdministrationService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/admin/sessions',
      summary: 'Where people are signed in, newest first',
      querystring: SessionsQuery,
      response: { 200: PersonSessionList },
      errors: [InvalidPeopleCursor],
      handler: ({ actor, query }) => administration.listSessions(actor, query),
    }),
    defineRoute({
      ...shared,
      method: 'DELETE',
      url: '/api/v1/admin/sessions/:session_id',
      summary: 'End a session of a person of lower rank',
      stepUp: true,
      params: SessionParams,
      response: { 200: Ended },
      errors: [SessionUnknown],
      handler: async ({ actor, params, request }) => {
        await administration.endSession(actor, params.session_id, clientFacts(request));
        return { ended_sessions: 1 };
      },
    }),
  ];
}
