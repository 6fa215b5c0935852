import type { StreamSource } from '../../platform/events/stream-source.ts';
import type { Feature } from '../../platform/feature.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { approvalRoutes } from './approvals/approvals.routes.ts';
import { createApprovalService } from './approvals/approvals.service.ts';
import { type BuiltinWorkflows, createBuiltinWorkflows } from './definitions/builtin-workflows.ts';
import type { Definition, DefinitionProblem } from './definitions/definition.schemas.ts';
import { publishedSchema } from './definitions/published-schema.ts';
import { validateDefinition } from './definitions/validate-definition.ts';
import { workflowRoutes } from './definitions/workflows.routes.ts';
import { createWorkflowService } from './definitions/workflows.service.ts';
import { checkExpression, createExpressions } from './expressions/expressions.ts';
import { type AnswerRuns, createAnswerRuns } from './runs/answer-runs.ts';
import { runWorkflow } from './runs/run.workflow.ts';
import { carryAbandonedRuns, listOrphans, wakeDueSteps } from './runs/run-upkeep.ts';
import { runRoutes } from './runs/runs.routes.ts';
import { createRunService, type RunService } from './runs/runs.service.ts';
import { createSampleWorkflows, type SampleWorkflows } from './samples/samples.service.ts';
import { inModelOrder } from './steps/model-turns.ts';
import { createStepTypes } from './steps/step-types.ts';
import { templateRoutes } from './templates/templates.routes.ts';
import { stepTestRoutes } from './testing/step-test.routes.ts';
import { createStepTester } from './testing/step-test.ts';
import { searchDocumentsTool } from './tools/search-documents.tool.ts';
import { type ChatWorkflows, createChatWorkflows } from './triggers/chat-workflows.ts';
import { createScheduleFirer, forgetFirings, matchEvents } from './triggers/fire-triggers.ts';
import { createSchedules } from './triggers/schedules.ts';
import { triggerRoutes } from './triggers/triggers.routes.ts';
import { createTriggerService, triggerSecretColumn } from './triggers/triggers.service.ts';
import { notedEvents, type WorkflowEvent } from './triggers/workflow-events.ts';
import type { PassageSource, StepModels, WorkflowNotices } from './workflow-ports.ts';
import { workflowsPersonalData } from './workflows.personal.ts';

export type { BuiltinWorkflow, BuiltinWorkflows } from './definitions/builtin-workflows.ts';
export { type Definition, DefinitionSchema, type WorkflowNode } from './definitions/definition.schemas.ts';
export { listWorkflowNames } from './definitions/workflows.queries.ts';
export { createStepModels } from './gateway-models.ts';
export type { AnswerRuns, StepFacts } from './runs/answer-runs.ts';
export type { RunService } from './runs/runs.service.ts';
export type { AnswerPart } from './steps/answer-part.ts';
export type { ChatWorkflow, ChatWorkflows } from './triggers/chat-workflows.ts';
export { noteWorkflowEvent, type WorkflowEvent } from './triggers/workflow-events.ts';
export type * from './workflow-ports.ts';

const tickMs = 1_000;
const sweepMs = 15_000;
const forgetMs = 3_600_000;

export interface WorkflowsOptions {
  platform: Pick<Platform, 'db' | 'engine' | 'bus' | 'eventLog' | 'userFeed' | 'secretBox' | 'log' | 'clock'>;
  models: StepModels;
  passages: PassageSource;
  door: OutboundDoor;
  /** Servers of the own network that HTTP steps may ask; none by default. */
  localHosts?: readonly string[];
  /** What other features let workflows do; each is one file there. */
  tools?: readonly WorkflowTool[];
  /** What other features note with `noteWorkflowEvent`. */
  events?: readonly WorkflowEvent[];
  /** Without them nobody is told of approvals and ends of runs. */
  notices?: WorkflowNotices;
}

const silence: WorkflowNotices = {
  approvalWaits: async () => () => undefined,
  approvalsSettled: async () => () => undefined,
  runEnded: async () => () => undefined,
};

export interface WorkflowsFeature extends Feature {
  /** Runs as they go on. */
  streams: StreamSource;
  runs: RunService;
  /** Runs that write answers. */
  answerRuns: AnswerRuns;
  /** Workflows that answer in chats. */
  chatWorkflows: ChatWorkflows;
  /** Workflows that other features keep for people. */
  builtins: BuiltinWorkflows;
  /** What a new account finds. */
  samples: SampleWorkflows;
  /** Everything that workflows may use. */
  tools: readonly WorkflowTool[];
}

/** Workflows that people draw: definitions, durable runs, approvals and triggers. */
export function createWorkflowsFeature(options: WorkflowsOptions): WorkflowsFeature {
  const { notices = silence } = options;
  const platform = { ...options.platform, notices };
  const { db, log } = platform;
  const expressions = createExpressions();
  const schedules = createSchedules();
  const tools = [searchDocumentsTool(options.passages), ...(options.tools ?? [])];
  const models = inModelOrder(options.models);
  const events = [...notedEvents, ...(options.events ?? [])];
  const types = createStepTypes({ ...options, ...platform, models, events, expressions, tools });
  const validate = (definition: Definition): DefinitionProblem[] =>
    validateDefinition(definition, { types, checkExpression });
  const runs = createRunService({ ...platform, validate });
  const approvals = createApprovalService(platform);
  const workflows = createWorkflowService({ ...platform, validate, endRuns: runs.endAllOf });
  const triggers = createTriggerService({ ...platform, validate, events, schedules });
  const firing = { ...platform, validate };
  const upkeep = createUpkeep(log, [
    { name: 'schedules that are due', everyMs: tickMs, run: createScheduleFirer({ ...firing, schedules }) },
    { name: 'events for workflows', everyMs: tickMs, run: () => matchEvents(firing) },
    { name: 'firings of long ago', everyMs: forgetMs, run: () => forgetFirings(firing) },
    { name: 'workflow steps that are due', everyMs: tickMs, run: () => wakeDueSteps(platform) },
    { name: 'approvals that are due', everyMs: tickMs, run: () => approvals.sweep() },
    { name: 'abandoned runs', everyMs: sweepMs, run: async () => void (await carryAbandonedRuns(platform)) },
    {
      name: 'orphaned runs',
      everyMs: sweepMs,
      run: async () => {
        for (const id of await listOrphans(db)) await runs.stopQuietly(id);
      },
    },
  ]);
  return {
    routes: [
      ...workflowRoutes(workflows, publishedSchema(types, tools, events)),
      ...runRoutes({ ...platform, runs }),
      ...approvalRoutes(approvals),
      ...triggerRoutes(triggers),
      ...templateRoutes(platform),
      ...stepTestRoutes(createStepTester({ ...platform, types, validate })),
    ],
    runs,
    answerRuns: createAnswerRuns({ ...platform, validate }),
    chatWorkflows: createChatWorkflows({ db, validate }),
    builtins: createBuiltinWorkflows(platform),
    samples: createSampleWorkflows({ ...platform, workflows }),
    tools,
    streams: runs.streams,
    workflows: [runWorkflow({ ...platform, types })],
    sealed: [triggerSecretColumn],
    personal: workflowsPersonalData(db),
    async start() {
      upkeep.start();
    },
    async stop() {
      await upkeep.stop();
      await expressions.close();
      await schedules.close();
    },
  };
}
