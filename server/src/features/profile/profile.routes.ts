import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { versionOfIfMatch } from '../../platform/http/if-match.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { DisplayNameField, Role } from '../accounts/index.ts';
import { clientFacts } from '../audit/index.ts';
import { SessionLifetime, type SessionsService } from '../sessions/index.ts';
import { ProfileVersionConflict } from './profile.errors.ts';
import type { Profile } from './profile.queries.ts';
import type { ProfileService } from './profile.service.ts';

const Theme = Type.Union([Type.Literal('dark'), Type.Literal('light'), Type.Literal('system')]);
const ProfileBody = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  display_name: Type.String(),
  role: Role,
  time_zone: Type.String(),
  locale: Type.String(),
  theme: Theme,
  about: Type.String(),
  work_style: Type.String(),
  goals: Type.Array(Type.String()),
  updated_at: Type.String({ format: 'date-time' }),
  version: Type.Integer(),
});
// Role, status, e-mail and verification are not here: unknown keys are refused (S12).
const ProfileChangeBody = Type.Object(
  {
    display_name: Type.Optional(DisplayNameField),
    time_zone: Type.Optional(Type.String({ maxLength: 60 })),
    locale: Type.Optional(Type.String({ maxLength: 35 })),
    theme: Type.Optional(Theme),
    about: Type.Optional(Type.String({ maxLength: 4_000 })),
    work_style: Type.Optional(Type.String({ maxLength: 4_000 })),
    goals: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { maxItems: 50 })),
  },
  { additionalProperties: false },
);
const url = '/api/v1/profile';
const tags = ['profile'];

/** Routes of a person's own profile. */
export function profileRoutes(options: { profiles: ProfileService; sessions: SessionsService }): Route[] {
  const { profiles } = options;
  return [
    defineRoute({
      method: 'GET',
      url,
      summary: 'Your profile',
      tags,
      access: 'session',
      response: { 200: ProfileBody },
      handler: ({ actor, reply }) => {
        const profile = profiles.get(actor);
        return profile instanceof Promise
          ? profile.then((loaded) => tagged(reply, loaded))
          : tagged(reply, profile);
      },
    }),
    ...(['PATCH', 'PUT'] as const).map((method) =>
      defineRoute({
        method,
        url,
        summary: method === 'PATCH' ? 'Change parts of your profile' : 'Replace your profile',
        description: 'With If-Match the change is refused when the profile was changed meanwhile.',
        tags,
        access: 'session',
        body: ProfileChangeBody,
        response: { 200: ProfileBody },
        errors: [ProfileVersionConflict],
        handler: async ({ actor, body, request, reply }) =>
          tagged(
            reply,
            await profiles.change(actor, body, {
              replace: method === 'PUT',
              expectedVersion: versionOfIfMatch(request),
            }),
          ),
      }),
    ),
    debugRoute(options.sessions),
  ];
}

function tagged(reply: FastifyReply, profile: Profile): Profile {
  reply.header('etag', `"${profile.version}"`);
  return profile;
}

function debugRoute(sessions: SessionsService): Route {
  return defineRoute({
    method: 'GET',
    url: `${url}/debug`,
    summary: 'What the server knows about this sign-in',
    tags,
    access: 'session',
    response: {
      200: Type.Object({
        user_id: Type.String(),
        role: Role,
        credentials: Type.Union([Type.Literal('cookie'), Type.Literal('bearer')]),
        session: Type.Union([
          Type.Intersect([
            SessionLifetime,
            Type.Object({ created_at: Type.String(), factors: Type.Array(Type.String()) }),
          ]),
          Type.Null(),
        ]),
        ip_address: Type.String(),
        user_agent: Type.String(),
        protocol: Type.String(),
        host: Type.String(),
      }),
    },
    handler: async ({ actor, request }) => {
      const session = await sessions.find(actor);
      const client = clientFacts(request);
      return {
        user_id: actor.userId,
        role: actor.role,
        credentials: actor.via,
        session: session
          ? {
              id: session.id,
              expires_at: session.expires_at.toISOString(),
              idle_expires_at: session.idle_expires_at.toISOString(),
              created_at: session.created_at.toISOString(),
              factors: session.factors,
            }
          : null,
        ip_address: client.address,
        user_agent: client.userAgent,
        protocol: request.protocol,
        host: request.host,
      };
    },
  });
}
