import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { AlertDenied, AlertNotFound, AlertOfThisDevice } from './alerts.errors.ts';
import * as schemas from './alerts.schemas.ts';
import type { AlertsService } from './alerts.service.ts';

const base = '/api/v1/auth/alerts';
const tags = ['security'];
const params = Type.Object({ alert_id: Type.String({ format: 'uuid' }) });
const defaultLimit = 50;

/** Routes of alerts about sign-ins. */
export function alertRoutes({ alerts }: { alerts: AlertsService }): Route[] {
  return [...readRoutes(alerts), ...decisionRoutes(alerts), adminRoute(alerts)];
}

function readRoutes(alerts: AlertsService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: base,
      summary: 'What was unusual about your sign-ins',
      tags,
      access: 'session',
      querystring: schemas.AlertQuery,
      response: { 200: schemas.AlertList },
      handler: async ({ actor, query }) => {
        const limit = query.limit ?? defaultLimit;
        const found = await alerts.list(actor, { after: query.cursor, limit: limit + 1 });
        const { rows, nextCursor } = schemas.cutPage(found, limit);
        return { items: rows.map(schemas.toAlert), next_cursor: nextCursor };
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${base}/:alert_id`,
      summary: 'One of your alerts',
      tags,
      access: 'session',
      params,
      response: { 200: schemas.Alert },
      errors: [AlertNotFound],
      handler: async ({ actor, params: { alert_id: id } }) => schemas.toAlert(await alerts.get(actor, id)),
    }),
  ];
}

function decisionRoutes(alerts: AlertsService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: `${base}/:alert_id/confirm`,
      summary: 'This was me',
      description: 'The same device and country do not alert again for thirty days.',
      tags,
      access: 'session',
      params,
      response: { 200: schemas.Alert },
      errors: [AlertNotFound, AlertDenied],
      handler: async ({ actor, params: { alert_id: id }, request }) =>
        schemas.toAlert(await alerts.confirm(actor, id, clientFacts(request))),
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/:alert_id/deny`,
      summary: 'This was not me',
      description:
        'Ends all your other sessions and forgets the device of the alert. This session can do nothing but change the password from then on.',
      tags,
      access: 'session',
      params,
      response: {
        200: Type.Object({
          ended_sessions: Type.Integer(),
          next: Type.Union([Type.Literal('change_password'), Type.Null()]),
        }),
      },
      errors: [AlertNotFound, AlertOfThisDevice],
      handler: async ({ actor, params: { alert_id: id }, request }) => {
        const denial = await alerts.deny(actor, id, clientFacts(request));
        return { ended_sessions: denial.endedSessions, next: denial.next ?? null };
      },
    }),
  ];
}

function adminRoute(alerts: AlertsService): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/admin/alerts',
    summary: 'Unusual sign-ins of everybody, and attacks on the whole system',
    tags: ['administration'],
    access: { role: 'admin' },
    querystring: schemas.AdminAlertQuery,
    response: { 200: schemas.AdminAlertList },
    handler: async ({ query }) => {
      const limit = query.limit ?? defaultLimit;
      const { kind, decision } = query;
      const found = await alerts.listAll({ kind, decision, after: query.cursor, limit: limit + 1 });
      const { rows, nextCursor } = schemas.cutPage(found, limit);
      return { items: rows.map(schemas.toAdminAlert), next_cursor: nextCursor };
    },
  });
}
