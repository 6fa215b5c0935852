import type { WorkflowDefinition } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { columnWidth, rowHeight } from './definition-edits.ts';
import { layOut, withPlaces } from './layered-layout.ts';

const draw = (edges: [string, string, string?][]): WorkflowDefinition => ({
  format: 1,
  nodes: [...new Set(edges.flatMap(([from, to]) => [from, to]))].map((id) => ({
    id,
    type: id === 'start' ? 'start' : 'text',
  })),
  edges: edges.map(([from, to, port]) => (port ? { from, to, port } : { from, to })),
});
const columns = (definition: WorkflowDefinition) =>
  Object.fromEntries([...layOut(definition)].map(([id, { x }]) => [id, x / columnWidth]));

describe('layout', () => {
  it('puts each step one column after the last that leads to it', () => {
    const diamond = draw([
      ['start', 'a'],
      ['a', 'b'],
      ['start', 'c'],
      ['b', 'd'],
      ['c', 'd'],
    ]);
    expect(columns(diamond)).toEqual({ start: 0, a: 1, b: 2, c: 1, d: 3 });
  });

  it('does not count ways back', () => {
    const circle = draw([
      ['start', 'a'],
      ['a', 'b'],
      ['b', 'a', 'false'],
      ['b', 'c', 'true'],
    ]);
    expect(columns(circle)).toEqual({ start: 0, a: 1, b: 2, c: 3 });
  });

  it('keeps steps of a column at least a row apart, on straight lines where it can', () => {
    const fork = draw([
      ['start', 'a'],
      ['a', 'b', 'true'],
      ['a', 'c', 'false'],
      ['a', 'd', 'error'],
    ]);
    const places = layOut(fork);
    const ys = ['b', 'c', 'd'].map((id) => places.get(id)?.y ?? 0);
    expect(ys[1]! - ys[0]!).toBe(rowHeight);
    expect(ys[2]! - ys[1]!).toBe(rowHeight);
    expect(places.get('start')?.y).toBe(places.get('a')?.y);
  });

  it('crosses no connections that need not cross', () => {
    const crossed = draw([
      ['start', 'a'],
      ['start', 'b'],
      ['b', 'd'],
      ['a', 'c'],
    ]);
    const places = layOut(crossed);
    const order = (one: string, other: string) => Math.sign(places.get(one)!.y - places.get(other)!.y);
    expect(order('a', 'b')).toBe(order('c', 'd'));
  });

  it('places 500 steps in a row that leads through all of them', () => {
    const long = draw(Array.from({ length: 499 }, (_, index) => [`n${index}`, `n${index + 1}`]));
    expect(layOut(long).get('n499')?.x).toBe(499 * columnWidth);
  });

  it('leaves a drawing with places as it is', () => {
    const placed: WorkflowDefinition = {
      format: 1,
      nodes: [{ id: 'a', type: 'text', position: { x: 7, y: 7 } }],
      edges: [],
    };
    expect(withPlaces(placed)).toBe(placed);
  });
});
