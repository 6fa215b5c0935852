import type { FieldProblem, Problem } from '@aiwfe/api-client';
import { fieldProblemText, refusalText } from '../messages/refusals.ts';

/** A definite refusal by the server (RFC 9457): the request arrived and was answered. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly reason: string | undefined;
  readonly params: Problem['params'];
  readonly requestId: string | null;
  readonly fields: FieldProblem[];
  readonly retryAfterSeconds: number | null;

  constructor(problem: Partial<Problem> & { status: number }, retryAfterSeconds: number | null = null) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.code = problem.code ?? `http.${problem.status}`;
    this.detail = problem.detail ?? problem.title ?? '';
    this.reason = problem.reason;
    this.params = problem.params;
    this.requestId = problem.request_id ?? null;
    this.fields = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** What happened and what to do, in the person's language. */
  get text(): string {
    return refusalText(this);
  }

  /** The sentence about one field of the request, when the server named that field. */
  fieldError(field: string): string | undefined {
    const problem = this.fields.find((each) => each.field.split(/[./]/).filter(Boolean).join('.') === field);
    // Where the whole refusal is about this field, it says the same.
    if (problem?.detail === this.detail) return this.text;
    return problem && fieldProblemText(problem);
  }
}

/** No answer came: offline, time-out, or a connection that broke. Says nothing about the session (I12). */
export class ConnectionProblem extends Error {
  readonly reason: 'offline' | 'timeout' | 'network';

  constructor(reason: ConnectionProblem['reason']) {
    super(reason);
    this.name = 'ConnectionProblem';
    this.reason = reason;
  }
}

/** True when the person closed the question who they are: nothing was changed, and they know it. */
export function wasCalledOff(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'auth.step_up_required';
}

/** True when the same request can be expected to work later without a change by the person. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectionProblem || (error instanceof ApiProblem && error.status >= 500);
}

/** Seconds of a Retry-After header, which is a number or an HTTP date (RFC 9110 10.2.3); null without one. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

/** The problem an answer outside 2xx describes; also for answers of a proxy that are not problem+json. */
export function problemFromAnswer(
  status: number,
  contentType: string | null,
  body: string,
  retryAfter: string | null,
): ApiProblem {
  const retryAfterSeconds = parseRetryAfter(retryAfter, Date.now());
  if (contentType?.includes('json')) {
    try {
      return new ApiProblem({ ...(JSON.parse(body) as Partial<Problem>), status }, retryAfterSeconds);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return new ApiProblem({ status }, retryAfterSeconds);
}
