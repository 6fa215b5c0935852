import { v7 as uuidv7 } from 'uuid';
import {
  type Budget,
  type Definition,
  type DefinitionProblem,
  defaultBudget,
  type WorkflowNode,
} from '../definitions/definition.schemas.ts';
import { buildGraph } from '../definitions/graph.ts';
import type { Scope } from '../definitions/template.ts';
import { OutputMemory } from '../runs/output-memory.ts';
import type { Activation } from '../runs/run-state.ts';
import type { RunTask } from '../runs/run-store.ts';
import {
  assertBounded,
  beginLoop,
  renderConfig,
  runOrdinary,
  type StepRequest,
  type StepResult,
  type StepRunnerParts,
  toFailure,
} from '../runs/step-runner.ts';
import type { StepType } from '../steps/step-type.ts';
import type { LoopConfig } from '../steps/structure.steps.ts';
import { ConfigInvalid, StepNotFound } from '../workflows.errors.ts';
import type { StepTest, StepTestResult } from './step-test.schemas.ts';

export interface StepTester {
  /** Runs one step with sample data and stores nothing. Throws `workflows.step_not_found`. */
  test(ownerId: string, request: StepTest, signal: AbortSignal): Promise<StepTestResult>;
}

export interface StepTesterParts extends Pick<StepRunnerParts, 'types' | 'log'> {
  validate(definition: Definition): DefinitionProblem[];
}

/** What keeps a step itself from running; a drawing that is unfinished elsewhere does not. */
const problemsOfStep = new Set([
  'unknown_step_type',
  'config_invalid',
  'expression_invalid',
  'template_malformed',
]);

export function createStepTester(parts: StepTesterParts): StepTester {
  return {
    async test(ownerId, wanted, signal) {
      const node = wanted.definition.nodes.find((one) => one.id === wanted.node_id);
      if (!node) throw StepNotFound.with({ detail: `There is no step "${wanted.node_id}".` });
      const request = requestOf(ownerId, wanted, node, signal);
      const beganAtMs = performance.now();
      const { input, result } = await attempt(parts, wanted, request);
      return view(input, result, performance.now() - beganAtMs);
    },
  };
}

async function attempt(
  parts: StepTesterParts,
  wanted: StepTest,
  request: StepRequest,
): Promise<{ input: unknown; result: StepResult }> {
  const { node } = request;
  let input: unknown = null;
  try {
    const type = parts.types.get(node.type);
    const problem = parts
      .validate(wanted.definition)
      .find((one) => one.node_id === node.id && problemsOfStep.has(one.code));
    if (problem || !type) throw ConfigInvalid.with(problem);
    const scope = scopeOf(wanted, request.task);
    const config = renderConfig(type, node.config ?? {}, scope);
    input = config;
    assertBounded(input, 'input');
    const result = type.structural
      ? runShape(wanted, node, config)
      : await runOne(wanted, request, type, scope, config);
    if (result.kind === 'done') assertBounded(result.output, 'output');
    return { input, result };
  } catch (error) {
    return { input, result: { kind: 'failed', input, ...toFailure(parts, request, error) } };
  }
}

async function runOne(
  wanted: StepTest,
  request: StepRequest,
  type: StepType,
  scope: Scope,
  config: Record<string, unknown>,
): Promise<StepResult> {
  if (type.writes?.(config) && wanted.allow_writes !== true) {
    const output = { not_sent: true, would_send: config };
    return { kind: 'done', input: config, output, port: type.ports(config)[0] ?? 'next' };
  }
  // Whoever tries a step out has said what they want: nobody else is asked.
  const node: WorkflowNode = { ...request.node, approval: 'never' };
  return runOrdinary({ ...request, node }, type, scope, config);
}

/** The shape of a run has no run to be carried out in: what it would make of the sample data is shown. */
function runShape(wanted: StepTest, node: WorkflowNode, config: Record<string, unknown>): StepResult {
  const done = (output: unknown, port = 'next'): StepResult => ({
    kind: 'done',
    input: config,
    output,
    port,
  });
  const before = wanted.definition.edges.filter((edge) => edge.to === node.id).map((edge) => edge.from);
  const outputs = Object.entries(wanted.steps ?? {}).filter(([id]) => before.includes(id));
  if (node.type === 'start') return done(wanted.input ?? {});
  if (node.type === 'end') return done(config.output ?? outputs.at(-1)?.[1] ?? null);
  if (node.type === 'join') return done(Object.fromEntries(outputs));
  if (node.type === 'loop') return done(beginLoop(config as unknown as LoopConfig).input.items, 'each');
  return done(null);
}

function scopeOf(wanted: StepTest, task: RunTask): Scope {
  const steps = Object.entries(wanted.steps ?? {}).map(([id, output]) => [id, { output }]);
  return {
    input: task.input,
    steps: Object.fromEntries(steps),
    run: { id: task.id, workflow_id: task.workflow_id },
    ...(wanted.item === undefined ? {} : { item: wanted.item, index: wanted.index ?? 0 }),
  };
}

/** A run that nobody stored, of which this is the only step. */
function requestOf(ownerId: string, wanted: StepTest, node: WorkflowNode, signal: AbortSignal): StepRequest {
  const { definition, input = {} } = wanted;
  const budget: Budget = { ...defaultBudget, ...definition.budget };
  const task: RunTask = {
    ...{
      id: uuidv7(),
      workflow_id: uuidv7(),
      owner_id: ownerId,
      graph: buildGraph(definition),
      input,
      budget,
    },
    conversation_id: null,
    conversation_choice: null,
    ...{
      depth: 0,
      chain: 0,
      parent_run_id: null,
      parent_step: null,
      trigger_kind: null,
      segment_id: '',
      idle_starts: 0,
    },
    ...{ used_steps: 0, used_tokens: 0, used_ms: 0 },
  };
  const activation: Activation = {
    ...{ number: 1, nodeId: node.id, frame: '', status: 'running', attempt: 1, input: null, progress: null },
    ...{ waitsFor: null, resolution: null, editedInput: null },
  };
  return {
    task,
    live: new Map(),
    memory: new OutputMemory(true),
    activation,
    node,
    remainingTokens: budget.tokens,
    signal,
    emitText: () => undefined,
  };
}

function view(input: unknown, result: StepResult, durationMs: number): StepTestResult {
  const usage = result.kind === 'done' ? result.usage : undefined;
  const nothing: StepTestResult = {
    status: 'succeeded',
    input,
    output: null,
    port: null,
    error: null,
    waits_for: null,
    tokens: { input: usage?.inputTokens ?? 0, output: usage?.outputTokens ?? 0 },
    duration_ms: Math.round(durationMs),
  };
  if (result.kind === 'done') return { ...nothing, output: result.output, port: result.port };
  if (result.kind === 'failed') return { ...nothing, status: 'failed', error: result.error };
  return { ...nothing, status: 'waiting', waits_for: result.kind === 'waits' ? { ...result.waits } : null };
}
