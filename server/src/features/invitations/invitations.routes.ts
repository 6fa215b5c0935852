import { type Static, Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { LinkInvalid, MailedToken } from '../account-tokens/index.ts';
import {
  DisplayNameField,
  EmailField,
  EmailTaken,
  PasswordField,
  PasswordWorkOverloaded,
  RankTooLow,
  Role,
  toUser,
  User,
} from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { Throttled } from '../sign-in/index.ts';
import { InvitationExists, InvitationNotFound } from './invitations.errors.ts';
import type { Invitation } from './invitations.queries.ts';
import type { InvitationsService } from './invitations.service.ts';

const strict = { additionalProperties: false } as const;
const Time = Type.String({ format: 'date-time' });
const InvitedRole = Type.Union([Type.Literal('user'), Type.Literal('admin')]);
const InvitationBody = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  role: InvitedRole,
  message: Type.String(),
  status: Type.Union([
    Type.Literal('open'),
    Type.Literal('accepted'),
    Type.Literal('revoked'),
    Type.Literal('expired'),
  ]),
  invited_by: Type.Object({ id: Type.String({ format: 'uuid' }), display_name: Type.String() }),
  created_at: Time,
  expires_at: Time,
  accepted_at: Type.Union([Time, Type.Null()]),
});
const ById = Type.Object({ id: Type.String({ format: 'uuid' }) });
const access = { role: 'admin' } as const;
const tags = ['invitations'];
const url = '/api/v1/admin/invitations';

interface InvitationRoutesOptions {
  invitations: InvitationsService;
  now: () => number;
}

/** Routes of administrators who invite, and of the people they invite. */
export function invitationRoutes(options: InvitationRoutesOptions): Route[] {
  return [...adminRoutes(options), ...guestRoutes(options.invitations)];
}

function toBody(invitation: Invitation, nowMs: number): Static<typeof InvitationBody> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    message: invitation.message,
    status: statusOf(invitation, nowMs),
    invited_by: { id: invitation.invitedBy, display_name: invitation.inviterName },
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
    accepted_at: invitation.acceptedAt?.toISOString() ?? null,
  };
}

function statusOf(invitation: Invitation, nowMs: number): Static<typeof InvitationBody>['status'] {
  if (invitation.acceptedAt) return 'accepted';
  if (invitation.revokedAt) return 'revoked';
  return invitation.expiresAt.getTime() <= nowMs ? 'expired' : 'open';
}

function adminRoutes(options: InvitationRoutesOptions): Route[] {
  return [listRoute(options), inviteRoute(options), resendRoute(options), revokeRoute(options)];
}

function listRoute({ invitations, now }: InvitationRoutesOptions): Route {
  return defineRoute({
    method: 'GET',
    url,
    summary: 'Invitations, newest first',
    tags,
    access,
    scope: false,
    querystring: Type.Object(
      {
        cursor: Type.Optional(Type.String({ format: 'uuid' })),
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        items: Type.Array(InvitationBody),
        next_cursor: Type.Union([Type.String(), Type.Null()]),
      }),
    },
    handler: async ({ query }) => {
      const found = await invitations.list({ before: query.cursor, limit: query.limit + 1 });
      const items = found.slice(0, query.limit);
      return {
        items: items.map((invitation) => toBody(invitation, now())),
        next_cursor: found.length > query.limit ? (items.at(-1)?.id ?? null) : null,
      };
    },
  });
}

function inviteRoute({ invitations, now }: InvitationRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url,
    summary: 'Invite somebody by mail',
    tags,
    access,
    scope: false,
    stepUp: true,
    body: Type.Object(
      { email: EmailField, role: Role, message: Type.Optional(Type.String({ maxLength: 1_000 })) },
      strict,
    ),
    response: { 201: InvitationBody },
    errors: [RankTooLow, EmailTaken, InvitationExists],
    handler: async ({ actor, body, request }) => {
      const { email, role, message = '' } = body;
      if (role === 'superuser')
        throw RankTooLow.with({ detail: 'Nobody is invited to be a superuser.', reason: 'invite_superuser' });
      const created = await invitations.invite(actor, { email, role, message }, clientFacts(request));
      return toBody(created, now());
    },
  });
}

function resendRoute({ invitations, now }: InvitationRoutesOptions): Route {
  return defineRoute({
    method: 'POST',
    url: `${url}/:id/resend`,
    summary: 'Send an invitation again, with a new link',
    tags,
    access,
    scope: false,
    params: ById,
    response: { 200: InvitationBody },
    errors: [InvitationNotFound, RankTooLow],
    handler: async ({ actor, params, request }) =>
      toBody(await invitations.resend(actor, params.id, clientFacts(request)), now()),
  });
}

function revokeRoute({ invitations }: InvitationRoutesOptions): Route {
  return defineRoute({
    method: 'DELETE',
    url: `${url}/:id`,
    summary: 'Revoke an invitation',
    tags,
    access,
    scope: false,
    params: ById,
    response: { 200: Type.Object({ revoked: Type.Literal(true) }) },
    errors: [InvitationNotFound, RankTooLow],
    handler: async ({ actor, params, request }) => {
      await invitations.revoke(actor, params.id, clientFacts(request));
      return { revoked: true };
    },
  });
}

function guestRoutes(invitations: InvitationsService): Route[] {
  return [lookUpRoute(invitations), acceptRoute(invitations)];
}

function lookUpRoute(invitations: InvitationsService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/invitations/lookup',
    summary: 'What an invitation is for',
    description: 'Uses nothing up.',
    tags,
    access: 'public',
    body: Type.Object({ token: MailedToken }, strict),
    response: {
      200: Type.Object({
        email: Type.String(),
        display_name: Type.Union([Type.String(), Type.Null()]),
        role: InvitedRole,
        expires_at: Time,
      }),
    },
    errors: [LinkInvalid, Throttled],
    handler: async ({ body, request }) => {
      const found = await invitations.lookUp(body.token, clientFacts(request));
      return {
        email: found.email,
        display_name: null,
        role: found.role,
        expires_at: found.expiresAt.toISOString(),
      };
    },
  });
}

function acceptRoute(invitations: InvitationsService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/auth/invitations/accept',
    summary: 'Accept an invitation: creates the account',
    tags,
    access: 'public',
    body: Type.Object(
      { token: MailedToken, display_name: DisplayNameField, password: PasswordField },
      strict,
    ),
    response: { 201: Type.Object({ user: User }) },
    errors: [LinkInvalid, EmailTaken, Throttled, PasswordWorkOverloaded],
    handler: async ({ body, request }) => {
      const input = { displayName: body.display_name, password: body.password };
      return { user: toUser(await invitations.accept(body.token, input, clientFacts(request))) };
    },
  });
}
