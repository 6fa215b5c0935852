import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '@aiwfe/api-client';
import { edgeKey } from './definition-edits.ts';

/** What changed from one drawing to another; positions are left out: they change nothing that happens. */
export interface DrawingChanges {
  added: WorkflowNode[];
  removed: WorkflowNode[];
  changed: { node: WorkflowNode; fields: FieldChange[] }[];
  connected: WorkflowEdge[];
  disconnected: WorkflowEdge[];
  settings: FieldChange[];
  /** Steps that only stand somewhere else. */
  moved: number;
}

export interface FieldChange {
  /** `config.prompt` */
  field: string;
  before: unknown;
  after: unknown;
}

export function changesBetween(before: WorkflowDefinition, after: WorkflowDefinition): DrawingChanges {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Set(after.nodes.map((node) => node.id));
  const oldEdges = new Set(before.edges.map(edgeKey));
  const newEdges = new Set(after.edges.map(edgeKey));
  const { nodes: _nodes, edges: _edges, ...rest } = after;
  const { nodes: _oldNodes, edges: _oldEdges, ...oldRest } = before;
  return {
    added: after.nodes.filter((node) => !old.has(node.id)),
    removed: before.nodes.filter((node) => !now.has(node.id)),
    changed: after.nodes.flatMap((node) => {
      const earlier = old.get(node.id);
      const fields = earlier ? leafChanges(withoutPlace(earlier), withoutPlace(node)) : [];
      return fields.length > 0 ? [{ node, fields }] : [];
    }),
    connected: after.edges.filter((edge) => !oldEdges.has(edgeKey(edge))),
    disconnected: before.edges.filter((edge) => !newEdges.has(edgeKey(edge))),
    settings: leafChanges(oldRest, rest),
    moved: after.nodes.filter((node) => {
      const earlier = old.get(node.id);
      return earlier && canonical(earlier.position) !== canonical(node.position);
    }).length,
  };
}

export function isUnchanged(changes: DrawingChanges): boolean {
  const { added, removed, changed, connected, disconnected, settings, moved } = changes;
  const lists = [added, removed, changed, connected, disconnected, settings];
  return moved === 0 && lists.every((list) => list.length === 0);
}

function withoutPlace({ position: _position, ...node }: WorkflowNode): Omit<WorkflowNode, 'position'> {
  return node;
}

/** The leaves that differ, by their path; a list counts as one value. */
function leafChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isPlain(before) && isPlain(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => leafChanges(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (canonical(before) === canonical(after)) return [];
  if (isPlain(after) && before === undefined) return leafChanges({}, after, path);
  if (isPlain(before) && after === undefined) return leafChanges(before, {}, path);
  return [{ field: path, before, after }];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, one: unknown) =>
    isPlain(one) ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

const longestWords = 160;

/** A value in a line: texts as they are, the rest as JSON. */
export function valueWords(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '–');
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return '""';
  return line.length > longestWords ? `${line.slice(0, longestWords)}…` : line;
}
