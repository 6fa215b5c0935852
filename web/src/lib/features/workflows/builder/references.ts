import type { WorkflowDefinition, WorkflowNode } from '@aiwfe/api-client';
import { errorPort, type JsonSchema, nextPort } from './step-catalogue.ts';

/** Names that templates and expressions of a step may use, with whom they come from. */
export interface ReferenceGroup {
  /** Null: the input of the run, the item of the loop, the run itself. */
  node: WorkflowNode | null;
  kind: 'input' | 'step' | 'item' | 'run';
  /** Without braces: `steps.search.output.text`. */
  paths: string[];
}

const outputsOf: Record<string, readonly string[]> = {
  retrieve: ['text', 'items'],
  http: ['body', 'status', 'headers'],
  approval: ['decision', 'comment', 'decided_by'],
  wait: ['timed_out', 'event'],
  prompt: ['text', 'model'],
};

/** What can have a value when the step runs: the input, the steps before it, the item of the loop it is in. */
export function availableReferences(definition: WorkflowDefinition, nodeId: string): ReferenceGroup[] {
  const bodies = loopBodies(definition);
  const before = stepsBefore(definition, nodeId);
  const hidden = new Set(
    [...bodies.values()].filter((body) => !body.has(nodeId)).flatMap((body) => [...body]),
  );
  const groups: ReferenceGroup[] = [{ node: null, kind: 'input', paths: inputPaths(definition) }];
  if ([...bodies.values()].some((body) => body.has(nodeId)))
    groups.push({ node: null, kind: 'item', paths: ['item', 'index'] });
  for (const node of definition.nodes.toReversed()) {
    if (!before.has(node.id) || hidden.has(node.id) || node.type === 'start') continue;
    groups.push({ node, kind: 'step', paths: outputPaths(definition, node) });
  }
  groups.push({ node: null, kind: 'run', paths: ['run.id', 'run.workflow_id'] });
  return groups;
}

function inputPaths({ input_schema: schema }: WorkflowDefinition): string[] {
  const names = Object.keys((schema as JsonSchema | undefined)?.properties ?? {});
  return names.length > 0 ? names.map((name) => `input.${name}`) : ['input'];
}

function outputPaths(definition: WorkflowDefinition, node: WorkflowNode): string[] {
  const base = `steps.${node.id}.output`;
  const names = [...outputNames(definition, node), ...failureNames(definition, node)];
  return [base, ...names.map((name) => `${base}.${name}`)];
}

function outputNames(definition: WorkflowDefinition, node: WorkflowNode): readonly string[] {
  const schema = node.config?.output_schema as JsonSchema | undefined;
  if (node.type === 'prompt' && schema) return Object.keys(schema.properties ?? {});
  if (node.type === 'join') return branchNames(definition, node.id);
  return outputsOf[node.type] ?? [];
}

/** What a step leaves where a failure has a way of its own. */
function failureNames({ edges }: WorkflowDefinition, node: WorkflowNode): readonly string[] {
  return edges.some((edge) => edge.from === node.id && edge.port === errorPort) ? ['detail', 'code'] : [];
}

/** A join names the results by the first step of each branch. */
function branchNames({ nodes, edges }: WorkflowDefinition, joinId: string): string[] {
  const before = stepsBefore({ format: 1, nodes, edges }, joinId);
  const forks = nodes.filter((node) => node.type === 'parallel' && before.has(node.id));
  const names = forks.flatMap((fork) =>
    edges
      .filter((edge) => edge.from === fork.id && (edge.port ?? nextPort) === nextPort)
      .map((edge) => edge.to),
  );
  return [...new Set(names)];
}

/** The steps from which a way leads to this one. */
function stepsBefore({ edges }: WorkflowDefinition, nodeId: string): Set<string> {
  const incoming = Map.groupBy(edges, (edge) => edge.to);
  const found = new Set<string>();
  const open = [nodeId];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { from } of incoming.get(at) ?? []) {
      if (found.has(from)) continue;
      found.add(from);
      open.push(from);
    }
  }
  return found;
}

/** The steps that each loop repeats: what its way `each` reaches before it comes back. */
function loopBodies({ nodes, edges }: WorkflowDefinition): Map<string, Set<string>> {
  const outgoing = Map.groupBy(edges, (edge) => edge.from);
  const bodies = new Map<string, Set<string>>();
  for (const { id, type } of nodes) {
    if (type !== 'loop') continue;
    const body = new Set<string>();
    const open = (outgoing.get(id) ?? []).filter((edge) => edge.port === 'each').map((edge) => edge.to);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (body.has(at) || at === id) continue;
      body.add(at);
      open.push(...(outgoing.get(at) ?? []).map((edge) => edge.to));
    }
    bodies.set(id, body);
  }
  return bodies;
}

const named = /(?<![\w$.])steps\s*\.\s*`?([A-Za-z_]\w*)/g;

/** The steps that the settings of a step name, and whether they name the input or the item of a loop. */
export function usedNames(node: WorkflowNode): { steps: string[]; input: boolean; item: boolean } {
  const text = JSON.stringify(node.config ?? {});
  return {
    steps: [...new Set([...text.matchAll(named)].map((match) => match[1] ?? ''))],
    input: /(?<![\w$.])input\b/.test(text.replaceAll('"input":', '')),
    item: /(?<![\w$.])(item|index)\b/.test(text),
  };
}
