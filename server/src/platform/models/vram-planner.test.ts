import { describe, expect, test } from 'vitest';
import { type PlannableCall, type ProviderMemory, planCalls } from './index.ts';

type Named = PlannableCall & { id: string };
const call = (id: string, model: string, providerId = 'home'): Named => ({
  id,
  model: { providerId, model },
});
const sizes: Record<string, number> = { small: 2, middle: 5, large: 9 };
const memory = (loaded: string[], capacityBytes: number | null): ProviderMemory => ({
  providerId: 'home',
  loaded,
  capacityBytes,
  sizeBytes: (model) => sizes[model] ?? null,
});
const ids = (waves: Named[][]): string[][] => waves.map((wave) => wave.map((one) => one.id));

describe('order of calls', () => {
  test('calls of one model stay together, in their order, and the loaded model goes first', () => {
    const calls = [call('a', 'large'), call('b', 'middle'), call('c', 'large'), call('d', 'middle')];
    expect(ids(planCalls(calls, [memory(['middle'], 10)]))).toEqual([
      ['b', 'd'],
      ['a', 'c'],
    ]);
  });

  test('models that fit together share a wave', () => {
    const calls = [call('a', 'middle'), call('b', 'small'), call('c', 'large')];
    expect(ids(planCalls(calls, [memory([], 10)]))).toEqual([['a', 'b'], ['c']]);
    expect(ids(planCalls(calls, [memory([], 16)]))).toEqual([['a', 'b', 'c']]);
  });

  test('what is loaded takes room even where no call needs it', () => {
    const calls = [call('a', 'middle'), call('b', 'small')];
    expect(ids(planCalls(calls, [memory(['small', 'middle'], 7)]))).toEqual([['a', 'b']]);
    expect(
      ids(planCalls([call('a', 'small'), call('b', 'middle')], [memory(['small', 'large'], 11)])),
    ).toEqual([['a'], ['b']]);
  });

  test('without knowledge of sizes or room, one model at a time', () => {
    const calls = [call('a', 'small'), call('b', 'middle'), call('c', 'small')];
    expect(ids(planCalls(calls, [memory([], null)]))).toEqual([['a', 'c'], ['b']]);
    expect(ids(planCalls([call('a', 'unknown'), call('b', 'small')], [memory([], 100)]))).toEqual([
      ['a'],
      ['b'],
    ]);
  });

  test('providers do not wait for one another, and a service has nothing to swap', () => {
    const calls = [call('a', 'large'), call('b', 'x', 'cloud'), call('c', 'middle'), call('d', 'y', 'cloud')];
    expect(ids(planCalls(calls, [memory(['middle'], 9)]))).toEqual([['c', 'b', 'd'], ['a']]);
    expect(planCalls([], [])).toEqual([]);
  });
});
