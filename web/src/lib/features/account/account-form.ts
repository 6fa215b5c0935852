import { ApiProblem } from '#lib/api/index.ts';

/** True when the problem names fields of the form, so that it needs no message of its own. */
export function isShownAtFields(problem: unknown, fields: string[]): boolean {
  return problem instanceof ApiProblem && fields.some((field) => problem.fieldError(field) !== undefined);
}
