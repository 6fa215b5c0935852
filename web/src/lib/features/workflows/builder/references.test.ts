import type { WorkflowDefinition } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { availableReferences, usedNames } from './references.ts';

const drawing: WorkflowDefinition = {
  format: 1,
  input_schema: { type: 'object', properties: { question: { type: 'string' } } },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'find', type: 'retrieve' },
    { id: 'each', type: 'loop' },
    { id: 'ask', type: 'prompt', config: { output_schema: { type: 'object', properties: { score: {} } } } },
    { id: 'done', type: 'end' },
    { id: 'aside', type: 'text' },
  ],
  edges: [
    { from: 'start', to: 'find' },
    { from: 'find', to: 'each' },
    { from: 'each', to: 'ask', port: 'each' },
    { from: 'each', to: 'done', port: 'done' },
  ],
};
const paths = (id: string) => availableReferences(drawing, id).flatMap((group) => group.paths);

describe('what a step can name', () => {
  it('is the fields of the input and of the steps before it', () => {
    expect(paths('each')).toEqual([
      'input.question',
      'steps.find.output',
      'steps.find.output.text',
      'steps.find.output.items',
      'run.id',
      'run.workflow_id',
    ]);
  });

  it('is the item inside of a loop', () => {
    expect(paths('ask')).toContain('item');
    expect(paths('done')).not.toContain('item');
  });

  it('is not a step of a loop from outside of it, but the loop', () => {
    expect(paths('done')).toContain('steps.each.output');
    expect(paths('done').some((path) => path.startsWith('steps.ask.'))).toBe(false);
  });

  it('is why a step failed, where that has a way of its own', () => {
    const after = { ...drawing, edges: [...drawing.edges, { from: 'find', to: 'aside', port: 'error' }] };
    const named = availableReferences(after, 'aside').flatMap((group) => group.paths);
    expect(named).toContain('steps.find.output.detail');
  });

  it('is only the input where nothing leads to it', () => {
    expect(paths('aside')).toEqual(['input.question', 'run.id', 'run.workflow_id']);
  });

  it('is the fields of an answer that has some', () => {
    const after = { ...drawing, edges: [...drawing.edges, { from: 'ask', to: 'aside' }] };
    const named = availableReferences(after, 'aside').flatMap((group) => group.paths);
    expect(named).toContain('steps.ask.output.score');
    expect(named).not.toContain('steps.ask.output.text');
  });
});

describe('what a step names', () => {
  const used = (config: Record<string, unknown>) => usedNames({ id: 'x', type: 'text', config });

  it('is found in templates and expressions', () => {
    expect(used({ template: '{{steps.find.output}} {{input.q}}' })).toEqual({
      steps: ['find'],
      input: true,
      item: false,
    });
    expect(used({ expression: '$count(steps.`ask`.output) + item' })).toEqual({
      steps: ['ask'],
      input: false,
      item: true,
    });
  });

  it('is not the setting called input', () => {
    expect(used({ tool: 'documents.search', input: { query: 'tides' } }).input).toBe(false);
  });
});
