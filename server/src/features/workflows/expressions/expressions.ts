import jsonata from 'jsonata';
import { createBoundedThread, ThreadEnded } from '../bounded-thread.ts';
import type { ReasonedSentence } from '../definitions/problem-codes.ts';
import { ExpressionFailed, ExpressionTimeout, ValueTooLarge } from '../workflows.errors.ts';
import type { ExpressionAnswer, ExpressionRequest } from './expression.worker.ts';

/** Evaluates JSONata in a thread of its own: an expression without an end takes that thread down and nothing else. */
export interface Expressions {
  /**
   * The value of an expression; `undefined` where it has none. Throws `workflows.expression_failed`,
   * `workflows.expression_timeout`, `workflows.value_too_large` or the signal's reason.
   */
  evaluate(expression: string, data: unknown, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

export const maxExpressionLength = 10_000;
const timeLimitMs = 2_000;
const maxResultLength = 4 * 1024 * 1024;

/** What is wrong with an expression; `undefined` when it can be read. */
export function checkExpression(expression: string): ReasonedSentence | undefined {
  const { length } = expression;
  if (length > maxExpressionLength)
    return {
      detail: `The expression has ${length} characters; ${maxExpressionLength} are possible.`,
      reason: 'expression_too_long',
      params: { count: length, limit: maxExpressionLength },
    };
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    const { message: said } = error as { message?: unknown };
    const message = typeof said === 'string' ? said : 'it is not valid';
    return {
      detail: `The expression cannot be read: ${message}`,
      reason: 'expression_unreadable',
      params: { message },
    };
  }
}

/** One thread, one expression at a time; the thread ends when nobody needs it. */
export function createExpressions(options: { timeLimitMs?: number } = {}): Expressions {
  const limitMs = options.timeLimitMs ?? timeLimitMs;
  const thread = createBoundedThread<ExpressionRequest, ExpressionAnswer>({
    program: new URL('./expression.worker.ts', import.meta.url),
    maxOldGenerationSizeMb: 96,
    maxYoungGenerationSizeMb: 16,
  });
  return {
    async evaluate(expression, data, signal) {
      const wrong = checkExpression(expression);
      if (wrong) throw ExpressionFailed.with(wrong);
      const answer = await thread.ask({ expression, data }, { limitMs, signal }).catch((error: unknown) => {
        throw error instanceof ThreadEnded ? ExpressionTimeout.with({ cause: error }) : error;
      });
      if (!answer.ok)
        throw ExpressionFailed.with({ detail: `The expression failed: ${answer.message.slice(0, 500)}` });
      if (answer.json === undefined) return undefined;
      if (answer.json.length > maxResultLength)
        throw ValueTooLarge.with({
          detail: 'The result of the expression is larger than 4 MB.',
          reason: 'expression',
          params: { limit_mb: 4 },
        });
      return JSON.parse(answer.json);
    },
    close: () => thread.close(),
  };
}
