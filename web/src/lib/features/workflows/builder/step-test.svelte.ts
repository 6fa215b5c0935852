import type { WorkflowDefinition, WorkflowNode } from '@aiwfe/api-client';
import { api } from '#lib/api/index.ts';
import type { JsonProblem } from '../values/json-problem.ts';
import { parseJson } from './form-model.ts';
import { usedNames } from './references.ts';

export interface StepTestResult {
  status: 'succeeded' | 'failed' | 'waiting';
  input: unknown;
  output: unknown;
  port: string | null;
  error: { code: string; detail: string } | null;
  waits_for: unknown;
  tokens: { input: number; output: number };
  duration_ms: number;
}

interface RunWithSteps {
  input: unknown;
  steps: { node_id: string; status: string; output: unknown }[];
}

/** Trying single steps of a drawing with sample data: outputs of steps tried before, of the last run, or typed. */
export class StepTest {
  /** Typed JSON by name: `input`, `item`, or the id of a step. */
  samples = $state<Record<string, string>>({});
  result = $state.raw<{ nodeId: string; result: StepTestResult } | null>(null);
  failure = $state.raw<unknown>(null);
  isRunning = $state(false);
  readonly #workflowId: string;
  #hasLastRun = false;

  constructor(workflowId: string) {
    this.#workflowId = workflowId;
  }

  /** The names that need a sample for this step: those its settings use. */
  namesFor(node: WorkflowNode): string[] {
    const { steps, input, item } = usedNames(node);
    const needsInput = input || node.type === 'start';
    return [...(needsInput ? ['input'] : []), ...(item ? ['item'] : []), ...steps];
  }

  /** Fills what is empty with the data of the newest run. */
  async fillFromLastRun(): Promise<void> {
    if (this.#hasLastRun) return;
    this.#hasLastRun = true;
    const query = { workflow_id: this.#workflowId, limit: 1 };
    const { items } = await api.get<{ items: { id: string }[] }>('/runs', { query });
    const [newest] = items;
    if (!newest) return;
    const { input, steps } = await api.get<RunWithSteps>(`/runs/${newest.id}`);
    this.#offer('input', input);
    for (const step of steps) if (step.status === 'succeeded') this.#offer(step.node_id, step.output);
  }

  /** The problem of a sample's text, null when it can be read. */
  problemOf(name: string): JsonProblem | null {
    return parseJson(this.samples[name] ?? '').problem;
  }

  async run(definition: WorkflowDefinition, node: WorkflowNode, allowWrites: boolean): Promise<void> {
    this.isRunning = true;
    this.failure = null;
    try {
      const result = await api.post<StepTestResult>(
        '/workflows/test-step',
        { ...this.#request(definition, node), ...(allowWrites ? { allow_writes: true } : {}) },
        { timeoutMs: 180_000 },
      );
      this.result = { nodeId: node.id, result };
      if (result.status === 'succeeded') this.samples[node.id] = JSON.stringify(result.output, null, 2);
    } catch (error) {
      this.failure = error;
    } finally {
      this.isRunning = false;
    }
  }

  #request(definition: WorkflowDefinition, node: WorkflowNode) {
    const { steps, item } = usedNames(node);
    const value = (name: string): unknown => parseJson(this.samples[name] ?? '').value;
    const known = steps.filter((id) => value(id) !== undefined);
    return {
      definition,
      node_id: node.id,
      input: value('input') ?? {},
      steps: Object.fromEntries(known.map((id) => [id, value(id)])),
      ...(item ? { item: value('item') ?? null, index: 0 } : {}),
    };
  }

  #offer(name: string, value: unknown): void {
    this.samples[name] ??= JSON.stringify(value, null, 2);
  }
}
