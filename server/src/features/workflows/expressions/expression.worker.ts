import { parentPort } from 'node:worker_threads';
import jsonata from 'jsonata';

export interface ExpressionRequest {
  id: number;
  expression: string;
  data: unknown;
}

export type ExpressionAnswer =
  | { id: number; ok: true; json: string | undefined }
  | { id: number; ok: false; message: string };

/** Once that the thread has read its program, then one answer to each request. */
export type ThreadMessage = 'ready' | ExpressionAnswer;

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

parentPort?.on('message', ({ id, expression, data }: ExpressionRequest) => {
  const answer = (one: ExpressionAnswer): void => parentPort?.postMessage(one);
  const fail = (error: unknown): void => {
    const { message } = error as { message?: unknown };
    answer({ id, ok: false, message: typeof message === 'string' ? message : 'The expression failed.' });
  };
  try {
    compiled(expression)
      .evaluate(data)
      .then((value: unknown) => answer({ id, ok: true, json: JSON.stringify(value) }))
      .catch(fail);
  } catch (error) {
    fail(error);
  }
});
parentPort?.postMessage('ready' satisfies ThreadMessage);
