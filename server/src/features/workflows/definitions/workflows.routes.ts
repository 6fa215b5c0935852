import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { versionOfIfMatch } from '../../../platform/http/if-match.ts';
import { defineRoute, type Route } from '../../../platform/http/route.ts';
import { requestIdentity } from '../request-identity.ts';
import {
  InvalidWorkflowCursor,
  VersionNotFound,
  WorkflowBuiltin,
  WorkflowChanged,
  WorkflowKeyReused,
  WorkflowNotFound,
} from '../workflows.errors.ts';
import {
  DefinitionDiff,
  Id,
  NewWorkflow,
  ValidationAnswer,
  ValidationRequest,
  VersionList,
  VersionListQuery,
  VersionView,
  type WorkflowView as View,
  WorkflowChanges,
  WorkflowFile,
  WorkflowList,
  WorkflowListQuery,
  WorkflowView,
} from './workflows.schemas.ts';
import type { WorkflowService } from './workflows.service.ts';

const tags = ['workflows'];
const access = 'session';
const bodyLimitBytes = 2 * 1024 * 1024;
const params = Type.Object({ workflow_id: Id });
const versionParams = Type.Object({
  workflow_id: Id,
  number: Type.String({ maxLength: 40 }),
});

function withETag(reply: FastifyReply, workflow: View): View {
  reply.header('etag', `"${workflow.revision}"`);
  return workflow;
}

/** What is no number is the number of no version. */
function versionOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw VersionNotFound.with();
  return Number(text);
}

/** Workflows: drawing them, keeping their versions, and moving them between installations. */
export function workflowRoutes(workflows: WorkflowService, schema: Record<string, unknown>): Route[] {
  return [
    ...documentRoutes(workflows, schema),
    ...changeRoutes(workflows),
    ...versionRoutes(workflows),
    ...fileRoutes(workflows),
  ];
}

function documentRoutes(workflows: WorkflowService, schema: Record<string, unknown>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/schema',
      summary: 'The JSON schema of workflow documents',
      description:
        'With the settings of each kind of step, and under `x-steps`, `x-tools` and `x-events` what there is.',
      tags,
      access,
      response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      handler: () => schema,
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/validate',
      summary: 'What is wrong with a workflow',
      description: 'Every problem with the id of its step. Nothing is stored.',
      tags,
      access,
      bodyLimitBytes,
      body: ValidationRequest,
      response: { 200: ValidationAnswer },
      handler: ({ body }) => {
        const problems = workflows.validate(body.definition);
        return { valid: problems.length === 0, problems };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows',
      summary: 'List workflows, newest first',
      description: 'Your own ones; with `builtin=true` those of chat modes instead.',
      tags,
      access,
      querystring: WorkflowListQuery,
      response: { 200: WorkflowList },
      errors: [InvalidWorkflowCursor],
      handler: ({ actor, query }) => workflows.list(actor.userId, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id',
      summary: 'A workflow with its newest version',
      description: 'Its ETag goes back as If-Match with a change.',
      tags,
      access,
      params,
      response: { 200: WorkflowView },
      errors: [WorkflowNotFound],
      handler: async ({ actor, params: { workflow_id: id }, reply }) =>
        withETag(reply, await workflows.get(actor.userId, id)),
    }),
  ];
}

function changeRoutes(workflows: WorkflowService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows',
      summary: 'Create a workflow',
      description: 'May be unfinished: `problems` says what keeps it from running. Accepts Idempotency-Key.',
      tags,
      access,
      bodyLimitBytes,
      body: NewWorkflow,
      response: { 201: WorkflowView },
      errors: [WorkflowKeyReused],
      handler: async ({ actor, body, request, reply }) => {
        const identity = requestIdentity(request.headers['idempotency-key'], 'create', body);
        return withETag(reply, await workflows.create(actor.userId, body, identity));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/workflows/:workflow_id',
      summary: 'Change a workflow',
      description: 'A new definition becomes a new version; runs end with the version they began with.',
      tags,
      access,
      bodyLimitBytes,
      params,
      body: WorkflowChanges,
      response: { 200: WorkflowView },
      errors: [WorkflowNotFound, WorkflowChanged, WorkflowBuiltin],
      handler: async ({ actor, params: { workflow_id: id }, body, request, reply }) =>
        withETag(reply, await workflows.change(actor.userId, id, body, versionOfIfMatch(request))),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workflows/:workflow_id',
      summary: 'Delete a workflow with its versions, triggers and runs',
      tags,
      access,
      params,
      response: { 200: Type.Object({ deleted: Type.Literal(true) }) },
      errors: [WorkflowNotFound, WorkflowBuiltin],
      handler: ({ actor, params: { workflow_id: id } }) => workflows.remove(actor.userId, id),
    }),
  ];
}

function versionRoutes(workflows: WorkflowService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id/versions',
      summary: 'List the versions of a workflow, newest first',
      tags,
      access,
      params,
      querystring: VersionListQuery,
      response: { 200: VersionList },
      errors: [WorkflowNotFound, InvalidWorkflowCursor],
      handler: ({ actor, params: { workflow_id: id }, query }) =>
        workflows.listVersions(actor.userId, id, query),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id/versions/:number',
      summary: 'A version of a workflow',
      tags,
      access,
      params: versionParams,
      response: { 200: VersionView },
      errors: [WorkflowNotFound, VersionNotFound],
      handler: ({ actor, params: { workflow_id: id, number } }) =>
        workflows.getVersion(actor.userId, id, versionOf(number)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/:workflow_id/versions/:number/restore',
      summary: 'Make an older version the newest again',
      tags,
      access,
      params: versionParams,
      response: { 200: WorkflowView },
      errors: [WorkflowNotFound, VersionNotFound, WorkflowChanged, WorkflowBuiltin],
      handler: async ({ actor, params: { workflow_id: id, number }, request, reply }) =>
        withETag(
          reply,
          await workflows.restore(actor.userId, id, versionOf(number), versionOfIfMatch(request)),
        ),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id/diff',
      summary: 'What changed between two versions',
      tags,
      access,
      params,
      querystring: Type.Object(
        { from: Type.Integer({ minimum: 1 }), to: Type.Integer({ minimum: 1 }) },
        { additionalProperties: false },
      ),
      response: { 200: DefinitionDiff },
      errors: [WorkflowNotFound, VersionNotFound],
      handler: ({ actor, params: { workflow_id: id }, query: { from, to } }) =>
        workflows.diff(actor.userId, id, from, to),
    }),
  ];
}

function fileRoutes(workflows: WorkflowService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workflows/:workflow_id/export',
      summary: 'A workflow as a file',
      tags,
      access,
      params,
      response: { 200: WorkflowFile },
      errors: [WorkflowNotFound],
      handler: ({ actor, params: { workflow_id: id }, reply }) => {
        reply.header('content-disposition', `attachment; filename="workflow-${id}.json"`);
        return workflows.exportFile(actor.userId, id);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workflows/import',
      summary: 'Create a workflow from a file',
      description: 'It comes without triggers and runs. Accepts Idempotency-Key.',
      tags,
      access,
      bodyLimitBytes,
      body: WorkflowFile,
      response: { 201: WorkflowView },
      errors: [WorkflowKeyReused],
      handler: async ({ actor, body, request, reply }) => {
        const identity = requestIdentity(request.headers['idempotency-key'], 'import', body);
        return withETag(reply, await workflows.importFile(actor.userId, body, identity));
      },
    }),
  ];
}
