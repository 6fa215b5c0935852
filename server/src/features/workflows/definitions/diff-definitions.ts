import { type Definition, nextPort, type WorkflowEdge } from './definition.schemas.ts';
import type { DefinitionDiff } from './workflows.schemas.ts';

type FieldChange = DefinitionDiff['settings'][number];

/** What changed from one version to another: steps, their settings one by one, connections, and the rest. */
export function diffDefinitions(before: Definition, after: Definition): Omit<DefinitionDiff, 'from' | 'to'> {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  const brief = ({ id, type }: { id: string; type: string }) => ({ id, type });
  const changed = after.nodes.flatMap((node) => {
    const earlier = old.get(node.id);
    const changes = earlier ? fieldChanges(earlier, node) : [];
    return changes.length > 0 ? [{ id: node.id, changes }] : [];
  });
  const { nodes: _nodes, edges: _edges, ...settings } = after;
  const { nodes: _oldNodes, edges: _oldEdges, ...oldSettings } = before;
  return {
    nodes: {
      added: after.nodes.filter((node) => !old.has(node.id)).map(brief),
      removed: before.nodes.filter((node) => !now.has(node.id)).map(brief),
      changed,
    },
    edges: {
      added: missingIn(before.edges, after.edges),
      removed: missingIn(after.edges, before.edges),
    },
    settings: fieldChanges(oldSettings, settings),
  };
}

function missingIn(known: WorkflowEdge[], edges: WorkflowEdge[]): DefinitionDiff['edges']['added'] {
  const view = ({ from, to, port = nextPort }: WorkflowEdge) => ({ from, to, port });
  const keys = new Set(known.map((edge) => JSON.stringify(view(edge))));
  return edges.map(view).filter((edge) => !keys.has(JSON.stringify(edge)));
}

/** The leaves that differ, by their path; lists count as one value. */
function fieldChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isPlain(before) && isPlain(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => fieldChanges(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (canonical(before) === canonical(after)) return [];
  return [{ field: path, before: before ?? null, after: after ?? null }];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The same text for the same value, whatever the order of keys. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, one: unknown) =>
    isPlain(one) ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}
