import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { DatabaseTransaction, Queryable } from '../../../platform/database/database.ts';
import { failureOf } from '../../../platform/errors.ts';
import { type Budget, defaultBudget } from '../definitions/definition.schemas.ts';
import type { ApprovalRequest, Waiting } from '../steps/step-type.ts';
import { ChildRunFailed, TooDeep } from '../workflows.errors.ts';
import { type Failure, withWorkflowTables } from '../workflows.tables.ts';
import { createRun } from './create-run.ts';
import type { FinishParts } from './finish-run.ts';
import type { Activation, Draft } from './run-state.ts';
import { type RunTask, toJson } from './run-store.ts';
import type { StepResult } from './step-runner.ts';
import type { AfterCommit } from './wake-run.ts';

const firstDelaySeconds = 1;
const longestDelaySeconds = 3_600;

/** What a step's result means for the run. */
export interface Applied {
  /** The run cannot go on. */
  failure?: Failure;
  /** To store in the transaction with the draft. */
  store?: (trx: DatabaseTransaction) => Promise<AfterCommit>;
  tokens: number;
}

/** Enters the result of a step into the draft. */
export function applyResult(
  parts: FinishParts,
  task: RunTask,
  draft: Draft,
  number: number,
  result: StepResult,
): Applied {
  const step = draft.live.get(number);
  if (!step) return { tokens: 0 };
  if (result.kind === 'failed') return applyFailure(draft, step, result);
  if (result.kind === 'items') {
    const { input, progress } = result;
    draft.change(number, { status: 'waiting', input, progress, waitsFor: { kind: 'items' } });
    return { tokens: 0 };
  }
  if (result.kind === 'waits') return applyWait(parts, task, draft, step, result);
  const { input, output, port, usage } = result;
  draft.advance(step, { number, status: 'succeeded', input, output, port, ...(usage ? { usage } : {}) });
  return { tokens: usage ? usage.inputTokens + usage.outputTokens : 0 };
}

function applyFailure(draft: Draft, step: Activation, result: StepResult & { kind: 'failed' }): Applied {
  const { error, input, mayRetry } = result;
  const node = draft.graph.nodes.get(step.nodeId);
  const retry = node?.retry;
  if (mayRetry && retry && step.attempt < retry.max_attempts) {
    const delay = (retry.delay_seconds ?? firstDelaySeconds) * 2 ** (step.attempt - 1);
    const until = new Date(Date.now() + Math.min(delay, longestDelaySeconds) * 1_000).toISOString();
    // What a person has allowed stays allowed.
    const allowed =
      step.resolution?.kind === 'approval' && node?.type !== 'approval' ? step.resolution : null;
    const waitsFor = { kind: 'retry', until, error, allowed };
    draft.change(step.number, { status: 'waiting', resolution: null, waitsFor });
    return { tokens: 0 };
  }
  const ended = { number: step.number, status: 'failed' as const, input, error };
  return draft.fail(step, ended) ? { tokens: 0 } : { tokens: 0, failure: error };
}

function applyWait(
  parts: FinishParts,
  task: RunTask,
  draft: Draft,
  step: Activation,
  { input, waits }: StepResult & { kind: 'waits' },
): Applied {
  const wait = (waitsFor: Record<string, unknown>): void =>
    draft.change(step.number, { status: 'waiting', input, resolution: null, waitsFor });
  if (waits.kind === 'time') wait({ kind: 'time', until: waits.until.toISOString() });
  if (waits.kind === 'event')
    wait({ kind: 'event', event: waits.event, until: waits.until?.toISOString() ?? null });
  if (waits.kind === 'approval') {
    const id = uuidv7();
    wait({ kind: 'approval', approval_id: id });
    return { tokens: 0, store: (trx) => insertApproval(trx, parts, task, step.number, id, waits.approval) };
  }
  if (waits.kind === 'child') {
    wait({ kind: 'child', workflow_id: waits.workflowId });
    return { tokens: 0, store: (trx) => startChild(trx, parts, task, step.number, waits) };
  }
  return { tokens: 0 };
}

async function insertApproval(
  trx: DatabaseTransaction,
  { userFeed, notices }: FinishParts,
  task: RunTask,
  step: number,
  id: string,
  wanted: ApprovalRequest,
): Promise<AfterCommit> {
  // Somebody who is not there decides nothing: then it is the owner's.
  const known = async (userId: string | null): Promise<string | null> => {
    if (userId === null) return null;
    const { rows } = await sql<{
      id: string;
    }>`select id from users where id = ${userId} and status = 'active'`.execute(trx);
    return rows[0]?.id ?? null;
  };
  const assigneeId = (await known(wanted.assigneeId)) ?? task.owner_id;
  await withWorkflowTables(trx)
    .insertInto('workflow_approvals')
    .values({
      id,
      run_id: task.id,
      step,
      owner_id: task.owner_id,
      assignee_id: assigneeId,
      title: wanted.title,
      detail: wanted.detail,
      data: toJson(wanted.data),
      expires_at: wanted.expiresAt,
      escalate_to: await known(wanted.escalateTo),
    })
    .execute();
  const announce = await notices.approvalWaits(trx, {
    ...{ userId: assigneeId, approvalId: id, title: wanted.title, runId: task.id, escalated: false },
  });
  return () => {
    userFeed.changed(assigneeId, 'approval', id);
    announce();
  };
}

/** The sub-workflow is stored with the step that waits for it, so there is exactly one. */
async function startChild(
  trx: Queryable,
  parts: FinishParts,
  task: RunTask,
  step: number,
  { workflowId, input }: Waiting & { kind: 'child' },
): Promise<AfterCommit> {
  const nothing = (): void => undefined;
  const refuse = async (error: Failure): Promise<AfterCommit> => {
    const resolution = { kind: 'child', status: 'failed', output: null, error, run_id: '' };
    await withWorkflowTables(trx)
      .updateTable('workflow_run_steps')
      .set({ resolution: toJson(resolution) })
      .where('run_id', '=', task.id)
      .where('number', '=', step)
      .execute();
    return nothing;
  };
  if (task.depth + 1 > task.budget.depth)
    return refuse(
      failureOf(
        TooDeep.with({
          detail: `Workflows may start one another ${task.budget.depth} deep.`,
          reason: 'limit',
          params: { limit: task.budget.depth },
        }),
      ),
    );
  const child = await findStart(trx, task.owner_id, workflowId);
  if (!child)
    return refuse(
      failureOf(
        ChildRunFailed.with({
          detail: 'There is no such workflow, or it has no start.',
          reason: 'no_workflow',
        }),
      ),
    );
  const run = {
    workflowId,
    ownerId: task.owner_id,
    version: child.version,
    startId: child.startId,
    input,
    budget: budgetOfChild(task, child.budget),
    depth: task.depth + 1,
    chain: task.chain,
    parent: { runId: task.id, step },
    choice: task.conversation_choice,
  };
  return (await createRun(trx, parts, run))?.after ?? nothing;
}

async function findStart(
  trx: Queryable,
  ownerId: string,
  workflowId: string,
): Promise<{ version: number; startId: string; budget: Partial<Budget> } | undefined> {
  const row = await withWorkflowTables(trx)
    .selectFrom('workflows as w')
    .innerJoin('workflow_versions as v', (join) =>
      join.onRef('v.workflow_id', '=', 'w.id').onRef('v.number', '=', 'w.version'),
    )
    .select(['w.version', 'v.definition'])
    .where('w.id', '=', workflowId)
    .where('w.owner_id', '=', ownerId)
    .where('w.enabled', '=', true)
    .executeTakeFirst();
  const startId = row?.definition.nodes.find((node) => node.type === 'start')?.id;
  return row && startId ? { version: row.version, startId, budget: row.definition.budget ?? {} } : undefined;
}

/** Never more than is left of the run that starts it. */
function budgetOfChild(task: RunTask, own: Partial<Budget>): Budget {
  const wanted = { ...defaultBudget, ...own };
  return {
    steps: Math.max(1, Math.min(wanted.steps, task.budget.steps - task.used_steps)),
    tokens: Math.max(0, Math.min(wanted.tokens, task.budget.tokens - task.used_tokens)),
    seconds: Math.min(wanted.seconds, task.budget.seconds),
    depth: task.budget.depth,
  };
}
