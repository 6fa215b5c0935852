import type { WorkflowDefinition } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import {
  addNode,
  blankDefinition,
  changeSetting,
  clip,
  columnWidth,
  connect,
  insertIntoEdge,
  paste,
  removeNodes,
  removePort,
  renameNode,
  renamePort,
} from './definition-edits.ts';

const drawing: WorkflowDefinition = {
  format: 1,
  nodes: [
    { id: 'start', type: 'start', position: { x: 0, y: 0 } },
    { id: 'find', type: 'retrieve', config: { query: '{{input.q}}' }, position: { x: 320, y: 0 } },
    {
      id: 'answer',
      type: 'prompt',
      config: { prompt: '{{steps.find.output.text}} and {{ steps.finder.output }}' },
      position: { x: 640, y: 0 },
    },
    {
      id: 'sure',
      type: 'condition',
      config: { expression: 'steps.find.output.items' },
      position: { x: 960, y: 0 },
    },
  ],
  edges: [
    { from: 'start', to: 'find' },
    { from: 'find', to: 'answer' },
    { from: 'answer', to: 'sure' },
    { from: 'sure', to: 'find', port: 'false' },
  ],
};

describe('a step', () => {
  it('gets an id that no other has, and stands on the grid', () => {
    const first = addNode(drawing, 'prompt', { x: 5, y: 21 });
    const second = addNode(first.definition, 'prompt', { x: 0, y: 0 });
    expect([first.id, second.id]).toEqual(['prompt', 'prompt_2']);
    expect(first.definition.nodes.at(-1)?.position).toEqual({ x: 0, y: 16 });
  });

  it('goes with its connections', () => {
    expect(removeNodes(drawing, ['find']).edges).toEqual([{ from: 'answer', to: 'sure' }]);
  });

  it('is renamed in connections, templates and expressions, and nothing else is', () => {
    const renamed = renameNode(drawing, 'find', 'search');
    expect(renamed.edges.slice(0, 2)).toEqual([
      { from: 'start', to: 'search' },
      { from: 'search', to: 'answer' },
    ]);
    expect(renamed.nodes[2]?.config?.prompt).toBe(
      '{{steps.search.output.text}} and {{ steps.finder.output }}',
    );
    expect(renamed.nodes[3]?.config?.expression).toBe('steps.search.output.items');
  });

  it('loses its settings with the last one', () => {
    expect(changeSetting(drawing, 'find', 'query', undefined).nodes[1]).not.toHaveProperty('config');
  });
});

describe('a connection', () => {
  it('replaces the one that left by the same way', () => {
    const { edges } = connect(drawing, 'find', 'next', 'sure');
    expect(edges.filter((edge) => edge.from === 'find')).toEqual([{ from: 'find', to: 'sure' }]);
  });

  it('of a parallel step stands beside the others', () => {
    const forked = addNode(drawing, 'parallel', { x: 0, y: 0 }).definition;
    const both = connect(connect(forked, 'parallel', 'next', 'find'), 'parallel', 'next', 'answer');
    expect(both.edges.filter((edge) => edge.from === 'parallel').length).toBe(2);
  });

  it('leads neither to the start nor to its own step', () => {
    expect(connect(drawing, 'find', 'next', 'start')).toBe(drawing);
    expect(connect(drawing, 'find', 'next', 'find')).toBe(drawing);
  });

  it('takes a step in, and what comes after it makes room', () => {
    const { definition, id } = insertIntoEdge(drawing, { from: 'find', to: 'answer' }, 'text', 'next');
    expect(definition.edges).toContainEqual({ from: 'find', to: id });
    expect(definition.edges).toContainEqual({ from: id, to: 'answer' });
    expect(definition.edges).not.toContainEqual({ from: 'find', to: 'answer' });
    const x = (name: string) => definition.nodes.find((node) => node.id === name)?.position?.x;
    expect([x('find'), x(id), x('answer'), x('sure')]).toEqual([320, 640, 960, 960 + columnWidth]);
  });

  it('keeps its target when its way gets another name', () => {
    expect(renamePort(drawing, 'sure', 'false', 'no').edges.at(-1)).toEqual({
      from: 'sure',
      to: 'find',
      port: 'no',
    });
  });
});

describe('a way out that is taken away', () => {
  it('takes its connection along, and no other', () => {
    expect(removePort(drawing, 'sure', 'false').edges).toEqual(
      drawing.edges.filter((edge) => edge.from !== 'sure' || edge.port !== 'false'),
    );
    expect(removePort(drawing, 'sure', 'false').edges.length).toBe(drawing.edges.length - 1);
  });
});

describe('copied steps', () => {
  it('get ids of their own, in what they name of one another too', () => {
    const { definition, ids } = paste(drawing, clip(drawing, ['find', 'answer']));
    expect(ids).toEqual(['find_2', 'answer_2']);
    expect(definition.edges.at(-1)).toEqual({ from: 'find_2', to: 'answer_2' });
    expect(definition.nodes.at(-1)?.config?.prompt).toContain('{{steps.find_2.output.text}}');
  });

  it('leave a second start out', () => {
    expect(paste(blankDefinition(), clip(drawing, ['start', 'find'])).ids).toEqual(['find']);
  });
});
