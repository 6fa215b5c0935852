import { expect, it } from 'vitest';
import type { ModeEvent } from '../../conversations/index.ts';
import type { AnswerRuns, Definition, RunService } from '../../workflows/index.ts';
import { followRun } from './follow-run.ts';
import { RunView } from './run-view.ts';

type Events = Awaited<
  ReturnType<RunService['unscopedFollow']> extends AsyncIterable<infer Batch> ? Batch : never
>;

const definition: Definition = {
  format: 1,
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'sub', type: 'sub_workflow' },
  ],
  edges: [{ from: 'start', to: 'sub' }],
};
const step = (number: number, status: string, waits_for: string | null = null) => ({
  type: 'step',
  data: { number, node_id: 'sub', status, waits_for },
});
const end = { type: 'end', data: { status: 'succeeded', error: null } };

/** The stored events of runs; those of sub-workflows are read more slowly than those of the run itself. */
function follow(
  streams: Record<string, { type: string; data: object }[]>,
  children: Record<string, string[]>,
) {
  const answerRuns = {
    child: async (runId, number, nth) => children[`${runId} ${number}`]?.[nth],
    definition: async () => definition,
    approval: async (runId) => ({ id: `of ${runId}`, title: 'Say it?', status: 'approved' }),
    step: async () => undefined,
    output: async () => 'Said.',
  } as Partial<AnswerRuns> as AnswerRuns;
  async function* unscopedFollow(runId: string): AsyncGenerator<Events> {
    if (runId !== 'root') await new Promise((resolve) => setTimeout(resolve, 20));
    const events = streams[runId] ?? [];
    for (const [index, event] of events.entries()) yield [{ seq: index + 1, ...event }];
    // One that does not end is open until nobody looks any more.
    if (events.at(-1)?.type !== 'end') await new Promise(() => undefined);
  }
  const view = new RunView('root', { sources: [], views: {}, answersByOutput: true }, definition, answerRuns);
  return followRun({ answerRuns, runs: { unscopedFollow } }, 'root', view, new AbortController().signal);
}

const approvalsOf = (events: ModeEvent[]) =>
  events.flatMap((event) => {
    if (event.type !== 'step') return event.type === 'end' ? ['end'] : [];
    return [`${event.step.id} ${event.step.approval_id} ${event.step.state}`];
  });

it('tells what a sub-workflow asked before its step goes on, also when everything has happened long ago', async () => {
  const streams = {
    root: [step(2, 'waiting', 'child'), step(2, 'running'), step(2, 'succeeded'), end],
    middle: [step(5, 'waiting', 'child'), step(5, 'running'), step(5, 'succeeded'), end],
    deep: [step(3, 'waiting', 'approval'), step(3, 'running'), step(3, 'succeeded'), end],
  };
  const events = await Array.fromAsync(follow(streams, { 'root 2': ['middle'], 'middle 5': ['deep'] }));
  expect(approvalsOf(events)).toEqual(['a2.5.3 of deep waiting', 'a2.5.3 of deep done', 'end']);
});

it('follows the sub-workflow of each attempt of a step', async () => {
  const asks = [step(3, 'waiting', 'approval'), step(3, 'running'), end];
  const streams = {
    root: [
      ...[step(2, 'waiting', 'child'), step(2, 'running'), step(2, 'waiting', 'retry'), step(2, 'running')],
      ...[step(2, 'waiting', 'child'), step(2, 'succeeded'), end],
    ],
    first: asks,
    second: asks,
  };
  const events = await Array.fromAsync(follow(streams, { 'root 2': ['first', 'second'] }));
  expect(approvalsOf(events)).toEqual([
    ...['a2.3 of first waiting', 'a2.3 of first done', 'a2.3 of second waiting', 'a2.3 of second done'],
    'end',
  ]);
});

it('waits for no sub-workflow that the end of the run has cut off', async () => {
  const streams = {
    root: [step(2, 'waiting', 'child'), step(2, 'cancelled'), end],
    open: [step(3, 'waiting', 'approval')],
  };
  const events = await Array.fromAsync(follow(streams, { 'root 2': ['open'] }));
  expect(approvalsOf(events).at(-1)).toBe('end');
});
