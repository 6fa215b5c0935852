import type { ProblemError } from './errors.ts';

/** Numbers and names; `kind` tells sentences of one code apart, `said` is quoted. */
export type ErrorParams = Record<string, string | number>;

/** The error with what fills its sentence, for pages that say it in the person's language. */
export function withParams(error: ProblemError, params: ErrorParams): ProblemError {
  return Object.assign(error, { params });
}

/** What fills the sentence of an error; an exact sentence that was not taken apart is quoted whole. */
export function paramsOf(error: ProblemError & { params?: ErrorParams }): ErrorParams {
  if (error.params) return error.params;
  return error.detail === error.definition.detail ? {} : { said: error.detail };
}
