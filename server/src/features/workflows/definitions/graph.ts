import type { StepTypes } from '../steps/step-type.ts';
import {
  type Definition,
  errorPort,
  nextPort,
  type WorkflowEdge,
  type WorkflowNode,
} from './definition.schemas.ts';

/** A definition as something to walk on. */
export interface Graph {
  definition: Definition;
  nodes: ReadonlyMap<string, WorkflowNode>;
  startId: string | undefined;
  /** Steps that follow through a way out. */
  following(nodeId: string, port: string): string[];
  edgesFrom(nodeId: string): WorkflowEdge[];
}

export function buildGraph(definition: Definition): Graph {
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]));
  const outgoing = Map.groupBy(definition.edges, (edge) => edge.from);
  return {
    definition,
    nodes,
    startId: definition.nodes.find((node) => node.type === 'start')?.id,
    edgesFrom: (nodeId) => outgoing.get(nodeId) ?? [],
    following: (nodeId, port) =>
      (outgoing.get(nodeId) ?? []).filter((edge) => (edge.port ?? nextPort) === port).map((edge) => edge.to),
  };
}

/** Every step that can be reached from one, itself only where a way leads back to it. */
export function reachableFrom(graph: Graph, nodeId: string): Set<string> {
  const seen = new Set<string>();
  const open = [nodeId];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const { to } of graph.edgesFrom(from)) {
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return seen;
}

/** The steps of each loop's body: what its way `each` reaches before it comes back. */
export function loopBodies(graph: Graph): Map<string, Set<string>> {
  const bodies = new Map<string, Set<string>>();
  for (const node of graph.definition.nodes) {
    if (node.type !== 'loop') continue;
    const body = new Set<string>();
    const open = graph.following(node.id, 'each');
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (body.has(at) || at === node.id) continue;
      body.add(at);
      open.push(...graph.edgesFrom(at).map((edge) => edge.to));
    }
    bodies.set(node.id, body);
  }
  return bodies;
}

/** The ways out of a step, `error` among them. */
export function portsOf(types: StepTypes, node: WorkflowNode): string[] {
  const type = types.get(node.type);
  if (!type) return [];
  const ports = [...type.ports(node.config ?? {})];
  return node.type === 'start' || node.type === 'end' ? ports : [...ports, errorPort];
}

/**
 * The circles (strongly connected parts) of the graph, by Tarjan's algorithm without recursion: each is a set of steps
 * that can all reach one another.
 */
export function circles(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  for (const { id: root } of graph.definition.nodes) {
    if (index.has(root)) continue;
    const work: { id: string; targets: string[] }[] = [];
    const enter = (id: string): void => {
      index.set(id, index.size);
      low.set(id, index.size - 1);
      stack.push(id);
      onStack.add(id);
      work.push({ id, targets: targetsOf(graph, id) });
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const to = top.targets.pop();
      if (to === undefined) {
        work.pop();
        leave(top.id, work.at(-1)?.id, { index, low, onStack, stack, found, graph });
      } else if (!index.has(to)) enter(to);
      else if (onStack.has(to)) lower(low, top.id, index.get(to));
    }
  }
  return found;
}

function targetsOf(graph: Graph, id: string): string[] {
  return graph
    .edgesFrom(id)
    .map((edge) => edge.to)
    .filter((to) => graph.nodes.has(to));
}

function lower(low: Map<string, number>, id: string, value: number | undefined): void {
  low.set(id, Math.min(low.get(id) ?? 0, value ?? 0));
}

function leave(
  id: string,
  parent: string | undefined,
  state: {
    index: Map<string, number>;
    low: Map<string, number>;
    onStack: Set<string>;
    stack: string[];
    found: string[][];
    graph: Graph;
  },
): void {
  if (parent !== undefined) lower(state.low, parent, state.low.get(id));
  if (state.low.get(id) !== state.index.get(id)) return;
  const part = state.stack.splice(state.stack.indexOf(id));
  for (const one of part) state.onStack.delete(one);
  const isCircle = part.length > 1 || targetsOf(state.graph, id).includes(id);
  if (isCircle) state.found.push(part);
}
