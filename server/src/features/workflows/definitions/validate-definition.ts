import { Errors } from 'typebox/value';
import type { StepType, StepTypes } from '../steps/step-type.ts';
import {
  type Definition,
  type DefinitionProblem,
  errorPort,
  nextPort,
  type WorkflowNode,
} from './definition.schemas.ts';
import { buildGraph, circles, type Graph, loopBodies, portsOf, reachableFrom } from './graph.ts';
import { schemaProblems } from './schema-subset.ts';
import { parseTemplate, type Reference, referencesIn, stepsInExpression } from './template.ts';

const maxProblems = 200;

export interface ValidationParts {
  types: StepTypes;
  /** What is wrong with an expression, in a sentence; `undefined` when nothing is. */
  checkExpression(expression: string): string | undefined;
}

interface Check extends ValidationParts {
  graph: Graph;
  problems: DefinitionProblem[];
  /** For each step, the steps that may have run before it. */
  before: Map<string, Set<string>>;
  bodies: Map<string, Set<string>>;
}

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

function report(
  check: Check,
  code: string,
  nodeId: string | null,
  detail: string,
  field: string | null = null,
): void {
  check.problems.push({ code, node_id: nodeId, field, detail });
}

function checkInputSchema(check: Check): void {
  const { input_schema: schema } = check.graph.definition;
  for (const detail of schema ? schemaProblems(schema) : [])
    report(check, 'input_schema_invalid', null, detail, 'input_schema');
}

function checkNodes(check: Check): void {
  const { nodes } = check.graph.definition;
  const seen = new Set<string>();
  for (const node of nodes) {
    if (seen.has(node.id))
      report(check, 'duplicate_step', node.id, `Two steps have the id "${node.id}". Rename one.`);
    seen.add(node.id);
    const type = check.types.get(node.type);
    if (type) checkConfig(check, node, type);
    else report(check, 'unknown_step_type', node.id, `There is no step of type "${node.type}".`, 'type');
  }
  const starts = nodes.filter((node) => node.type === 'start');
  if (starts.length === 0) report(check, 'no_start', null, 'The workflow has no start. Add one.');
  for (const extra of starts.slice(1))
    report(check, 'second_start', extra.id, 'A workflow begins in one place: remove this start.');
}

function checkConfig(check: Check, node: WorkflowNode, type: StepType): void {
  const config = node.config ?? {};
  const errors = Errors(type.config, config).filter((error) => error.keyword !== 'boolean');
  for (const error of errors.slice(0, 5)) {
    const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] };
    const [name] = params.requiredProperties ?? params.additionalProperties ?? [];
    const field = [error.instancePath.slice(1).replaceAll('/', '.'), name].filter(Boolean).join('.');
    const detail = params.requiredProperties
      ? 'is missing'
      : params.additionalProperties
        ? 'is not known here'
        : error.message;
    report(check, 'config_invalid', node.id, `"${field}" ${detail}.`, `config.${field}`);
  }
  if (errors.length > 0) return;
  for (const { field, detail } of type.check?.(config) ?? [])
    report(check, 'config_invalid', node.id, detail, `config.${field}`);
  for (const [field, value] of Object.entries(config)) {
    if (type.literals?.includes(field)) continue;
    if (type.expressions?.includes(field)) checkExpressions(check, node, field, value);
    else checkTemplates(check, node, field, value);
  }
}

function checkExpressions(check: Check, node: WorkflowNode, field: string, value: unknown): void {
  if (typeof value !== 'string') return;
  const wrong = check.checkExpression(value);
  if (wrong) report(check, 'expression_invalid', node.id, wrong, `config.${field}`);
  const { names, all } = stepsInExpression(value);
  if (all)
    report(
      check,
      'expression_invalid',
      node.id,
      'Name each step that the expression reads, such as steps.search.output.',
      `config.${field}`,
    );
  for (const name of names) checkStepName(check, node, name, `config.${field}`);
}

function checkTemplates(check: Check, node: WorkflowNode, field: string, value: unknown): void {
  for (const text of textsIn(value)) {
    for (const wrong of parseTemplate(text).malformed)
      report(
        check,
        'template_malformed',
        node.id,
        `{{${wrong}}} is no name: write a path such as {{input.title}}.`,
        `config.${field}`,
      );
  }
  for (const reference of referencesIn(value)) checkReference(check, node, reference, `config.${field}`);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function checkReference(check: Check, node: WorkflowNode, reference: Reference, field: string): void {
  const [root, name, next] = reference.path;
  const missing = (why: string): void =>
    report(check, 'missing_value', node.id, `{{${reference.text}}} has no value here: ${why}`, field);
  if (root === 'steps') {
    if (name === undefined) missing('name the step, such as {{steps.search.output}}.');
    else {
      checkStepName(check, node, name, field);
      if (next !== undefined && next !== 'output') missing('a step has "output" and nothing else.');
    }
  } else if (root === 'item' || root === 'index') {
    if (![...check.bodies.values()].some((body) => body.has(node.id))) missing('this step is in no loop.');
  } else if (root === 'input') {
    const { input_schema: schema } = check.graph.definition;
    const known = schema?.properties as Record<string, unknown> | undefined;
    if (known && name !== undefined && !Object.hasOwn(known, name))
      missing(`the input of this workflow has no "${name}".`);
  } else if (root === 'run') {
    if (name !== 'id' && name !== 'workflow_id') missing('a run has "id" and "workflow_id".');
  } else missing('names begin with input, steps, item, index or run.');
}

function checkStepName(check: Check, node: WorkflowNode, name: string, field: string): void {
  if (!check.graph.nodes.has(name))
    report(check, 'missing_value', node.id, `There is no step "${name}".`, field);
  else if (!check.before.get(node.id)?.has(name))
    report(check, 'missing_value', node.id, `The step "${name}" never runs before this one.`, field);
  for (const [loop, body] of check.bodies) {
    if (body.has(name) && !body.has(node.id))
      report(
        check,
        'missing_value',
        node.id,
        `The step "${name}" runs once for each item of "${loop}": name {{steps.${loop}.output}}, the list of results.`,
        field,
      );
  }
}

function checkEdges(check: Check): void {
  const { graph } = check;
  for (const edge of graph.definition.edges) {
    const from = graph.nodes.get(edge.from);
    if (!from)
      report(check, 'edge_from_nothing', null, `A connection begins at "${edge.from}", which is no step.`);
    if (!graph.nodes.has(edge.to))
      report(check, 'edge_to_nothing', edge.from, `A connection leads to "${edge.to}", which is no step.`);
    if (graph.nodes.get(edge.to)?.type === 'start')
      report(check, 'edge_to_start', edge.from, 'No connection may lead back to the start.');
    const port = edge.port ?? nextPort;
    if (from && check.types.has(from.type) && !portsOf(check.types, from).includes(port))
      report(check, 'unknown_port', from.id, `The step has no way out named "${port}".`);
  }
  for (const node of graph.definition.nodes) checkForks(check, node);
}

/** Only a parallel step begins several at once: what happens is what can be seen. */
function checkForks(check: Check, node: WorkflowNode): void {
  if (node.type === 'parallel') return;
  for (const port of portsOf(check.types, node)) {
    if (check.graph.following(node.id, port).length > 1)
      report(
        check,
        'fork_without_parallel',
        node.id,
        `More than one connection leaves by "${port}". Put a parallel step in between.`,
      );
  }
}

function checkReach(check: Check): void {
  const { startId, definition } = check.graph;
  if (startId === undefined) return;
  const reached = reachableFrom(check.graph, startId);
  for (const { id } of definition.nodes) {
    if (id !== startId && !reached.has(id))
      report(check, 'unreachable', id, 'No connection leads from the start to this step.');
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
    for (const id of circle)
      report(
        check,
        'cycle_without_exit',
        id,
        `These steps run in a circle without a way out: ${circle.join(', ')}. Let a condition lead out of it.`,
      );
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
