import { parentPort } from 'node:worker_threads';
import jsonata from 'jsonata';
import type { ThreadMessage, ThreadRequest } from '../bounded-thread.ts';

export interface ExpressionRequest {
  expression: string;
  data: unknown;
}

export type ExpressionAnswer = { ok: true; json: string | undefined } | { ok: false; message: string };

const maxKnown = 200;
const maxDepth = 100;
const maxSequence = 100_000;
const known = new Map<string, ReturnType<typeof jsonata>>();

function compiled(expression: string): ReturnType<typeof jsonata> {
  const before = known.get(expression);
  if (before) return before;
  // The depth and the length of sequences are bounded here, time and memory from outside.
  const made = jsonata(expression, { stack: maxDepth, sequence: maxSequence } as object);
  if (known.size >= maxKnown) known.clear();
  known.set(expression, made);
  return made;
}

const say = (message: ThreadMessage<ExpressionAnswer>): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ id, request: { expression, data } }: ThreadRequest<ExpressionRequest>) => {
  const answer = (one: ExpressionAnswer): void => say({ id, answer: one });
  const fail = (error: unknown): void => {
    const { message } = error as { message?: unknown };
    answer({ ok: false, message: typeof message === 'string' ? message : 'The expression failed.' });
  };
  try {
    compiled(expression)
      .evaluate(data)
      .then((value: unknown) => answer({ ok: true, json: JSON.stringify(value) }))
      .catch(fail);
  } catch (error) {
    fail(error);
  }
});
say('ready');
