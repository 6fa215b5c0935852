import { Errors } from 'typebox/value';
import type { ProblemParameters } from '../../../platform/errors.ts';
import { shapeProblems } from '../../../platform/http/validation.ts';
import type { StepType } from '../steps/step-type.ts';
import type { WorkflowNode } from './definition.schemas.ts';
import { type Check, report } from './definition-check.ts';
import { type ProblemReason, shapeSentence } from './problem-codes.ts';
import { parseTemplate, type Reference, referencesIn, stepsInExpression } from './template.ts';

const maxShapeProblems = 5;

/** What is wrong with the settings of a step: their shape, and the values that they name. */
export function checkSettings(check: Check, node: WorkflowNode, type: StepType): void {
  const config = node.config ?? {};
  if (checkShape(check, node, type, config) > 0) return;
  for (const { field, ...wrong } of type.check?.(config) ?? [])
    report(check, 'config_invalid', node.id, wrong, `config.${field}`);
  for (const [field, value] of Object.entries(config)) {
    if (type.literals?.includes(field)) continue;
    if (type.expressions?.includes(field)) checkExpressions(check, node, `config.${field}`, value);
    else checkTemplates(check, node, `config.${field}`, value);
  }
}

/** Answers how many problems there are. A value that is none of several is told once, not for each of them. */
function checkShape(check: Check, node: WorkflowNode, type: StepType, config: object): number {
  const found = shapeProblems(Errors(type.config, config), '');
  const wrong = new Map(
    found.map((one) => [`${one.field} ${one.reason === 'other' ? one.detail : one.reason}`, one]),
  );
  for (const { field, ...one } of [...wrong.values()].slice(0, maxShapeProblems)) {
    const path = field === '' ? 'config' : `config.${field}`;
    report(check, 'config_invalid', node.id, shapeSentence(field, one), path);
  }
  return wrong.size;
}

function checkExpressions(check: Check, node: WorkflowNode, field: string, value: unknown): void {
  if (typeof value !== 'string') return;
  const wrong = check.checkExpression(value);
  if (wrong) report(check, 'expression_invalid', node.id, wrong, field);
  const { names, all } = stepsInExpression(value);
  if (all) {
    const detail = 'Name each step that the expression reads, such as steps.search.output.';
    report(check, 'expression_invalid', node.id, { detail, reason: 'expression_all_steps' }, field);
  }
  for (const name of names) checkStepName(check, node, name, field);
}

function checkTemplates(check: Check, node: WorkflowNode, field: string, value: unknown): void {
  for (const text of textsIn(value)) {
    for (const written of parseTemplate(text).malformed) {
      const template = `{{${written}}}`;
      const detail = `${template} is no name: write a path such as {{input.title}}.`;
      report(check, 'template_malformed', node.id, { detail, params: { template } }, field);
    }
  }
  for (const reference of referencesIn(value)) checkReference(check, node, reference, field);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function checkReference(check: Check, node: WorkflowNode, reference: Reference, field: string): void {
  const [root, name, next] = reference.path;
  const template = `{{${reference.text}}}`;
  const missing = (reason: ProblemReason, why: string, params?: ProblemParameters): void => {
    const detail = `${template} has no value here: ${why}`;
    report(check, 'missing_value', node.id, { detail, reason, params: { template, ...params } }, field);
  };
  if (root === 'steps') {
    if (name === undefined)
      missing('template_no_step_name', 'name the step, such as {{steps.search.output}}.');
    else {
      checkStepName(check, node, name, field);
      if (next !== undefined && next !== 'output')
        missing('template_no_output', 'a step has "output" and nothing else.');
    }
  } else if (root === 'item' || root === 'index') {
    if (![...check.bodies.values()].some((body) => body.has(node.id)))
      missing('template_no_loop', 'this step is in no loop.');
  } else if (root === 'input') {
    const { input_schema: schema } = check.graph.definition;
    const known = schema?.properties as Record<string, unknown> | undefined;
    if (known && name !== undefined && !Object.hasOwn(known, name))
      missing('template_no_input', `the input of this workflow has no "${name}".`, { name });
  } else if (root === 'run') {
    if (name !== 'id' && name !== 'workflow_id')
      missing('template_no_run_value', 'a run has "id" and "workflow_id".');
  } else missing('template_no_root', 'names begin with input, steps, item, index or run.');
}

function checkStepName(check: Check, node: WorkflowNode, step: string, field: string): void {
  const missing = (reason: ProblemReason, detail: string, params?: ProblemParameters): void =>
    report(check, 'missing_value', node.id, { detail, reason, params: { step, ...params } }, field);
  if (!check.graph.nodes.has(step)) missing('no_step', `There is no step "${step}".`);
  else if (!check.before.get(node.id)?.has(step))
    missing('step_not_before', `The step "${step}" never runs before this one.`);
  for (const [loop, body] of check.bodies) {
    if (body.has(step) && !body.has(node.id))
      missing(
        'step_in_loop',
        `The step "${step}" runs once for each item of "${loop}": name {{steps.${loop}.output}}, the list of results.`,
        { loop },
      );
  }
}
