import type { WorkflowDefinition } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { changesBetween, isUnchanged, valueWords } from './change-words.ts';

const before: WorkflowDefinition = {
  format: 1,
  nodes: [
    { id: 'start', type: 'start', position: { x: 0, y: 0 } },
    { id: 'ask', type: 'prompt', config: { prompt: 'Hello', model: { model: 'a' } } },
    { id: 'old', type: 'text' },
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', to: 'old', port: 'next' },
  ],
};

describe('what changed between two drawings', () => {
  it('names added, removed and changed steps with their fields before and after', () => {
    const after: WorkflowDefinition = {
      ...before,
      budget: { tokens: 100 },
      nodes: [
        { id: 'start', type: 'start', position: { x: 0, y: 0 } },
        {
          id: 'ask',
          type: 'prompt',
          config: { model: { model: 'b' }, prompt: 'Hello' },
          retry: { max_attempts: 2 },
        },
        { id: 'new', type: 'end' },
      ],
      edges: [
        { from: 'start', to: 'ask' },
        { from: 'ask', to: 'new' },
      ],
    };
    const changes = changesBetween(before, after);
    expect(changes.added.map(({ id }) => id)).toEqual(['new']);
    expect(changes.removed.map(({ id }) => id)).toEqual(['old']);
    expect(changes.changed[0]?.fields).toEqual([
      { field: 'config.model.model', before: 'a', after: 'b' },
      { field: 'retry.max_attempts', before: undefined, after: 2 },
    ]);
    expect(changes.connected).toEqual([{ from: 'ask', to: 'new' }]);
    expect(changes.disconnected).toEqual([{ from: 'ask', to: 'old', port: 'next' }]);
    expect(changes.settings).toEqual([{ field: 'budget.tokens', before: undefined, after: 100 }]);
  });

  it('counts steps that only moved, and the written-out way as the same', () => {
    const moved = structuredClone(before);
    moved.nodes[0]!.position = { x: 16, y: 0 };
    moved.edges[1] = { from: 'ask', to: 'old' };
    const changes = changesBetween(before, moved);
    expect({ ...changes, moved: 0 }).toEqual(changesBetween(before, before));
    expect(changes.moved).toBe(1);
    expect(isUnchanged(changes)).toBe(false);
    expect(isUnchanged(changesBetween(before, structuredClone(before)))).toBe(true);
  });
});

describe('values in a line', () => {
  it('are short, and say what is empty or not there', () => {
    expect(valueWords('two\n  lines')).toBe('two lines');
    expect(valueWords('')).toBe('""');
    expect(valueWords(undefined)).toBe('–');
    expect(valueWords(['a'])).toBe('["a"]');
    expect(valueWords('x'.repeat(500)).length).toBe(161);
  });
});
