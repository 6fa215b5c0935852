import type { Queryable } from '../../../platform/database/database.ts';
import type { EventLog } from '../../../platform/events/event-log.ts';
import {
  type Budget,
  type Definition,
  type DefinitionProblem,
  defaultBudget,
} from '../definitions/definition.schemas.ts';
import { mismatches } from '../definitions/schema-subset.ts';
import { findVersion, findWorkflow, type WorkflowRow } from '../definitions/workflows.queries.ts';
import type { ConversationChoice } from '../workflow-ports.ts';
import { RunInputInvalid, WorkflowDisabled, WorkflowInvalid, WorkflowNotFound } from '../workflows.errors.ts';
import { chatInput } from './chat-input.ts';
import { createRun, type RunTrigger, type StoredRun } from './create-run.ts';
import type { AfterCommit, WakeParts } from './wake-run.ts';

export interface StartParts extends WakeParts {
  eventLog: EventLog;
  validate(definition: Definition): DefinitionProblem[];
}

export interface StartRequest {
  ownerId: string;
  workflowId: string;
  input: unknown;
  trigger?: RunTrigger;
  chain?: number;
  answers?: { conversationId: string; generationId: string };
  choice?: ConversationChoice;
  identity?: { key: string; hash: string };
}

export interface StartedRun {
  id: string;
  after: AfterCommit;
  row: StoredRun;
  workflow: WorkflowRow;
}

/**
 * Starts a run of the newest version, in one statement or in the caller's transaction; `undefined` when the idempotency
 * key was used before. Throws `workflows.not_found`, `workflows.disabled`, `workflows.invalid` or
 * `workflows.input_invalid`.
 */
export async function startRun(
  db: Queryable,
  parts: StartParts,
  request: StartRequest,
): Promise<StartedRun | undefined> {
  const workflow = await findWorkflow(db, request.ownerId, request.workflowId);
  if (!workflow) throw WorkflowNotFound.with();
  if (!workflow.enabled) throw WorkflowDisabled.with();
  const { problems, inputSchema, startId, budget } = await checkVersion(db, parts, workflow);
  if (problems.length > 0)
    throw WorkflowInvalid.with({
      errors: problems.map(({ node_id: node, detail }) => ({ field: node ?? 'workflow', detail })),
    });
  const input = request.choice ? chatInput(inputSchema, request.input, request.choice) : request.input;
  const wrong = inputSchema ? mismatches(inputSchema, input) : [];
  if (wrong.length > 0)
    throw RunInputInvalid.with({
      errors: wrong.map(({ field, detail }) => ({ field: `input.${field}`, detail })),
    });
  const run = await createRun(db, parts, { ...request, input, version: workflow.version, startId, budget });
  return run && { ...run, id: run.row.id, workflow };
}

interface CheckedVersion {
  problems: DefinitionProblem[];
  inputSchema: Record<string, unknown> | undefined;
  startId: string;
  budget: Budget;
}

const maxChecked = 500;
const checked = new WeakMap<StartParts['validate'], Map<string, CheckedVersion>>();

/** A version never changes: it is looked through once. */
async function checkVersion(
  db: Queryable,
  { validate }: StartParts,
  { id, version: number }: WorkflowRow,
): Promise<CheckedVersion> {
  const known = checked.get(validate) ?? new Map<string, CheckedVersion>();
  checked.set(validate, known);
  const key = `${id} ${number}`;
  const before = known.get(key);
  if (before) return before;
  const version = await findVersion(db, id, number);
  if (!version) throw WorkflowNotFound.with();
  const { definition } = version;
  const found = {
    problems: validate(definition),
    inputSchema: definition.input_schema,
    startId: definition.nodes.find((node) => node.type === 'start')?.id ?? '',
    budget: { ...defaultBudget, ...definition.budget },
  };
  if (known.size >= maxChecked) known.clear();
  known.set(key, found);
  return found;
}
