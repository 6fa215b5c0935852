import { afterAll, expect, test } from 'vitest';
import { createExpressions } from './expressions.ts';

const expressions = createExpressions({ timeLimitMs: 400 });
afterAll(() => expressions.close());
const evaluate = (expression: string, data: unknown = {}) =>
  expressions.evaluate(expression, data, new AbortController().signal);
/** Keeps the whole process from doing anything. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const endless = '($f := function($n) { $f($n + 1) }; $f(0))';

test('a thread that has to be started first may take its time', async () => {
  const value = evaluate('1 + 1');
  await Promise.resolve();
  standStill(1_000);
  expect(await value).toBe(2);
});

test('an answer that came while the process stood still counts', async () => {
  await evaluate('1');
  const value = evaluate('$uppercase(name)', { name: 'ada' });
  await Promise.resolve();
  standStill(1_000);
  expect(await value).toBe('ADA');
});

test('an expression without an end is ended, and the next one is answered', async () => {
  await expect(evaluate(endless)).rejects.toMatchObject({ code: 'workflows.expression_timeout' });
  expect(await evaluate('2 + 2')).toBe(4);
});
