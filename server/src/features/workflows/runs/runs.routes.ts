import { Type } from 'typebox';
import type { UserFeed } from '../../../platform/events/user-feed.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { sendStoredStream } from '../../../platform/http/send-stored-stream.ts';
import { Id } from '../definitions/workflows.schemas.ts';
import { requestIdentity } from '../request-identity.ts';
import {
  InvalidRunPosition,
  InvalidWorkflowCursor,
  RunEnded,
  RunInputInvalid,
  RunNotFound,
  RunNotPaused,
  RunNotRepeatable,
  WorkflowDisabled,
  WorkflowInvalid,
  WorkflowKeyReused,
  WorkflowNotFound,
} from '../workflows.errors.ts';
import {
  NewRun,
  Retry,
  RunCounts,
  RunCountsQuery,
  RunEventsQuery,
  RunList,
  RunListQuery,
  RunQuery,
  RunView,
  StepList,
  StepListQuery,
} from './runs.schemas.ts';
import type { RunService } from './runs.service.ts';

const tags = ['workflows'];
const access = 'session';
const params = Type.Object({ run_id: Id });
const inputLimitBytes = 4 * 1024 * 1024;

export interface RunRouteOptions {
  runs: RunService;
  userFeed: UserFeed;
}

/** Running workflows, looking at runs, following and steering them. */
export function runRoutes(options: RunRouteOptions): Route[] {
  return [...readingRoutes(options), ...steeringRoutes(options)];
}

function readingRoutes({ runs, userFeed }: RunRouteOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs',
      summary: 'List runs, newest first',
      tags,
      access,
      querystring: RunListQuery,
      response: { 200: RunList },
      errors: [InvalidWorkflowCursor],
      handler: ({ actor, query }) => runs.list(actor.userId, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/counts',
      summary: 'How many runs ended how, and what they used, over time',
      tags,
      access,
      querystring: RunCountsQuery,
      response: { 200: RunCounts },
      handler: async ({ actor, query }) => runs.count(actor.userId, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:run_id',
      summary: 'A run with its steps',
      description: 'Each step with its input, output, tokens, times, attempts and error.',
      tags,
      access,
      params,
      querystring: RunQuery,
      response: { 200: RunView },
      errors: [RunNotFound],
      handler: (context) => runs.get(context.actor.userId, context.params.run_id, context.query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:run_id/steps',
      summary: 'The steps of a run in their order',
      tags,
      access,
      params,
      querystring: StepListQuery,
      response: { 200: StepList },
      errors: [RunNotFound, InvalidWorkflowCursor],
      handler: (context) => runs.listSteps(context.actor.userId, context.params.run_id, context.query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:run_id/events',
      summary: 'Follow a run (server-sent events)',
      description:
        'Every event after `Last-Event-ID` (or `after_seq`) exactly once: first the stored ones, then live, until `end`. Answers 204 when nothing can come any more.',
      tags,
      access,
      kind: 'stream',
      params,
      querystring: RunEventsQuery,
      response: { 200: Type.Unknown() },
      errors: [RunNotFound, InvalidRunPosition],
      handler: (context) => {
        const { actor, params, query } = context;
        return sendStoredStream(context, {
          userFeed,
          afterSeq: query.after_seq,
          invalidPosition: InvalidRunPosition,
          follow: (afterSeq, signal) => runs.follow(actor.userId, params.run_id, afterSeq, signal),
        });
      },
    }),
  ];
}

function steeringRoutes({ runs }: RunRouteOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/:workflow_id/runs',
      summary: 'Run a workflow',
      description: 'Accepts Idempotency-Key: a repeated request answers the run that the first one started.',
      tags,
      access,
      bodyLimitBytes: inputLimitBytes,
      params: Type.Object({ workflow_id: Id }),
      body: NewRun,
      response: { 202: RunView },
      errors: [WorkflowNotFound, WorkflowDisabled, WorkflowInvalid, RunInputInvalid, WorkflowKeyReused],
      handler: (context) => {
        const { actor, body, request } = context;
        const { workflow_id: id } = context.params;
        const identity = requestIdentity(request.headers['idempotency-key'], `run ${id}`, body);
        return runs.start(actor.userId, id, body.input ?? {}, identity);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/runs/:run_id/cancel',
      summary: 'Cancel a run',
      tags,
      access,
      params,
      response: { 202: RunView },
      errors: [RunNotFound],
      handler: (context) => runs.cancel(context.actor.userId, context.params.run_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/runs/:run_id/pause',
      summary: 'Pause a run',
      description: 'Steps under way end, no further ones begin.',
      tags,
      access,
      params,
      response: { 202: RunView },
      errors: [RunNotFound, RunEnded],
      handler: (context) => runs.pause(context.actor.userId, context.params.run_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/runs/:run_id/resume',
      summary: 'Go on with a paused run',
      tags,
      access,
      params,
      response: { 202: RunView },
      errors: [RunNotFound, RunEnded, RunNotPaused],
      handler: (context) => runs.resume(context.actor.userId, context.params.run_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/runs/:run_id/retry',
      summary: 'Try a run again from one of its steps',
      description:
        'As a new run with the steps done before; `input` takes the place of what the step was given. The first run stays as it was.',
      tags,
      access,
      bodyLimitBytes: inputLimitBytes,
      params,
      body: Retry,
      response: { 202: RunView },
      errors: [RunNotFound, RunNotRepeatable],
      handler: (context) => runs.retry(context.actor.userId, context.params.run_id, context.body),
    }),
  ];
}
