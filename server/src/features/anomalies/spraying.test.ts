import { describe, expect, test } from 'vitest';
import { findSpraying, type NetworkAttempt } from './spraying.ts';

const attempt = (network: string, account: string, failed = true): NetworkAttempt => ({
  network,
  account,
  failed,
});
const many = (count: number, of: (index: number) => NetworkAttempt): NetworkAttempt[] =>
  Array.from({ length: count }, (_unused, index) => of(index));

describe('one network on many accounts', () => {
  test('ten accounts are spraying, nine are not', () => {
    expect(findSpraying(many(9, (i) => attempt('n', `a${i}`)))).toEqual([]);
    expect(findSpraying(many(10, (i) => attempt('n', `a${i}`)))).toEqual([
      { pattern: 'one_network', accounts: 10, attempts: 10, networks: new Map([['n', 10]]) },
    ]);
  });

  test('many attempts on few accounts are no spraying', () => {
    expect(findSpraying(many(200, (i) => attempt('n', `a${i % 5}`)))).toEqual([]);
  });

  test('an office of people who mistype and then get in is no spraying', () => {
    const people = many(40, (i) => attempt('office', `a${i}`));
    expect(findSpraying([...people, ...people.map((each) => ({ ...each, failed: false }))])).toEqual([]);
  });

  test('getting in somewhere does not hide the others', () => {
    const attempts = [...many(10, (i) => attempt('n', `a${i}`)), attempt('n', 'own', false)];
    expect(findSpraying(attempts)).toHaveLength(1);
  });
});

describe('many networks with few attempts each', () => {
  test('twenty accounts from twenty networks are spraying', () => {
    const [found] = findSpraying(many(20, (i) => attempt(`n${i}`, `a${i}`)));
    expect(found).toMatchObject({ pattern: 'many_networks', accounts: 20, attempts: 20 });
    expect(found?.networks.size).toBe(20);
  });

  test('nineteen accounts, or nine networks, are not', () => {
    expect(findSpraying(many(19, (i) => attempt(`n${i}`, `a${i}`)))).toEqual([]);
    expect(findSpraying(many(27, (i) => attempt(`n${i % 9}`, `a${i}`)))).toEqual([]);
  });

  test('people who get in, from there or elsewhere, do not count', () => {
    const failures = many(20, (i) => attempt(`n${i}`, `a${i}`));
    expect(findSpraying([...failures, attempt('n0', 'a0', false)])).toEqual([]);
    expect(findSpraying([...failures, attempt('elsewhere', 'a0', false)])).toEqual([]);
  });
});

test('quiet hours have none', () => {
  expect(findSpraying([])).toEqual([]);
});
