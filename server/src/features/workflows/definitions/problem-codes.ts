import { type ProblemParameters, type ShapeReason, shapeReasons } from '../../../platform/errors.ts';

/** What may be wrong with a drawing. Stable: clients have a sentence for each in other languages. */
export const problemCodes = [
  'input_schema_invalid',
  'duplicate_step',
  'unknown_step_type',
  'no_start',
  'second_start',
  'config_invalid',
  'expression_invalid',
  'template_malformed',
  'missing_value',
  'edge_from_nothing',
  'edge_to_nothing',
  'edge_to_start',
  'unknown_port',
  'fork_without_parallel',
  'unreachable',
  'cycle_without_exit',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** Which of several sentences of one code it is. A reason says the same under every code. */
export const problemReasons = [
  ...shapeReasons,
  'no_slot',
  'no_event',
  'no_tool',
  'header_forbidden',
  'schema_too_deep',
  'schema_no_object',
  'schema_keyword',
  'schema_type',
  'schema_required',
  'schema_properties',
  'schema_any_of',
  'expression_too_long',
  'expression_unreadable',
  'expression_all_steps',
  'no_step',
  'step_not_before',
  'step_in_loop',
  'template_no_step_name',
  'template_no_output',
  'template_no_loop',
  'template_no_input',
  'template_no_run_value',
  'template_no_root',
] as const;
export type ProblemReason = (typeof problemReasons)[number];

/** What is told of a problem: the sentence, which one it is, and the values that it names. */
export interface ProblemSentence {
  detail: string;
  reason?: ProblemReason;
  params?: ProblemParameters;
}

/** A sentence of a code that has several. */
export interface ReasonedSentence extends ProblemSentence {
  reason: ProblemReason;
}

/** What is wrong with one setting of a step, beyond what the schema of its settings says. */
export interface SettingProblem extends ReasonedSentence {
  field: string;
}

/** What is wrong with the shape of a setting; `field` is empty for the settings as a whole. */
export function shapeSentence(
  field: string,
  { detail, reason, params }: { detail: string; reason: ShapeReason; params?: ProblemParameters },
): ReasonedSentence {
  const subject = field === '' ? 'The settings' : `"${field}"`;
  return { detail: `${subject} ${detail}.`, reason, params: { field, ...params } };
}
