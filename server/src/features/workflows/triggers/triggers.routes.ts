import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { rawBodyOf } from '../../../platform/http/raw-body.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { Id } from '../definitions/workflows.schemas.ts';
import {
  ChatInputUnfit,
  ChatTriggerExists,
  InvalidWorkflowCursor,
  RunInputInvalid,
  SchedulesBusy,
  TriggerInvalid,
  TriggerNotFound,
  WebhookRefused,
  WebhookReplayed,
  WebhookStale,
  WorkflowDisabled,
  WorkflowInvalid,
  WorkflowNotFound,
} from '../workflows.errors.ts';
import {
  CreatedTrigger,
  NewTrigger,
  ScheduleConfig,
  SchedulePreview,
  TriggerChanges,
  TriggerList,
  TriggerListQuery,
  TriggerView,
} from './triggers.schemas.ts';
import type { TriggerService } from './triggers.service.ts';

const tags = ['workflows'];
const access = 'session';
const ofWorkflow = Type.Object({ workflow_id: Id });
const params = Type.Object({ trigger_id: Id });
const webhookLimitBytes = 4 * 1024 * 1024;

/** What starts workflows: schedules, signed webhooks, events, questions in chats. */
export function triggerRoutes(triggers: TriggerService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id/triggers',
      summary: 'What starts a workflow',
      tags,
      access,
      params: ofWorkflow,
      querystring: TriggerListQuery,
      response: { 200: TriggerList },
      errors: [WorkflowNotFound, InvalidWorkflowCursor],
      handler: (context) => triggers.list(context.actor.userId, context.params.workflow_id, context.query),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/:workflow_id/triggers',
      summary: 'Let something start a workflow',
      description:
        'A schedule (cron or RRULE with a time zone), a signed webhook, an event, or questions in the chats of its owner. The secret of a webhook is shown once.',
      tags,
      access,
      params: ofWorkflow,
      body: NewTrigger,
      response: { 201: CreatedTrigger },
      errors: [WorkflowNotFound, TriggerInvalid, SchedulesBusy, ChatTriggerExists, ChatInputUnfit],
      handler: (context) => triggers.create(context.actor.userId, context.params.workflow_id, context.body),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/schedules/preview',
      summary: 'The next times of a schedule',
      description: 'Up to five times. Nothing is stored.',
      tags,
      access,
      body: ScheduleConfig,
      response: { 200: SchedulePreview },
      errors: [TriggerInvalid, SchedulesBusy],
      handler: ({ body }) => triggers.preview(body),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/workflows/triggers/:trigger_id',
      summary: 'Switch a trigger on or off',
      tags,
      access,
      params,
      body: TriggerChanges,
      response: { 200: TriggerView },
      errors: [
        TriggerNotFound,
        TriggerInvalid,
        SchedulesBusy,
        WorkflowNotFound,
        ChatTriggerExists,
        ChatInputUnfit,
      ],
      handler: (context) =>
        triggers.change(context.actor.userId, context.params.trigger_id, context.body.enabled),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workflows/triggers/:trigger_id',
      summary: 'Remove a trigger',
      tags,
      access,
      params,
      response: { 200: Type.Object({ deleted: Type.Literal(true) }) },
      errors: [TriggerNotFound],
      handler: (context) => triggers.remove(context.actor.userId, context.params.trigger_id),
    }),
    webhookRoute(triggers),
  ];
}

function webhookRoute(triggers: TriggerService): Route {
  return defineRoute({
    method: 'POST',
    url: '/api/v1/hooks/:trigger_id',
    summary: 'Start a workflow by a signed webhook',
    description:
      'Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, `v1,` and the Base64 of the HMAC-SHA256 over `id.timestamp.body`. An id counts once; five minutes of difference are allowed.',
    tags,
    access: 'public',
    // Whoever sends it has no cookies; a browser that has some is no sender of webhooks.
    csrf: 'with_cookies',
    keepsRawBody: true,
    bodyLimitBytes: webhookLimitBytes,
    params,
    body: Type.Unknown(),
    response: { 202: Type.Object({ run_id: Id }) },
    errors: [
      ...[WebhookRefused, WebhookStale, WebhookReplayed],
      ...[WorkflowNotFound, WorkflowDisabled, WorkflowInvalid, RunInputInvalid],
    ],
    handler: ({ params: { trigger_id: id }, request, body }) =>
      triggers.receive(id, headersOf(request), rawBodyOf(request), body),
  });
}

function headersOf({ headers }: FastifyRequest) {
  const one = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  return { id: one('webhook-id'), timestamp: one('webhook-timestamp'), signature: one('webhook-signature') };
}
