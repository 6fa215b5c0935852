import { expect, test } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

const never = new AbortController().signal;

test('keys take turns, and a key that waits longer is not overtaken by one with many', async () => {
  const queue = createFairQueue({ maxRunning: 1, maxWaiting: 10 });
  const order: string[] = [];
  const leave = await queue.enter('a', never);
  const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map(async (name) => {
    const done = await queue.enter(name.charAt(0), never);
    order.push(name);
    done();
  });
  leave();
  await Promise.all(all);
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
});

test('whoever gives up waiting leaves no gap, and leaving twice frees one place', async () => {
  const queue = createFairQueue({ maxRunning: 1, maxWaiting: 10 });
  const leave = await queue.enter('a', never);
  const impatient = new AbortController();
  const gaveUp = queue.enter('b', impatient.signal);
  const patient = queue.enter('c', never);
  impatient.abort(new Error('enough'));
  await expect(gaveUp).rejects.toThrow('enough');
  leave();
  leave();
  await patient;
  const late = queue.enter('d', AbortSignal.abort(new Error('still taken')));
  await expect(late).rejects.toThrow('still taken');
});

test('an abort after the turn has come changes nothing in the line', async () => {
  const queue = createFairQueue({ maxRunning: 1, maxWaiting: 10 });
  const leave = await queue.enter('a', never);
  const late = new AbortController();
  const served = queue.enter('b', late.signal);
  leave();
  await served;
  late.abort();
  expect([queue.running, queue.waiting]).toEqual([1, 0]);
});

test('a full queue refuses at once', async () => {
  const queue = createFairQueue({ maxRunning: 1, maxWaiting: 1 });
  await queue.enter('a', never);
  void queue.enter('a', never);
  await expect(queue.enter('a', never)).rejects.toMatchObject({
    code: 'models.rate_limited',
    retryAfterSeconds: 5,
  });
});
