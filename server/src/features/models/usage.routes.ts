import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { QuotaPersonNotFound } from './models.errors.ts';
import * as schemas from './usage.schemas.ts';
import type { UsageService } from './usage.service.ts';

const defaultDays = 30;
const tags = ['models'];
const administrator = { role: 'admin' } as const;
const removed = { 200: Type.Object({ removed: Type.Boolean() }) };

/** What models were used for, and how much people may use. */
export function usageRoutes(usage: UsageService): Route[] {
  return [...readingRoutes(usage), ...roleQuotaRoutes(usage), ...personQuotaRoutes(usage)];
}

function readingRoutes(usage: UsageService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/models/usage',
      summary: 'Your own use of models, by day, job and model',
      tags,
      access: 'session',
      querystring: schemas.UsageQuery,
      response: { 200: schemas.OwnUsage },
      handler: ({ actor, query }) => usage.own(actor, query.days ?? defaultDays),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/models/usage',
      summary: 'The use of models by everybody',
      tags,
      access: administrator,
      querystring: schemas.AdminUsageQuery,
      response: { 200: schemas.AdminUsage },
      handler: async ({ actor, query }) => ({
        items: await usage.all(actor, { days: query.days ?? defaultDays, userId: query.user_id }),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/models/quotas',
      summary: 'List the quotas of roles and people',
      tags,
      access: administrator,
      response: { 200: schemas.QuotaList },
      handler: async ({ actor }) => ({ items: await usage.quotas(actor) }),
    }),
  ];
}

function roleQuotaRoutes(usage: UsageService): Route[] {
  const common = {
    url: '/api/v1/admin/models/quotas/roles/:role',
    tags,
    access: administrator,
    params: schemas.RoleParams,
  };
  return [
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Set how many tokens people of a role may use',
      body: schemas.QuotaBody,
      response: { 200: schemas.Quota },
      handler: ({ actor, body, params }) => usage.setQuota(actor, { role: params.role, userId: null }, body),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Remove the quota of a role',
      response: removed,
      handler: async ({ actor, params }) => {
        await usage.removeQuota(actor, { role: params.role, userId: null });
        return { removed: true };
      },
    }),
  ];
}

function personQuotaRoutes(usage: UsageService): Route[] {
  const common = {
    url: '/api/v1/admin/models/quotas/people/:user_id',
    tags,
    access: administrator,
    params: schemas.PersonParams,
  };
  return [
    defineRoute({
      ...common,
      method: 'PUT',
      summary: 'Set how many tokens a person may use',
      description: 'Replaces the quota of their role; null is no limit.',
      body: schemas.QuotaBody,
      response: { 200: schemas.Quota },
      errors: [QuotaPersonNotFound],
      handler: ({ actor, body, params }) =>
        usage.setQuota(actor, { role: null, userId: params.user_id }, body),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      summary: 'Remove the quota of a person',
      response: removed,
      handler: async ({ actor, params }) => {
        await usage.removeQuota(actor, { role: null, userId: params.user_id });
        return { removed: true };
      },
    }),
  ];
}
