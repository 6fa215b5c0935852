import { Type } from 'typebox';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { openEventSource } from '../../platform/http/event-source.ts';
import { failureFields } from '../../platform/http/failure.schema.ts';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import type { HealthService } from './health.service.ts';

const Check = Type.Object({ name: Type.String(), ok: Type.Boolean(), ...failureFields });
const Health = Type.Object({
  status: Type.Union([Type.Literal('healthy'), Type.Literal('unhealthy')]),
  database: Type.String(),
  auth_service: Type.String(),
  /** These four are of the first check that fails. */
  code: Type.Optional(failureFields.code),
  detail: Type.Optional(failureFields.detail),
  reason: failureFields.reason,
  params: failureFields.params,
  version: Type.String(),
  redis: Type.Optional(Type.Union([Type.Literal('connected'), Type.Literal('degraded')])),
  checks: Type.Array(Check),
});
const Live = Type.Object({ status: Type.Literal('alive') });

/** Health for people, proxies and orchestrators. Liveness never asks the database. */
export function healthRoutes(health: HealthService): Route[] {
  const route = (url: string, summary: string, only?: string[]): Route =>
    defineRoute({
      method: 'GET',
      url,
      summary,
      tags: ['health'],
      access: 'public',
      exemptFromLoadShedding: true,
      response: { 200: Health, 503: Health },
      handler: async ({ reply }) => {
        const report = await health.report(only);
        reply.code(report.status === 'healthy' ? 200 : 503);
        if (report.status !== 'healthy') reply.header('retry-after', '5');
        return report;
      },
    });
  return [
    route('/health', 'Health of everything'),
    route('/api/health', 'Health of everything'),
    route('/api/health/ready', 'Ready to take requests'),
    route('/api/health/auth', 'Health of sign-in', ['database', 'schema']),
    route('/api/health/database', 'Health of the database', ['database', 'schema']),
    defineRoute({
      method: 'GET',
      url: '/api/health/live',
      summary: 'The process answers',
      tags: ['health'],
      access: 'public',
      exemptFromLoadShedding: true,
      response: { 200: Live },
      handler: () => ({ status: 'alive' as const }),
    }),
  ];
}

/** A person's own feed of hints: what changed and should be read again. */
export function feedRoutes(feed: UserFeed): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/events',
      summary: 'What changed, as it changes (server-sent events)',
      description:
        'Event `changed` with `{kind, id}`. Hints, not a log: after a reconnect read again what you show.',
      tags: ['events'],
      access: 'session',
      kind: 'stream',
      response: { 200: Type.Unknown() },
      handler: async ({ actor, reply, signal }) => {
        const writer = openEventSource(reply, signal);
        const unsubscribe = feed.subscribe(actor.userId, (change) => {
          void writer.send({ type: 'changed', data: change });
          // The guard of an open stream: a session that ended closes it.
          if (change.kind === 'session' && change.id === actor.sessionId) writer.close();
        });
        signal.addEventListener('abort', unsubscribe, { once: true });
      },
    }),
  ];
}
