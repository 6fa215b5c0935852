import { Worker } from 'node:worker_threads';
import jsonata from 'jsonata';
import { ExpressionFailed, ExpressionTimeout, ValueTooLarge } from '../workflows.errors.ts';
import type { ExpressionAnswer, ExpressionRequest, ThreadMessage } from './expression.worker.ts';

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
/** A thread that has to be started first reads its program meanwhile. */
const startLimitMs = 30_000;
const tickMs = 50;
const memoryMb = 96;
const maxResultLength = 4 * 1024 * 1024;
const idleMs = 30_000;

/** What is wrong with an expression, in a sentence; `undefined` when it can be read. */
export function checkExpression(expression: string): string | undefined {
  if (expression.length > maxExpressionLength)
    return `The expression has ${expression.length} characters; ${maxExpressionLength} are possible.`;
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    const { message } = error as { message?: unknown };
    return `The expression cannot be read: ${typeof message === 'string' ? message : 'it is not valid'}`;
  }
}

/**
 * Counts time in short ticks of this process: where it stood still itself, an answer may lie there unread, and the thread
 * is not charged for it. The limit may become another one meanwhile; then the count begins anew.
 */
function countTime(limitMs: () => number, onEnd: () => void): NodeJS.Timeout {
  let current = limitMs();
  let ticks = 0;
  return setInterval(() => {
    const now = limitMs();
    ticks = now === current ? ticks + 1 : 1;
    current = now;
    if (ticks * tickMs >= now) onEnd();
  }, tickMs);
}

/** One thread, one expression at a time; the thread ends when nobody needs it. */
export function createExpressions(options: { timeLimitMs?: number } = {}): Expressions {
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  let isReady = false;
  const start = (): Worker => {
    isReady = false;
    const started = new Worker(new URL('./expression.worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    started.unref();
    // Its end is noticed where an answer is waited for.
    started.on('error', () => undefined);
    // Its first word says that it has read its program.
    started.once('message', () => {
      if (worker === started) isReady = true;
    });
    return started;
  };

  const drop = async (): Promise<void> => {
    const gone = worker;
    worker = undefined;
    await gone?.terminate();
  };

  const ask = async (expression: string, data: unknown): Promise<ExpressionAnswer> => {
    clearTimeout(idle);
    worker ??= start();
    const asked = worker;
    const id = ++lastId;
    const answer = Promise.withResolvers<ExpressionAnswer>();
    const onMessage = (message: ThreadMessage): void => {
      if (message !== 'ready' && message.id === id) answer.resolve(message);
    };
    const onEnd = (): void => answer.reject(ExpressionTimeout.with());
    const timer = countTime(() => (isReady ? (options.timeLimitMs ?? timeLimitMs) : startLimitMs), onEnd);
    asked.on('message', onMessage);
    asked.once('exit', onEnd);
    try {
      asked.postMessage({ id, expression, data } satisfies ExpressionRequest);
      return await answer.promise;
    } catch (error) {
      await drop();
      throw error;
    } finally {
      clearInterval(timer);
      asked.off('message', onMessage);
      asked.off('exit', onEnd);
      idle = setTimeout(() => void drop(), idleMs).unref();
    }
  };

  return {
    async evaluate(expression, data, signal) {
      const wrong = checkExpression(expression);
      if (wrong) throw ExpressionFailed.with({ detail: wrong });
      const mine = turn.then(() => {
        signal.throwIfAborted();
        return ask(expression, data);
      });
      turn = mine.catch(() => undefined);
      const answer = await mine;
      if (!answer.ok)
        throw ExpressionFailed.with({ detail: `The expression failed: ${answer.message.slice(0, 500)}` });
      if (answer.json === undefined) return undefined;
      if (answer.json.length > maxResultLength)
        throw ValueTooLarge.with({ detail: 'The result of the expression is larger than 4 MB.' });
      return JSON.parse(answer.json);
    },
    async close() {
      clearTimeout(idle);
      await drop();
    },
  };
}
