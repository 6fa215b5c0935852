import { checkSettings } from './check-settings.ts';
import {
  type Definition,
  type DefinitionProblem,
  errorPort,
  nextPort,
  type WorkflowNode,
} from './definition.schemas.ts';
import { type Check, report, type ValidationParts } from './definition-check.ts';
import { buildGraph, circles, type Graph, loopBodies, portsOf, reachableFrom } from './graph.ts';
import { schemaProblems } from './schema-subset.ts';

const maxProblems = 200;

/** Everything that keeps a workflow from running, each problem at its step. Empty: it can run. */
export function validateDefinition(definition: Definition, parts: ValidationParts): DefinitionProblem[] {
  const graph = buildGraph(definition);
  const before = new Map<string, Set<string>>();
  for (const { id } of definition.nodes) {
    for (const later of reachableFrom(graph, id)) before.set(later, (before.get(later) ?? new Set()).add(id));
  }
  const check: Check = { ...parts, graph, problems: [], before, bodies: loopBodies(graph) };
  checkInputSchema(check);
  checkNodes(check);
  checkEdges(check);
  checkReach(check);
  checkCircles(check);
  return check.problems.slice(0, maxProblems);
}

function checkInputSchema(check: Check): void {
  const { input_schema: schema } = check.graph.definition;
  for (const wrong of schema ? schemaProblems(schema) : [])
    report(check, 'input_schema_invalid', null, wrong, 'input_schema');
}

function checkNodes(check: Check): void {
  const { nodes } = check.graph.definition;
  const seen = new Set<string>();
  for (const node of nodes) {
    if (seen.has(node.id)) {
      const detail = `Two steps have the id "${node.id}". Rename one.`;
      report(check, 'duplicate_step', node.id, { detail, params: { step: node.id } });
    }
    seen.add(node.id);
    const type = check.types.get(node.type);
    if (type) checkSettings(check, node, type);
    else {
      const detail = `There is no step of type "${node.type}".`;
      report(check, 'unknown_step_type', node.id, { detail, params: { type: node.type } }, 'type');
    }
  }
  const starts = nodes.filter((node) => node.type === 'start');
  if (starts.length === 0) report(check, 'no_start', null, { detail: 'The workflow has no start. Add one.' });
  for (const extra of starts.slice(1))
    report(check, 'second_start', extra.id, {
      detail: 'A workflow begins in one place: remove this start.',
    });
}

function checkEdges(check: Check): void {
  const { graph } = check;
  for (const edge of graph.definition.edges) {
    const from = graph.nodes.get(edge.from);
    if (!from)
      report(check, 'edge_from_nothing', null, {
        detail: `A connection begins at "${edge.from}", which is no step.`,
        params: { step: edge.from },
      });
    if (!graph.nodes.has(edge.to))
      report(check, 'edge_to_nothing', edge.from, {
        detail: `A connection leads to "${edge.to}", which is no step.`,
        params: { step: edge.to },
      });
    if (graph.nodes.get(edge.to)?.type === 'start')
      report(check, 'edge_to_start', edge.from, { detail: 'No connection may lead back to the start.' });
    const port = edge.port ?? nextPort;
    if (from && check.types.has(from.type) && !portsOf(check.types, from).includes(port))
      report(check, 'unknown_port', from.id, {
        detail: `The step has no way out named "${port}".`,
        params: { port },
      });
  }
  for (const node of graph.definition.nodes) checkForks(check, node);
}

/** Only a parallel step begins several at once: what happens is what can be seen. */
function checkForks(check: Check, node: WorkflowNode): void {
  if (node.type === 'parallel') return;
  for (const port of portsOf(check.types, node)) {
    if (check.graph.following(node.id, port).length > 1)
      report(check, 'fork_without_parallel', node.id, {
        detail: `More than one connection leaves by "${port}". Put a parallel step in between.`,
        params: { port },
      });
  }
}

function checkReach(check: Check): void {
  const { startId, definition } = check.graph;
  if (startId === undefined) return;
  const reached = reachableFrom(check.graph, startId);
  for (const { id } of definition.nodes) {
    if (id !== startId && !reached.has(id))
      report(check, 'unreachable', id, { detail: 'No connection leads from the start to this step.' });
  }
}

/**
 * A circle ends where one of its steps has another way to leave it, or chooses to stop. A way back to a loop is no
 * circle: the loop counts its items.
 */
function checkCircles(check: Check): void {
  const { definition } = check.graph;
  const loops = new Set(definition.nodes.filter((node) => node.type === 'loop').map((node) => node.id));
  const edges = definition.edges.filter(
    (edge) => !loops.has(edge.to) || !isWayBack(check, edge.from, edge.to),
  );
  const graph = buildGraph({ ...definition, edges });
  for (const circle of circles(graph)) {
    if (circle.some((id) => leavesCircle(check, graph, id, new Set(circle)))) continue;
    const steps = circle.join(', ');
    const detail = `These steps run in a circle without a way out: ${steps}. Let a condition lead out of it.`;
    for (const id of circle) report(check, 'cycle_without_exit', id, { detail, params: { steps } });
  }
}

function isWayBack(check: Check, from: string, loop: string): boolean {
  return check.bodies.get(loop)?.has(from) === true;
}

/** A step decides to leave where a way out that it chooses leads out of the circle or to nowhere. */
function leavesCircle(check: Check, graph: Graph, id: string, circle: Set<string>): boolean {
  const node = graph.nodes.get(id);
  const type = node && check.types.get(node.type);
  if (!node || !type) return true;
  const ports = type.ports(node.config ?? {});
  if (ports.length < 2 || node.type === 'loop') return false;
  return ports.some((port) => {
    const to = graph.following(id, port);
    return port !== errorPort && !to.some((one) => circle.has(one));
  });
}
