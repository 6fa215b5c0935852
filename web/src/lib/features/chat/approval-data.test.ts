import { describe, expect, it } from 'vitest';
import { dataLines, toolCallOf } from './approval-data.ts';

describe('what a decision is about', () => {
  it('is told in names and values', () => {
    const data = { content: 'Ada likes tea', due_date: null, tags: ['a', 'b'], place: { city: 'Turin' } };
    expect(dataLines(data)).toEqual([
      { name: 'content', value: 'Ada likes tea', depth: 0 },
      { name: 'due date', value: '–', depth: 0 },
      { name: 'tags', value: 'a, b', depth: 0 },
      { name: 'place', value: '', depth: 0 },
      { name: 'city', value: 'Turin', depth: 1 },
    ]);
  });

  it('numbers the parts of a list', () => {
    expect(dataLines([{ to: 'Ada' }, { to: 'Bob' }])).toEqual([
      { name: '1', value: '', depth: 0 },
      { name: 'to', value: 'Ada', depth: 1 },
      { name: '2', value: '', depth: 0 },
      { name: 'to', value: 'Bob', depth: 1 },
    ]);
  });

  it('is a single line for a text, none for nothing, and never endless', () => {
    expect(dataLines('Just this')).toEqual([{ name: '', value: 'Just this', depth: 0 }]);
    expect(dataLines(null)).toEqual([]);
    expect(dataLines(Array.from({ length: 1_000 }, (_, id) => ({ id }))).length).toBeLessThanOrEqual(201);
  });

  it('names the tool that waits, and only a tool', () => {
    const call = { tool: 'memory.remember', input: { content: 'x' } };
    expect(toolCallOf(call)).toEqual(call);
    expect(toolCallOf({ tool: 3 })).toBeUndefined();
    expect(toolCallOf('memory.remember')).toBeUndefined();
    expect(toolCallOf(null)).toBeUndefined();
  });
});
