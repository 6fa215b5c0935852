import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { equalInConstantTime } from '../../platform/crypto/key-ring.ts';
import type { Secret } from '../../platform/crypto/secret.ts';
import { type Actor, defineRoute, type Route } from '../../platform/http/route.ts';
import { hasRank } from '../accounts/index.ts';
import type { AuthenticationMetricsService } from './authentication-metrics.ts';
import { isLocalRequest } from './local-request.ts';
import { MetricsNotAllowed } from './metrics.errors.ts';
import { AuthenticationMetrics, MetricsQuery } from './metrics.schemas.ts';
import type { Prometheus } from './prometheus.ts';

export interface MetricsRoutesOptions {
  authentication: AuthenticationMetricsService;
  prometheus: Prometheus;
  trustsProxies: boolean;
  /** Opens `/metrics` to scrapers elsewhere. */
  token: Secret | undefined;
}

/** Figures for charts and for Prometheus. Public for the guard; who may read is decided here. */
export function metricsRoutes(options: MetricsRoutesOptions): Route[] {
  const { authentication, prometheus, trustsProxies, token } = options;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/metrics/authentication',
      summary: 'How people sign in, over time',
      description: 'For administrators, and without a session for programs on the machine of the server.',
      tags: ['administration'],
      access: 'public',
      querystring: MetricsQuery,
      response: { 200: AuthenticationMetrics },
      errors: [MetricsNotAllowed],
      handler: ({ actor, query, request }) => {
        if (!isAdministrator(actor) && !isLocalRequest(request, trustsProxies))
          throw MetricsNotAllowed.with();
        return authentication.read(query.range ?? '24h');
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/metrics',
      summary: 'Figures of this process for Prometheus',
      description: 'For programs on the machine of the server, and with METRICS_TOKEN as a bearer token.',
      tags: ['health'],
      access: 'public',
      exemptFromLoadShedding: true,
      response: { 200: Type.String() },
      errors: [MetricsNotAllowed],
      handler: async ({ request, reply }) => {
        if (!bearsToken(request, token) && !isLocalRequest(request, trustsProxies))
          throw MetricsNotAllowed.with();
        const text = await prometheus.text();
        reply.type(prometheus.contentType).serializer((payload: unknown) => String(payload));
        return text;
      },
    }),
  ];
}

function isAdministrator(actor: Actor | undefined): boolean {
  // An API key never acts as an administrator.
  return actor !== undefined && actor.via !== 'api_key' && hasRank(actor.role, 'admin');
}

function bearsToken(request: FastifyRequest, token: Secret | undefined): boolean {
  const given = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token !== undefined && given !== undefined && equalInConstantTime(given, token.reveal());
}
