import { expect, test } from 'vitest';
import { createSlots, type HashPriority } from './password-hasher.ts';

test('S7: who is known goes before the unknown who wait, and those keep their order', async () => {
  const slots = createSlots(2, { known: 1_000, unknown: 200 });
  const started: string[] = [];
  const gate = Promise.withResolvers<void>();
  const begin = (kind: HashPriority, number: number) =>
    slots.run(kind, async () => {
      started.push(`${kind} ${number}`);
      await gate.promise;
    });
  const work = [
    ...Array.from({ length: 202 }, (_unused, number) => begin('unknown', number)),
    ...Array.from({ length: 20 }, (_unused, number) => begin('known', number)),
  ];
  await expect(begin('unknown', 202)).rejects.toMatchObject({ code: 'auth.busy' });
  expect(slots.load).toEqual({ running: 2, waiting: 220 });
  gate.resolve();
  await Promise.all(work);
  const numbered = (kind: HashPriority, from: number, to: number) =>
    Array.from({ length: to - from }, (_unused, index) => `${kind} ${from + index}`);
  expect(started).toEqual([
    ...numbered('unknown', 0, 2),
    ...numbered('known', 0, 20),
    ...numbered('unknown', 2, 202),
  ]);
});
