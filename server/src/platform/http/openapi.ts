import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { declaredCodes, fieldReasons } from '../errors.ts';
import { failureFields } from './failure.schema.ts';
import type { Access, Route } from './route.ts';
import { defineRoute } from './route.ts';

/** The committed description; `npm run api:generate` writes it and the checks compare it with the code. */
export const openapiFile = path.resolve(import.meta.dirname, '../../../openapi.json');

/** The codes are those that are declared when it is called; clients have to expect others from later versions. */
function problemSchema() {
  return Type.Object({
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    ...failureFields,
    code: Type.Enum(declaredCodes()),
    request_id: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String(),
          detail: Type.String(),
          reason: Type.Optional(Type.Enum([...fieldReasons])),
          params: failureFields.params,
        }),
      ),
    ),
  });
}

/** Serves the description; the answer is the same file that clients are generated from. */
export function openapiRoutes(): Route[] {
  let text: string | undefined;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/openapi.json',
      summary: 'This description (OpenAPI 3.1)',
      tags: ['system'],
      access: 'public',
      kind: 'stream',
      response: { 200: Type.Unknown() },
      handler: async ({ reply }) => {
        text ??= await readFile(openapiFile, 'utf8');
        return reply.type('application/json; charset=utf-8').send(text);
      },
    }),
  ];
}

/** Registers the generator. Only the `openapi` command and its drift check need it, never a running server. */
export async function registerOpenapiGenerator(app: FastifyInstance, version: string): Promise<void> {
  const { default: fastifySwagger } = await import('@fastify/swagger');
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'AI Workflow Engine',
        version,
        description:
          'A private AI workspace. Errors are RFC 9457 problem+json with a stable `code`. Unsafe requests that use cookies carry the header X-CSRF-TOKEN (GET /api/v1/auth/csrf-token); programs sign in with token_delivery "body" and send Authorization: Bearer.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'access_token' },
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        },
        schemas: { Problem: problemSchema() as never },
      },
    },
    transform: ({ schema, url, route }) => {
      const declared = (route.config as { route?: Route } | undefined)?.route;
      return { schema: declared ? describeRoute(schema as object, declared) : (schema as object), url };
    },
  });
}

function describeRoute(schema: object, route: Route): object {
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const byStatus = new Map<number, string[]>();
  for (const error of route.errors ?? [])
    byStatus.set(error.status, [...(byStatus.get(error.status) ?? []), error.code]);
  if (route.access !== 'public') byStatus.set(401, [...(byStatus.get(401) ?? []), 'auth.session_required']);
  if (route.stepUp) byStatus.set(403, [...(byStatus.get(403) ?? []), 'auth.step_up_required']);
  if (route.body || route.querystring) byStatus.set(422, [...(byStatus.get(422) ?? []), 'validation_failed']);
  const errors = [...byStatus].map(([status, codes]) => [
    status,
    { description: [...new Set(codes)].join(', '), content: problem },
  ]);
  return {
    ...schema,
    operationId: operationId(route),
    ...(route.access === 'public' ? {} : { security: [{ session: [] }, { bearer: [] }] }),
    description: [route.description, accessSentence(route.access)].filter(Boolean).join('\n\n'),
    ...(route.kind === 'multipart' ? { consumes: ['multipart/form-data'], body: route.body } : {}),
    ...(route.consumes ? { consumes: route.consumes } : {}),
    response: { ...successResponses(route), ...Object.fromEntries(errors) },
  };
}

function successResponses(route: Route): object {
  if (route.kind === 'socket') return { 101: { description: 'A WebSocket; see the description.' } };
  if (route.kind !== 'stream') return describeAll(route.response);
  return {
    200: {
      description: 'A stream; see the description.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  };
}

function describeAll(response: Route['response']): object {
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => [
      status,
      {
        description: (schema as { description?: string }).description ?? 'Success',
        content: { 'application/json': { schema } },
      },
    ]),
  );
}

function accessSentence(access: Access): string {
  if (access === 'public') return 'Public.';
  return access === 'session' ? 'Needs a session.' : `Needs the role ${access.role} or a higher one.`;
}

function operationId(route: Route): string {
  const words = route.url
    .replace(/^\/api\/v1/, '')
    .split(/[/\-._]/)
    .filter(Boolean)
    .map((word) => (word.startsWith(':') ? `by_${word.slice(1)}` : word));
  return [route.method.toLowerCase(), ...words].join('_');
}
