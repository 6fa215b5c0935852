import { type Static, Type } from 'typebox';
import { versionOfIfMatch } from '../../platform/http/if-match.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { PolicyVersionConflict } from './policies.errors.ts';
import { SecurityPolicyBody, SecurityPolicyChange } from './policies.schemas.ts';
import type { PoliciesService, StoredPolicy } from './policies.service.ts';

const PolicyAnswer = Type.Object({
  policy: SecurityPolicyBody,
  version: Type.Integer(),
  updated_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  updated_by: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
});
const url = '/api/v1/admin/policies';
const tags = ['administration'];
const superuser = { role: 'superuser' } as const;

/** Routes of the sign-in policy. */
export function policyRoutes({ policies }: { policies: PoliciesService }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url,
      summary: 'The policy of sign-in and evidence',
      tags,
      access: { role: 'admin' },
      response: { 200: PolicyAnswer },
      handler: async ({ reply }) => {
        const stored = await policies.read();
        reply.header('etag', `"${stored.version}"`);
        return toAnswer(stored);
      },
    }),
    defineRoute({
      method: 'PUT',
      url,
      summary: 'Change the policy',
      description:
        'What is not named stays. With If-Match the change is refused when the policy was changed meanwhile.',
      tags,
      access: superuser,
      stepUp: true,
      body: SecurityPolicyChange,
      response: { 200: PolicyAnswer },
      errors: [PolicyVersionConflict],
      handler: async ({ actor, body, request, reply }) => {
        const stored = await policies.change(actor, body, versionOfIfMatch(request), clientFacts(request));
        reply.header('etag', `"${stored.version}"`);
        return toAnswer(stored);
      },
    }),
  ];
}

function toAnswer(stored: StoredPolicy): Static<typeof PolicyAnswer> {
  return {
    policy: stored.policy,
    version: stored.version,
    updated_at: stored.updatedAt?.toISOString() ?? null,
    updated_by: stored.updatedBy ?? null,
  };
}
