import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '@aiwfe/api-client';
import { nextPort } from './step-catalogue.ts';

export interface Position {
  x: number;
  y: number;
}

/** Distance of the lines that steps snap to. */
export const grid = 16;
/** From the left edge of a step to that of the next. */
export const columnWidth = 320;
/** From the top of a step to that of the one below. */
export const rowHeight = 128;

export const snap = (value: number): number => Math.round(value / grid) * grid;

/** What a new workflow is: a start that leads to an end. */
export function blankDefinition(): WorkflowDefinition {
  return {
    format: 1,
    nodes: [
      { id: 'start', type: 'start', position: { x: 0, y: 0 } },
      { id: 'end', type: 'end', position: { x: columnWidth, y: 0 } },
    ],
    edges: [{ from: 'start', to: 'end' }],
  };
}

/** An id that no step has: the kind, then numbered. */
export function freshId(taken: Iterable<string>, wanted: string): string {
  const known = new Set(taken);
  const base = wanted.replace(/_\d+$/, '').slice(0, 34);
  if (!known.has(base)) return base;
  let number = 2;
  while (known.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

export function addNode(
  definition: WorkflowDefinition,
  type: string,
  position: Position,
  config?: Record<string, unknown>,
): { definition: WorkflowDefinition; id: string } {
  const id = freshId(
    definition.nodes.map((node) => node.id),
    type,
  );
  const node: WorkflowNode = { id, type, position: { x: snap(position.x), y: snap(position.y) } };
  if (config) node.config = config;
  return { definition: { ...definition, nodes: [...definition.nodes, node] }, id };
}

export function removeNodes(definition: WorkflowDefinition, ids: readonly string[]): WorkflowDefinition {
  const gone = new Set(ids);
  return {
    ...definition,
    nodes: definition.nodes.filter((node) => !gone.has(node.id)),
    edges: definition.edges.filter((edge) => !gone.has(edge.from) && !gone.has(edge.to)),
  };
}

/** A connection as one text; the parts hold no line breaks. */
export function edgeKey({ from, to, port = nextPort }: WorkflowEdge): string {
  return [from, port, to].join('\n');
}

export function removeEdges(definition: WorkflowDefinition, keys: readonly string[]): WorkflowDefinition {
  const gone = new Set(keys);
  return { ...definition, edges: definition.edges.filter((edge) => !gone.has(edgeKey(edge))) };
}

/** Connects two steps. Only a parallel step begins several at once: elsewhere the new connection replaces the old one. */
export function connect(
  definition: WorkflowDefinition,
  from: string,
  port: string,
  to: string,
): WorkflowDefinition {
  const source = definition.nodes.find((node) => node.id === from);
  const target = definition.nodes.find((node) => node.id === to);
  if (!source || !target || from === to || target.type === 'start') return definition;
  const edge: WorkflowEdge = port === nextPort ? { from, to } : { from, to, port };
  if (definition.edges.some((one) => edgeKey(one) === edgeKey(edge))) return definition;
  const forks = source.type === 'parallel' && port === nextPort;
  const kept = definition.edges.filter(
    (one) => forks || one.from !== from || (one.port ?? nextPort) !== port,
  );
  return { ...definition, edges: [...kept, edge] };
}

/** Puts a step into a connection and moves what comes after it out of the way. */
export function insertIntoEdge(
  definition: WorkflowDefinition,
  edge: WorkflowEdge,
  type: string,
  firstPort: string,
): { definition: WorkflowDefinition; id: string } {
  const from = positionOf(definition, edge.from);
  const to = positionOf(definition, edge.to);
  const isForward = to.x > from.x;
  const room = isForward ? Math.max(0, 2 * columnWidth - (to.x - from.x)) : 0;
  const nodes = definition.nodes.map((node) =>
    isForward && (node.position?.x ?? 0) >= to.x && node.id !== edge.from
      ? { ...node, position: { x: (node.position?.x ?? 0) + room, y: node.position?.y ?? 0 } }
      : node,
  );
  const place = isForward ? { x: from.x + columnWidth, y: to.y } : { x: from.x, y: from.y + rowHeight };
  const added = addNode({ ...definition, nodes }, type, place);
  const without = removeEdges(added.definition, [edgeKey(edge)]);
  const before = connect(without, edge.from, edge.port ?? nextPort, added.id);
  return { definition: connect(before, added.id, firstPort, edge.to), id: added.id };
}

export function positionOf(definition: WorkflowDefinition, id: string): Position {
  return definition.nodes.find((node) => node.id === id)?.position ?? { x: 0, y: 0 };
}

export function moveNodes(
  definition: WorkflowDefinition,
  positions: ReadonlyMap<string, Position>,
): WorkflowDefinition {
  const isMoved = (node: WorkflowNode): boolean => {
    const to = positions.get(node.id);
    return to !== undefined && (to.x !== node.position?.x || to.y !== node.position?.y);
  };
  if (!definition.nodes.some(isMoved)) return definition;
  return {
    ...definition,
    nodes: definition.nodes.map((node) => {
      const to = positions.get(node.id);
      return to ? { ...node, position: { x: to.x, y: to.y } } : node;
    }),
  };
}

/** Changes a step. Undefined takes a value away. */
export function changeNode(
  definition: WorkflowDefinition,
  id: string,
  changes: Partial<WorkflowNode>,
): WorkflowDefinition {
  const nodes = definition.nodes.map((node) =>
    node.id === id ? (withoutUndefined({ ...node, ...changes }) as WorkflowNode) : node,
  );
  return { ...definition, nodes };
}

/** Changes one setting of a step; undefined takes it away. A case of a switch that got another name keeps its way. */
export function changeSetting(
  definition: WorkflowDefinition,
  id: string,
  name: string,
  value: unknown,
): WorkflowDefinition {
  const node = definition.nodes.find((one) => one.id === id);
  if (!node) return definition;
  const config = withoutUndefined({ ...node.config, [name]: value });
  return changeNode(definition, id, { config: Object.keys(config).length > 0 ? config : undefined });
}

/** Renames a way out of a step in its connections. */
export function renamePort(
  definition: WorkflowDefinition,
  id: string,
  before: string,
  after: string,
): WorkflowDefinition {
  const edges = definition.edges.map((edge) =>
    edge.from === id && edge.port === before ? { ...edge, port: after } : edge,
  );
  return { ...definition, edges };
}

/** Takes the connections of a way out away that a step no longer has. */
export function removePort(definition: WorkflowDefinition, id: string, port: string): WorkflowDefinition {
  return { ...definition, edges: definition.edges.filter((edge) => edge.from !== id || edge.port !== port) };
}

/** Gives a step another id, in connections and in everything that names it. */
export function renameNode(
  definition: WorkflowDefinition,
  before: string,
  after: string,
): WorkflowDefinition {
  const named = new RegExp(`(?<![\\w$.])steps\\.${before}(?![\\w-])`, 'g');
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(named, `steps.${after}`);
    if (Array.isArray(value)) return value.map(rename);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rename(one)]));
  };
  const at = (id: string): string => (id === before ? after : id);
  return {
    ...definition,
    nodes: definition.nodes.map((node) => ({
      ...node,
      id: at(node.id),
      ...(node.config ? { config: rename(node.config) as Record<string, unknown> } : {}),
    })),
    edges: definition.edges.map((edge) => ({ ...edge, from: at(edge.from), to: at(edge.to) })),
  };
}

/** Steps and the connections among them, taken along as they are. */
export interface Clipping {
  nodes: WorkflowNode[];
  edges: WorkflowEdge[];
}

export function clip(definition: WorkflowDefinition, ids: readonly string[]): Clipping {
  const chosen = new Set(ids);
  return {
    nodes: definition.nodes.filter((node) => chosen.has(node.id)),
    edges: definition.edges.filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)),
  };
}

/** Puts copied steps in under ids of their own, a little below; what they name of one another goes along. */
export function paste(
  definition: WorkflowDefinition,
  clipping: Clipping,
): { definition: WorkflowDefinition; ids: string[] } {
  const hasStart = definition.nodes.some((node) => node.type === 'start');
  const taken = new Set(definition.nodes.map((node) => node.id));
  let copied: WorkflowDefinition = {
    format: 1,
    nodes: clipping.nodes.filter((node) => !hasStart || node.type !== 'start'),
    edges: clipping.edges,
  };
  const ids: string[] = [];
  for (const { id } of copied.nodes) {
    const fresh = freshId([...taken, ...copied.nodes.map((node) => node.id)], id);
    const own = taken.has(id) ? fresh : id;
    if (own !== id) copied = renameNode(copied, id, own);
    taken.add(own);
    ids.push(own);
  }
  const known = new Set(ids);
  const nodes = copied.nodes.map((node) => ({
    ...node,
    position: { x: (node.position?.x ?? 0) + 2 * grid, y: (node.position?.y ?? 0) + rowHeight },
  }));
  const edges = copied.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  return {
    definition: {
      ...definition,
      nodes: [...definition.nodes, ...nodes],
      edges: [...definition.edges, ...edges],
    },
    ids,
  };
}

function withoutUndefined<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>;
}
