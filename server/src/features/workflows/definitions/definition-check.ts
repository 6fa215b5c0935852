import type { StepTypes } from '../steps/step-type.ts';
import type { DefinitionProblem } from './definition.schemas.ts';
import type { Graph } from './graph.ts';
import type { ProblemCode, ProblemSentence, ReasonedSentence } from './problem-codes.ts';

export interface ValidationParts {
  types: StepTypes;
  /** What is wrong with an expression; `undefined` when nothing is. */
  checkExpression(expression: string): ReasonedSentence | undefined;
}

/** A drawing that is being looked through, and what was found so far. */
export interface Check extends ValidationParts {
  graph: Graph;
  problems: DefinitionProblem[];
  /** For each step, the steps that may have run before it. */
  before: Map<string, Set<string>>;
  bodies: Map<string, Set<string>>;
}

/** Adds a problem of a step, or of the workflow as a whole. */
export function report(
  check: Check,
  code: ProblemCode,
  nodeId: string | null,
  { detail, reason, params }: ProblemSentence,
  field: string | null = null,
): void {
  check.problems.push({
    ...{ code, node_id: nodeId, field, detail },
    ...(reason ? { reason } : {}),
    ...(params ? { params } : {}),
  });
}
