import type { WorkflowDefinition, WorkflowEdge } from '@aiwfe/api-client';
import { columnWidth, moveNodes, type Position, rowHeight, snap } from './definition-edits.ts';

/**
 * Places for all steps, from left to right: each stands one column after the last step that leads to it, ways back not
 * counted. Within a column steps are ordered by where they come from, so that few connections cross.
 */
export function layOut(definition: WorkflowDefinition): Map<string, Position> {
  const forward = withoutWaysBack(definition);
  const columns = columnsOf(definition, forward);
  orderColumns(columns, forward);
  return placesOf(columns, forward);
}

/** The drawing with a place for each step: one that was written by hand or by a model has none, and is laid out. */
export function withPlaces(definition: WorkflowDefinition): WorkflowDefinition {
  if (definition.nodes.every((node) => node.position)) return definition;
  return moveNodes(definition, layOut(definition));
}

interface Links {
  after: Map<string, string[]>;
  before: Map<string, string[]>;
}

/** The connections that lead on: a walk from the start leaves out those that come back to a step on its way. */
function withoutWaysBack({ nodes, edges }: WorkflowDefinition): Links {
  const known = new Set(nodes.map((node) => node.id));
  const outgoing = Map.groupBy(
    edges.filter((edge) => known.has(edge.from) && known.has(edge.to)),
    (edge: WorkflowEdge) => edge.from,
  );
  const links: Links = { after: new Map(), before: new Map() };
  const state = new Map<string, 'open' | 'done'>();
  const roots = [...nodes].sort((a, b) => Number(b.type === 'start') - Number(a.type === 'start'));
  for (const { id: root } of roots) {
    if (state.has(root)) continue;
    const stack = [{ id: root, next: 0 }];
    state.set(root, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = outgoing.get(top.id)?.[top.next];
      top.next += 1;
      if (!edge) {
        state.set(top.id, 'done');
        stack.pop();
      } else if (state.get(edge.to) !== 'open') {
        link(links, edge);
        if (!state.has(edge.to)) {
          state.set(edge.to, 'open');
          stack.push({ id: edge.to, next: 0 });
        }
      }
    }
  }
  return links;
}

function link({ after, before }: Links, { from, to }: WorkflowEdge): void {
  after.set(from, [...(after.get(from) ?? []), to]);
  before.set(to, [...(before.get(to) ?? []), from]);
}

/** The steps by column: the longest way from a step that nothing leads to. */
function columnsOf({ nodes }: WorkflowDefinition, { before }: Links): string[][] {
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const depth = 1 + Math.max(-1, ...(before.get(id) ?? []).map(depthOf));
    depths.set(id, depth);
    return depth;
  };
  const columns: string[][] = [];
  for (const { id } of nodes) {
    const depth = depthOf(id);
    columns[depth] = [...(columns[depth] ?? []), id];
  }
  return columns;
}

const sweeps = 4;

/** Sorts each column by the middle of its neighbours, forth and back. */
function orderColumns(columns: string[][], links: Links): void {
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isForth = sweep % 2 === 0;
    const order = isForth ? columns.keys() : [...columns.keys()].reverse();
    for (const index of order) {
      const ranks = new Map<string, number>();
      for (const column of columns) for (const [rank, id] of column.entries()) ranks.set(id, rank);
      const neighbours = isForth ? links.before : links.after;
      columns[index] = sortByMiddle(columns[index] ?? [], (id) =>
        (neighbours.get(id) ?? []).map((one) => rankOf(one, ranks, links, id, isForth)),
      );
    }
  }
}

/** Among the targets of one step the order of its connections counts. */
function rankOf(
  neighbour: string,
  ranks: Map<string, number>,
  { after }: Links,
  id: string,
  isForth: boolean,
): number {
  const rank = ranks.get(neighbour) ?? 0;
  if (!isForth) return rank;
  const siblings = after.get(neighbour) ?? [];
  return rank + siblings.indexOf(id) / (siblings.length + 1);
}

function sortByMiddle(column: string[], ranksOf: (id: string) => number[]): string[] {
  const middles = column.map((id, index) => {
    const ranks = ranksOf(id);
    const sum = ranks.reduce((total, rank) => total + rank, 0);
    return { id, middle: ranks.length > 0 ? sum / ranks.length : index };
  });
  return middles.toSorted((a, b) => a.middle - b.middle).map(({ id }) => id);
}

/** A step stands beside those that lead to it, and never closer than a row to its neighbours. */
function placesOf(columns: string[][], { before }: Links): Map<string, Position> {
  const places = new Map<string, Position>();
  for (const [index, column] of columns.entries()) {
    const wanted = column.map((id, row) => {
      const ys = (before.get(id) ?? []).flatMap((one) => places.get(one)?.y ?? []);
      return ys.length > 0 ? ys.reduce((sum, y) => sum + y, 0) / ys.length : row * rowHeight;
    });
    const middle = wanted.reduce((sum, y) => sum + y, 0) / Math.max(1, wanted.length);
    let lowest = Number.NEGATIVE_INFINITY;
    const ys = wanted.map((y) => {
      lowest = Math.max(y, lowest + rowHeight);
      return lowest;
    });
    const placed = ys.reduce((sum, y) => sum + y, 0) / Math.max(1, ys.length);
    for (const [row, id] of column.entries())
      places.set(id, { x: index * columnWidth, y: snap((ys[row] ?? 0) - placed + middle) });
  }
  return places;
}
