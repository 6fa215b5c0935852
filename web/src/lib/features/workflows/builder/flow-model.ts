import type { WorkflowDefinition, WorkflowEdge } from '@aiwfe/api-client';
import type { Edge, Node } from '@xyflow/svelte';
import { edgeKey } from './definition-edits.ts';
import { nextPort } from './step-catalogue.ts';

export type StepFlowNode = Node<Record<string, never>, 'step'>;
export type StepFlowEdge = Edge<{ edge: WorkflowEdge }, 'step'>;

const noData = {};

/** The drawing's steps for the canvas. What did not change stays the same object, so that it is not drawn again. */
export function flowNodes(
  { nodes }: WorkflowDefinition,
  selected: readonly string[],
  before: readonly StepFlowNode[],
  labelOf: (id: string) => string,
): StepFlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const chosen = new Set(selected);
  return nodes.map(({ id, position = { x: 0, y: 0 } }) => {
    const old = known.get(id);
    const isSelected = chosen.has(id);
    const ariaLabel = labelOf(id);
    const stands = old?.position.x === position.x && old.position.y === position.y;
    if (old && stands && Boolean(old.selected) === isSelected && old.ariaLabel === ariaLabel) return old;
    return { ...old, id, type: 'step', position, data: noData, selected: isSelected, ariaLabel };
  });
}

export function flowEdges(
  { edges, nodes }: WorkflowDefinition,
  selected: readonly string[],
  before: readonly StepFlowEdge[],
  labelOf: (edge: WorkflowEdge) => string,
): StepFlowEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const ids = new Set(nodes.map((node) => node.id));
  const chosen = new Set(selected);
  return edges
    .filter((edge) => ids.has(edge.from) && ids.has(edge.to))
    .map((edge) => {
      const id = edgeKey(edge);
      const old = known.get(id);
      const isSelected = chosen.has(id);
      const ariaLabel = labelOf(edge);
      if (old && Boolean(old.selected) === isSelected && old.ariaLabel === ariaLabel) return old;
      return {
        id,
        type: 'step',
        source: edge.from,
        target: edge.to,
        sourceHandle: edge.port ?? nextPort,
        targetHandle: 'in',
        data: { edge },
        selected: isSelected,
        ariaLabel,
      };
    });
}
