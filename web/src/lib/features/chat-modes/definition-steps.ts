import type { WorkflowDefinition } from '@aiwfe/api-client';

export interface DefinitionStep {
  id: string;
  name: string;
  note: string;
  /** The named ways on from here: `approved → Write it down`. */
  branches: string[];
}

/** The steps of a workflow as a reader meets them: from its beginnings along its edges, each once. */
export function stepsInOrder(
  { nodes, edges }: WorkflowDefinition,
  portName: (port: string) => string = (port) => port,
): DefinitionStep[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = (id: string) => byId.get(id)?.name ?? id.replaceAll('_', ' ');
  const entered = new Set(edges.map(({ to }) => to));
  const waiting = nodes.filter(({ id }) => !entered.has(id)).map(({ id }) => id);
  const seen = new Set<string>();
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...edges.filter(({ from }) => from === id).map(({ to }) => to));
  }
  for (const { id } of nodes) seen.add(id);
  return [...seen].flatMap((id) => {
    const node = byId.get(id);
    if (!node) return [];
    const branches = edges
      .filter(({ from, port }) => from === id && port !== undefined && port !== 'next')
      .map(({ port = '', to }) => `${portName(port)} → ${nameOf(to)}`);
    return [{ id, name: nameOf(id), note: node.note ?? '', branches }];
  });
}
