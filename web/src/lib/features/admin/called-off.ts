import { ApiProblem } from '#lib/api/index.ts';

/** True when the person closed the question who they are: nothing was changed, and they know it. */
export function wasCalledOff(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'auth.step_up_required';
}
