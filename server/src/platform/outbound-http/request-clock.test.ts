import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RequestClock, startClock } from './request-clock.ts';
import { boundBody } from './response-body.ts';

const limits = { timeoutMs: 60_000, firstByteTimeoutMs: 10_000, idleTimeoutMs: 50 };

describe('a reader that takes its time is not taken for a silent server', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());
  let clock: RequestClock;
  beforeEach(() => {
    clock = startClock(limits, undefined);
    clock.answered();
  });

  test('the idle limit waits while the clock is held, and counts afresh from the next progress on', () => {
    vi.advanceTimersByTime(49);
    clock.hold();
    vi.advanceTimersByTime(5_000);
    expect(clock.reason()).toBeUndefined();
    clock.progress();
    vi.advanceTimersByTime(49);
    expect(clock.reason()).toBeUndefined();
    vi.advanceTimersByTime(1);
    const silent = { reason: 'silent', params: { limit_seconds: 0.05 } };
    expect(clock.reason()).toMatchObject({ code: 'outbound.timeout', ...silent });
  });

  test('the whole time goes on while it is held', () => {
    clock.hold();
    vi.advanceTimersByTime(60_000);
    const late = { reason: 'not_finished', params: { limit_seconds: 60 } };
    expect(clock.reason()).toMatchObject({ code: 'outbound.timeout', ...late });
  });

  test('a body holds it as long as nobody reads, however much of the answer is waiting', async () => {
    const parts = Array.from({ length: 64 }, () => Buffer.alloc(64 * 1024, 'a'));
    const reader = boundBody(Readable.from(parts), { maxBytes: 10_000_000, clock }).getReader();
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength;
      // Until the body has brought what it brings without being asked.
      for (let turns = 0; turns < 20; turns++) await turn();
      vi.advanceTimersByTime(51);
    }
    expect(bytes).toBe(64 * 64 * 1024);
    expect(clock.reason()).toBeUndefined();
  });
});
