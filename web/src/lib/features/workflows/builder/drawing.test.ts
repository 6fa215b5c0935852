import { describe, expect, it } from 'vitest';
import { blankDefinition } from './definition-edits.ts';
import { Drawing } from './drawing.svelte.ts';
import { readCatalogue } from './step-catalogue.ts';

const kind = (type: string, ports: string[] | null) => ({
  ...{ type, ports, title: type, description: '' },
  ...{ expressions: [], literals: [] },
});
const catalogue = readCatalogue({
  'x-steps': [
    kind('start', ['next']),
    kind('end', []),
    kind('text', ['next']),
    kind('condition', ['true', 'false']),
    kind('parallel', ['next']),
  ],
});
const blank = () => new Drawing(blankDefinition(), catalogue);

describe('a drawing', () => {
  it('adds a step after the chosen one, by its first way that leads nowhere', () => {
    const drawing = blank();
    drawing.select(['end']);
    const condition = drawing.add('condition');
    expect(drawing.definition.edges).toEqual([{ from: 'start', to: 'end' }]);
    drawing.select([condition]);
    drawing.add('text');
    drawing.select([condition]);
    const second = drawing.add('text');
    expect(drawing.definition.edges.slice(1)).toEqual([
      { from: 'condition', to: 'text', port: 'true' },
      { from: 'condition', to: 'text_2', port: 'false' },
    ]);
    expect(drawing.selected).toEqual([second]);
  });

  it('lets a parallel step begin as many as are added after it', () => {
    const drawing = blank();
    drawing.add('parallel', { x: 0, y: 400 });
    for (const _branch of [1, 2, 3]) {
      drawing.select(['parallel']);
      drawing.add('text');
    }
    expect(drawing.definition.edges.filter((edge) => edge.from === 'parallel').length).toBe(3);
  });

  it('puts no step onto another', () => {
    const drawing = blank();
    for (const _turn of [1, 2, 3]) {
      drawing.select(['start']);
      drawing.add('text');
    }
    const places = drawing.definition.nodes.map(({ position }) => `${position?.x} ${position?.y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('takes back what was done, and forgets the choice of what is gone', () => {
    const drawing = blank();
    const id = drawing.add('text', { x: 0, y: 400 });
    drawing.undo();
    expect(drawing.node(id)).toBeUndefined();
    expect(drawing.selected).toEqual([]);
    drawing.redo();
    expect(drawing.node(id)?.type).toBe('text');
  });

  it('takes a typed word and a moved step each back at once', () => {
    const drawing = blank();
    drawing.select(['end']);
    for (const name of ['D', 'Do', 'Done']) drawing.change('end', { name });
    for (const _press of [1, 2, 3]) drawing.nudge(1, 0);
    drawing.undo();
    expect(drawing.node('end')).toMatchObject({ name: 'Done', position: { x: 320 } });
    drawing.undo();
    expect(drawing.node('end')).not.toHaveProperty('name');
    expect(drawing.canUndo).toBe(false);
  });

  it('takes a step into a connection', () => {
    const drawing = blank();
    const id = drawing.insert({ from: 'start', to: 'end' }, 'condition');
    expect(drawing.definition.edges).toEqual([
      { from: 'start', to: id },
      { from: id, to: 'end', port: 'true' },
    ]);
  });

  it('copies what is chosen, each time beside the last copy', () => {
    const drawing = blank();
    drawing.add('text', { x: 0, y: 400 });
    drawing.copy();
    drawing.paste();
    drawing.paste();
    expect(drawing.definition.nodes.map(({ id }) => id)).toEqual([
      'start',
      'end',
      'text',
      'text_2',
      'text_3',
    ]);
    expect(drawing.node('text_3')?.position?.y).toBeGreaterThan(drawing.node('text_2')?.position?.y ?? 0);
  });

  it('renames a step to an id that no other has, and to nothing else', () => {
    const drawing = blank();
    expect(drawing.rename('end', 'start')).toBe(false);
    expect(drawing.rename('end', 'The End')).toBe(false);
    expect(drawing.rename('end', 'finish')).toBe(true);
    expect(drawing.definition.edges).toEqual([{ from: 'start', to: 'finish' }]);
  });

  it('that is only looked at stays as it is', () => {
    const drawing = new Drawing(blankDefinition(), catalogue, true);
    drawing.select(['end']);
    drawing.removeSelected();
    drawing.copy();
    drawing.paste();
    expect(drawing.definition).toEqual(blankDefinition());
  });
});
