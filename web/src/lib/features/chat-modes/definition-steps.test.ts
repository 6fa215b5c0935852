import { describe, expect, it } from 'vitest';
import { stepsInOrder } from './definition-steps.ts';

const node = (id: string, name?: string) => ({ id, type: 'prompt', ...(name ? { name } : {}) });

describe('steps of a workflow for readers', () => {
  it('follow the edges from the beginning, each step once, also around a loop', () => {
    const steps = stepsInOrder({
      format: 1,
      nodes: [node('answer'), node('act'), node('assess', 'Assess'), node('reflect')],
      edges: [
        { from: 'assess', to: 'answer', port: 'simple' },
        { from: 'assess', to: 'act', port: 'hard' },
        { from: 'act', to: 'reflect' },
        { from: 'reflect', to: 'act', port: 'again' },
        { from: 'reflect', to: 'answer' },
      ],
    });
    expect(steps.map(({ id }) => id)).toEqual(['assess', 'answer', 'act', 'reflect']);
    expect(steps[0]?.branches).toEqual(['simple → answer', 'hard → act']);
    expect(steps[3]?.branches).toEqual(['again → act']);
  });

  it('loses no step that nothing leads to but itself', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ];
    expect(stepsInOrder({ format: 1, nodes: [node('a'), node('b')], edges }).map(({ id }) => id)).toEqual([
      'a',
      'b',
    ]);
  });
});
