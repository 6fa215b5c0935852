import { Type } from 'typebox';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { Id } from '../definitions/workflows.schemas.ts';
import {
  ApprovalDecided,
  ApprovalNotFound,
  InvalidWorkflowCursor,
  RunStopping,
} from '../workflows.errors.ts';
import { ApprovalList, ApprovalListQuery, ApprovalView, Decision } from './approvals.schemas.ts';
import type { ApprovalService } from './approvals.service.ts';

const tags = ['workflows'];
const access = 'session';
const params = Type.Object({ approval_id: Id });

/** The inbox of decisions. */
export function approvalRoutes(approvals: ApprovalService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/approvals',
      summary: 'What waits for a decision of yours, and what your runs wait for',
      tags,
      access,
      querystring: ApprovalListQuery,
      response: { 200: ApprovalList },
      errors: [InvalidWorkflowCursor],
      handler: ({ actor, query }) => approvals.list(actor.userId, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/approvals/:approval_id',
      summary: 'A decision that a run waits for',
      tags,
      access,
      params,
      response: { 200: ApprovalView },
      errors: [ApprovalNotFound],
      handler: (context) => approvals.get(context.actor.userId, context.params.approval_id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/approvals/:approval_id/decide',
      summary: 'Approve or reject',
      description: 'The run goes on exactly once, however often the same decision is sent.',
      tags,
      access,
      // A key for workflows must not decide in a person's place.
      scope: false,
      params,
      body: Decision,
      response: { 200: ApprovalView },
      errors: [ApprovalNotFound, ApprovalDecided, RunStopping],
      handler: (context) => approvals.decide(context.actor.userId, context.params.approval_id, context.body),
    }),
  ];
}
