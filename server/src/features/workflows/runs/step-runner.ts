import type { Database } from '../../../platform/database/database.ts';
import { failureOf, ProblemError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { WorkflowNode } from '../definitions/definition.schemas.ts';
import { referencesIn, renderValue, type Scope, stepsInExpression } from '../definitions/template.ts';
import type { StepContext, StepOutcome, StepType, StepTypes, Waiting } from '../steps/step-type.ts';
import { type LoopConfig, maxLoopItems } from '../steps/structure.steps.ts';
import {
  ApprovalRejected,
  ConfigInvalid,
  StepFailed,
  StepTimeout,
  ValueTooLarge,
} from '../workflows.errors.ts';
import type { Failure, LoopProgress } from '../workflows.tables.ts';
import { frameParts } from './frames.ts';
import type { OutputMemory } from './output-memory.ts';
import type { Activation } from './run-state.ts';
import { collectOutputs, firstSteps, type RunTask, readLastOutput, readOutputs } from './run-store.ts';

export type StepResult =
  | {
      kind: 'done';
      input: unknown;
      output: unknown;
      port: string;
      usage?: { inputTokens: number; outputTokens: number };
    }
  | { kind: 'waits'; input: unknown; waits: Waiting }
  | { kind: 'items'; input: { items: unknown[] }; progress: LoopProgress }
  | { kind: 'failed'; input: unknown; error: Failure; mayRetry: boolean };

export interface StepRunnerParts {
  db: Database;
  types: StepTypes;
  log: Logger;
}

export interface StepRequest {
  task: RunTask;
  /** Steps that have not ended; loops among them hold their items. */
  live: ReadonlyMap<number, Activation>;
  memory: OutputMemory;
  activation: Activation;
  node: WorkflowNode;
  remainingTokens: number;
  /** Of the run. */
  signal: AbortSignal;
  emitText(text: string): void;
}

export const maxValueBytes = 4 * 1024 * 1024;
const defaultTimeoutSeconds = 300;
const defaultParallel = 4;
/** The same again would fail the same. */
const final = new Set([
  'workflows.missing_value',
  'workflows.config_invalid',
  'workflows.budget_exceeded',
  'workflows.value_too_large',
  'workflows.expression_failed',
  'workflows.rejected',
  'workflows.too_deep',
  'models.no_chat_model',
  'outbound.address_not_allowed',
  'outbound.invalid_url',
]);

/** Runs one step once. Never throws: what happened is the result. The caller asks the run's signal whether it counts. */
export async function runStep(parts: StepRunnerParts, request: StepRequest): Promise<StepResult> {
  let input: unknown = request.activation.input;
  try {
    const type = parts.types.get(request.node.type);
    if (!type) throw ConfigInvalid.with({ detail: `There is no step of type "${request.node.type}".` });
    const scope = await readScope(parts, request, type);
    const { editedInput, resolution, input: before } = request.activation;
    // What was approved is what runs, whatever has changed meanwhile.
    const kept = resolution === null ? editedInput : before;
    input = kept ?? renderConfig(type, request.node.config ?? {}, scope);
    assertBounded(input, 'input');
    const result = type.structural
      ? await runStructure(parts, request, input as Record<string, unknown>)
      : await runOrdinary(request, type, scope, input as Record<string, unknown>);
    if (result.kind === 'done') assertBounded(result.output, 'output');
    return result;
  } catch (error) {
    return { kind: 'failed', input, ...toFailure(parts, request, error) };
  }
}

export function toFailure(
  { log }: Pick<StepRunnerParts, 'log'>,
  { task, node, activation, signal }: StepRequest,
  error: unknown,
): { error: Failure; mayRetry: boolean } {
  const place = { node_id: node.id, step: activation.number };
  if (error instanceof ProblemError)
    return { error: { ...failureOf(error), ...place }, mayRetry: !final.has(error.code) };
  if (!signal.aborted)
    log.error({ err: error, runId: task.id, nodeId: node.id }, 'a step of a workflow failed');
  return { error: { ...failureOf(StepFailed.with()), ...place }, mayRetry: true };
}

export function assertBounded(value: unknown, what: 'input' | 'output'): void {
  const bytes = Buffer.byteLength(JSON.stringify(value ?? null));
  if (bytes <= maxValueBytes) return;
  const params = { size_kb: Math.ceil(bytes / 1024), limit_kb: maxValueBytes / 1024 };
  throw ValueTooLarge.with({
    detail: `The ${what} of the step has ${params.size_kb} KB; ${params.limit_kb} KB are possible.`,
    reason: what,
    params,
  });
}

/** Templates are replaced, expressions and literals stay as they are written. */
export function renderConfig(
  type: StepType,
  config: Record<string, unknown>,
  scope: Scope,
): Record<string, unknown> {
  const kept = new Set([...(type.expressions ?? []), ...(type.literals ?? [])]);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, kept.has(key) ? value : renderValue(value, scope)]),
  );
}

async function readScope({ db }: StepRunnerParts, request: StepRequest, type: StepType): Promise<Scope> {
  const { task, activation, live, memory, node } = request;
  const [loop] = frameParts(activation.frame).filter((part) => part.kind === 'loop');
  const items = loop && (live.get(loop.step)?.input as { items?: unknown[] } | undefined)?.items;
  const steps: Scope['steps'] = {};
  const unknown: string[] = [];
  for (const name of stepsNamedBy(type, node)) {
    const found = memory.find(name, activation.frame);
    if (found === 'unknown') unknown.push(name);
    else if (found !== 'none') steps[name] = found;
  }
  return {
    input: task.input,
    steps: { ...steps, ...(await readOutputs(db, task.id, activation.frame, unknown)) },
    run: { id: task.id, workflow_id: task.workflow_id },
    ...(loop && items ? { item: items[loop.index], index: loop.index } : {}),
  };
}

const named = new WeakMap<WorkflowNode, string[]>();

function stepsNamedBy(type: StepType, node: WorkflowNode): string[] {
  const known = named.get(node);
  if (known) return known;
  const config = node.config ?? {};
  const expressions = (type.expressions ?? []).flatMap((key) => stepsInExpression(String(config[key])).names);
  const references = referencesIn(config).flatMap(({ path: [root, name] }) =>
    root === 'steps' && name !== undefined ? [name] : [],
  );
  const names = [...new Set([...expressions, ...references])];
  named.set(node, names);
  return names;
}

/**
 * Whether a step may begin before what led to it is stored: it only computes, and what it reads is at hand. The numbers of
 * all others must be stored first, since what they do outside goes by them.
 */
export function mayRunAhead(
  types: StepTypes,
  memory: OutputMemory,
  node: WorkflowNode,
  step: Activation,
): boolean {
  const type = types.get(node.type);
  if (!type) return true;
  const collects = step.waitsFor?.kind === 'collect';
  const shapes =
    node.type === 'end' ? node.config?.output !== undefined : ['join', 'loop'].includes(node.type);
  if (collects || !(type.computes || shapes)) return false;
  return stepsNamedBy(type, node).every((name) => memory.find(name, step.frame) !== 'unknown');
}

/** One attempt of a step that is no part of the run's shape, within its time. */
export async function runOrdinary(
  request: StepRequest,
  type: StepType,
  scope: Scope,
  config: Record<string, unknown>,
): Promise<StepResult> {
  const { node, activation } = request;
  const { resolution } = activation;
  if (needsApproval(type, node, config)) {
    if (resolution === null) return { kind: 'waits', input: config, waits: askFirst(type, node, config) };
    const decision = resolution.kind === 'approval' ? resolution.decision : 'rejected';
    if (decision !== 'approved' && type.refused)
      return toResult(type, config, type.refused(config, decision));
    if (decision !== 'approved')
      throw ApprovalRejected.with({
        detail: 'The step changes or sends something and was not approved.',
        reason: 'not_approved',
      });
  }
  const limit = new AbortController();
  const timeoutMs = (node.timeout_seconds ?? defaultTimeoutSeconds) * 1_000;
  const signal = AbortSignal.any([request.signal, limit.signal]);
  const context = stepContext(request, scope, signal);
  const work =
    resolution !== null && type.resume && !type.writes?.(config)
      ? type.resume(context, config, resolution)
      : type.run?.(context, config);
  if (!work) throw new Error(`Steps of type ${type.type} cannot run.`);
  const outcome = await within(work, timeoutMs, limit, request.signal);
  return toResult(type, config, outcome);
}

function toResult(type: StepType, input: Record<string, unknown>, outcome: StepOutcome): StepResult {
  if ('waits' in outcome) return { kind: 'waits', input, waits: outcome.waits };
  const { output, usage } = outcome;
  const port = outcome.port ?? type.ports(input)[0] ?? 'next';
  return { kind: 'done', input, output, port, ...(usage ? { usage } : {}) };
}

function needsApproval(type: StepType, node: WorkflowNode, config: Record<string, unknown>): boolean {
  if (node.approval !== undefined) return node.approval === 'required' && type.type !== 'approval';
  return (type.asks ?? type.writes)?.(config) ?? false;
}

function askFirst(type: StepType, node: WorkflowNode, config: Record<string, unknown>): Waiting {
  const title = `${node.name ?? type.title} (${node.id})`;
  const detail =
    'This step changes or sends something. It runs with exactly these settings once you approve.';
  const rest = { assigneeId: null, expiresAt: null, escalateTo: null };
  const approval = { title, detail, data: config, ...rest, ...type.question?.(config) };
  return { kind: 'approval', approval };
}

function stepContext(request: StepRequest, scope: Scope, signal: AbortSignal): StepContext {
  const { task, activation, node, remainingTokens, emitText } = request;
  return {
    runId: task.id,
    workflowId: task.workflow_id,
    ownerId: task.owner_id,
    conversationId: task.conversation_id,
    choice: task.conversation_choice,
    number: activation.number,
    nodeId: node.id,
    idempotencyKey: `${task.id}:${activation.number}:${activation.attempt}`,
    effectKey: `${task.id}:${activation.number}`,
    signal,
    depth: task.depth,
    remainingTokens,
    scope,
    emitText,
  };
}

/** The outcome, or `workflows.step_timeout`; also for work that does not listen to its signal. */
async function within<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  limit: AbortController,
  run: AbortSignal,
): Promise<Result> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seconds = timeoutMs / 1_000;
    over.reject(
      StepTimeout.with({
        detail: `The step did not end within ${seconds} seconds.`,
        reason: 'limit',
        params: { limit_seconds: seconds },
      }),
    );
    limit.abort();
  }, timeoutMs);
  const onAbort = (): void => over.reject(run.reason as Error);
  run.addEventListener('abort', onAbort, { once: true });
  if (run.aborted) onAbort();
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
    run.removeEventListener('abort', onAbort);
    // The one that lost the race has nothing more to say.
    work.catch(() => undefined);
    over.promise.catch(() => undefined);
  }
}

async function runStructure(
  { db }: StepRunnerParts,
  { task, activation, node }: StepRequest,
  config: Record<string, unknown>,
): Promise<StepResult> {
  const done = (output: unknown, port = 'next'): StepResult => ({
    kind: 'done',
    input: config,
    output,
    port,
  });
  switch (node.type) {
    case 'start':
      return done(task.input);
    case 'end':
      return done(config.output ?? (await readLastOutput(db, task.id, activation.frame)));
    case 'join':
      return done(await collectBranches(db, task.id, activation));
    case 'loop': {
      if (activation.waitsFor?.kind !== 'collect') return beginLoop(config as unknown as LoopConfig);
      const output = await collectItems(db, task.id, activation);
      return { kind: 'done', input: activation.input, output, port: 'done' };
    }
    default:
      return done(null);
  }
}

export function beginLoop({ items, max_parallel: parallel = defaultParallel }: LoopConfig): StepResult & {
  kind: 'items';
} {
  if (!Array.isArray(items))
    throw ConfigInvalid.with({ detail: 'What the loop runs over is no list.', reason: 'loop_not_list' });
  if (items.length > maxLoopItems)
    throw ConfigInvalid.with({
      detail: `The list has ${items.length} items; a loop takes ${maxLoopItems}.`,
      reason: 'loop_too_long',
      params: { count: items.length, limit: maxLoopItems },
    });
  const progress = { total: items.length, begun: 0, ended: 0, max_parallel: parallel };
  return { kind: 'items', input: { items }, progress };
}

async function collectItems(db: Database, runId: string, loop: Activation): Promise<unknown[]> {
  const prefix = `${loop.frame}l${loop.number}.`;
  const collected = await collectOutputs(db, runId, prefix, maxValueBytes);
  if (!collected)
    throw ValueTooLarge.with({
      detail: 'The results of the loop are larger than 4 MB together.',
      reason: 'loop',
      params: { limit_mb: 4 },
    });
  const byIndex = new Map(collected.map((one) => [one.index, one]));
  return Array.from({ length: loop.progress?.total ?? 0 }, (_, index) => {
    const one = byIndex.get(index);
    return one?.error && one.output === null ? { error: one.error } : (one?.output ?? null);
  });
}

async function collectBranches(
  db: Database,
  runId: string,
  join: Activation,
): Promise<Record<string, unknown>> {
  if (join.waitsFor?.kind !== 'collect') return {};
  const prefix = `${join.frame}p${String(join.waitsFor.fork)}.`;
  const collected = await collectOutputs(db, runId, prefix, maxValueBytes);
  if (!collected)
    throw ValueTooLarge.with({
      detail: 'The results of the branches are larger than 4 MB together.',
      reason: 'branches',
      params: { limit_mb: 4 },
    });
  const names = await firstSteps(db, runId, prefix);
  return Object.fromEntries(
    collected.map(({ index, output }) => [names.get(index) ?? String(index), output]),
  );
}
