import { expect, test } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';

function openBreaker() {
  const clock = { now: 1_000 };
  const breaker = createCircuitBreaker({ failuresToOpen: 3, restMs: 10_000, now: () => clock.now });
  return { breaker, clock };
}

test('opens after failures in a row, and a success in between starts the count anew', () => {
  const { breaker } = openBreaker();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect(breaker.view()).toMatchObject({ state: 'closed', consecutiveFailures: 2 });
  breaker.failed();
  expect(breaker.view()).toEqual({ state: 'open', consecutiveFailures: 3, retryAt: new Date(11_000) });
  expect(() => breaker.admit('Home')).toThrow(/Home has failed .* in 10 s/);
});

test('lets one request try after the rest; its success closes, its failure opens again', () => {
  const { breaker, clock } = openBreaker();
  for (let count = 0; count < 3; count++) breaker.failed();
  clock.now += 10_000;
  expect(breaker.view().state).toBe('half_open');
  breaker.admit('Home');
  expect(() => breaker.admit('Home')).toThrow();
  breaker.failed();
  expect(breaker.view()).toMatchObject({ state: 'open', retryAt: new Date(21_000) });
  clock.now += 10_000;
  breaker.admit('Home');
  breaker.succeeded();
  breaker.admit('Home');
  expect(breaker.view()).toEqual({ state: 'closed', consecutiveFailures: 0, retryAt: null });
});

test('a try that was called off leaves the way open for the next', () => {
  const { breaker, clock } = openBreaker();
  for (let count = 0; count < 3; count++) breaker.failed();
  clock.now += 10_000;
  breaker.admit('Home');
  breaker.undecided();
  breaker.admit('Home');
  expect(breaker.view().state).toBe('half_open');
});
