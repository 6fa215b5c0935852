import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { InvalidAuditCursor } from './audit.errors.ts';
import {
  AuditEventList,
  AuditExportQuery,
  AuditQuery,
  ChainReport,
  type ExportFormat,
  OwnEventList,
  OwnExportQuery,
  OwnQuery,
} from './audit.schemas.ts';
import type { AuditChainReport } from './audit-chain.ts';
import { exportMediaTypes } from './audit-export.ts';
import type { AuditViews } from './audit-views.service.ts';
import { clientFacts } from './client-facts.ts';

const errors = [InvalidAuditCursor];
const ownTags = ['activity'];
const adminTags = ['administration'];

/** The evidence: a person's own part, and all of it for administrators. */
export function auditRoutes(views: AuditViews): Route[] {
  return [...activityRoutes(views), ...administrationRoutes(views), chainRoute(views)];
}

function activityRoutes(views: AuditViews): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/activity',
      summary: 'What happened around your account, newest first',
      tags: ownTags,
      access: 'session',
      querystring: OwnQuery,
      response: { 200: OwnEventList },
      errors,
      handler: ({ actor, query }) => views.listOwn(actor, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/activity/export',
      summary: 'The same as CSV or JSON lines',
      tags: ownTags,
      access: 'session',
      kind: 'stream',
      querystring: OwnExportQuery,
      response: {},
      handler: ({ actor, query: { format, ...filter }, reply }) =>
        sendLines(reply, format, 'activity', views.exportOwn(actor, format, filter)),
    }),
  ];
}

function administrationRoutes(views: AuditViews): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/audit',
      summary: 'Attempts and security changes of everybody, newest first',
      tags: adminTags,
      access: { role: 'admin' },
      querystring: AuditQuery,
      response: { 200: AuditEventList },
      errors,
      handler: ({ query }) => views.list(query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/audit/export',
      summary: 'The same as CSV or JSON lines',
      description: 'Who exports, and by which filter, is recorded.',
      tags: adminTags,
      access: { role: 'admin' },
      kind: 'stream',
      querystring: AuditExportQuery,
      response: {},
      handler: async ({ actor, query: { format, ...filter }, reply, request }) =>
        sendLines(reply, format, 'audit', await views.export(actor, format, filter, clientFacts(request))),
    }),
  ];
}

function chainRoute(views: AuditViews): Route {
  return defineRoute({
    method: 'GET',
    url: '/api/v1/admin/audit/chain',
    summary: 'Whether the evidence is complete and unchanged',
    description: 'Recomputes the whole hash chain, which takes some seconds for a million events.',
    tags: adminTags,
    access: { role: 'admin' },
    timeoutMs: 600_000,
    response: { 200: ChainReport },
    handler: async () => showReport(await views.verifyChain()),
  });
}

/** A download that reads as fast as its reader. */
function sendLines(
  reply: FastifyReply,
  format: ExportFormat,
  name: string,
  lines: AsyncGenerator<string>,
): FastifyReply {
  const date = new Date().toISOString().slice(0, 10);
  return reply
    .code(200)
    .headers({
      'content-type': exportMediaTypes[format],
      'content-disposition': `attachment; filename="${name}-${date}.${format}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
    .send(Readable.from(lines));
}

function showReport(report: AuditChainReport) {
  const { problems, head, ...counts } = report;
  return {
    ...counts,
    intact: problems.length === 0,
    head: head ?? null,
    problems: problems.map(({ position, eventId, problem }) => ({
      position: position ?? null,
      event_id: eventId ?? null,
      problem,
    })),
    checked_at: new Date().toISOString(),
  };
}
