import type { RunStep } from '@aiwfe/api-client';
import type { StepState } from './run-progress.ts';

/** A row of a step for tests. */
export function rowOf(number: number, rest: Partial<RunStep> = {}): RunStep {
  return {
    number,
    node_id: 'text',
    frame: '',
    status: 'succeeded',
    attempts: 1,
    input: null,
    output: null,
    port: null,
    error: null,
    tokens: { input: 0, output: 0 },
    progress: null,
    waits_for: null,
    child_run_id: null,
    started_at: '2026-01-01T10:00:00.000Z',
    ended_at: '2026-01-01T10:00:01.000Z',
    ...rest,
  };
}

export function stepOf(number: number, rest: Partial<StepState> = {}): StepState {
  const { input: _input, output: _output, ...row } = rowOf(number);
  return { ...row, status: 'succeeded', ...rest };
}
