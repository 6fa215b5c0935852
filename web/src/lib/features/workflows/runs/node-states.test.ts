import { expect, it } from 'vitest';
import { nodeStatesOf } from './node-states.ts';
import { stepOf } from './test-steps.ts';

it('a node is at work as long as one of its steps is, and then as its last step ended', () => {
  const error = { code: 'workflows.step_failed', detail: 'no' };
  const steps = [
    stepOf(1, { node_id: 'one', status: 'failed', error }),
    stepOf(2, { node_id: 'one', status: 'running', tokens: { input: 3, output: 4 } }),
    stepOf(3, { node_id: 'one', status: 'succeeded' }),
    stepOf(4, { node_id: 'two', status: 'waiting' }),
  ];
  const states = nodeStatesOf(steps);
  expect(states.get('one')).toMatchObject({ status: 'running', step: 2, total: 3, tokens: 7 });
  expect(states.get('one')?.counts).toMatchObject({ failed: 1, running: 1, succeeded: 1 });
  expect(states.get('two')).toMatchObject({ status: 'waiting', step: 4 });
  const ended = nodeStatesOf(steps.filter(({ number }) => number !== 2));
  expect(ended.get('one')).toMatchObject({ status: 'succeeded', step: 3, error: null });
});

it('a loop carries how far it is', () => {
  const progress = { total: 5, begun: 3, ended: 2 };
  const states = nodeStatesOf([stepOf(1, { node_id: 'each', status: 'waiting', progress })]);
  expect(states.get('each')?.progress).toEqual(progress);
});
