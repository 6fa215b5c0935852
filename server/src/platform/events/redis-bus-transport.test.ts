import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyRing } from '../crypto/key-ring.ts';
import { Secret } from '../crypto/secret.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createRedisBusTransport, type RedisBusTransport } from './redis-bus-transport.ts';

const redis = {
  /** Texts that Redis has sent and this process has not read. */
  unread: [] as string[],
  answers: true,
  listener: (_text: string): void => undefined,
};

const connect = () =>
  Object.assign(new EventEmitter(), {
    isOpen: false,
    connect: async () => undefined,
    subscribe: async (_channel: string, listener: (text: string) => void) => {
      redis.listener = listener;
    },
    publish: async (_channel: string, text: string) => {
      if (redis.answers) redis.unread.push(text);
    },
  });

/** The loop comes to its sockets. */
async function read(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  for (const text of redis.unread.splice(0)) redis.listener(text);
}

describe('a Redis that is asked every second whether it lives', () => {
  let transport: RedisBusTransport;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    redis.answers = true;
    redis.unread.length = 0;
    transport = createRedisBusTransport({
      url: new Secret('redis://127.0.0.1'),
      processId: 'this',
      keys: createKeyRing([new Secret('Vq7kR2mXw9TzL4pB8nJc5HsD1gYf6UaE')]),
      log: createLogger({ level: 'silent' }),
      connect: connect as never,
    });
    transport.start();
    await read();
    await read();
    expect(transport.up).toBe(true);
  });
  afterEach(() => {
    transport.close();
    vi.useRealTimers();
  });

  const secondsWithReading = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      vi.advanceTimersByTime(1_000);
      await read();
    }
  };

  test.each([3, 10, 60])('is not lost because this process stood still for %i s', async (seconds) => {
    const changes: boolean[] = [];
    transport.onChange((up) => changes.push(up));
    await secondsWithReading(3);
    vi.advanceTimersByTime(1_000);
    // The answer waits at the socket. The loop turns again: first its timers, then its sockets.
    vi.setSystemTime(Date.now() + seconds * 1_000);
    vi.advanceTimersByTime(1_000);
    await read();
    await secondsWithReading(3);
    expect([transport.up, changes]).toEqual([true, []]);
  });

  test('is lost when three beats in a row were not answered, and found again', async () => {
    redis.answers = false;
    await secondsWithReading(3);
    expect(transport.up).toBe(true);
    await secondsWithReading(1);
    expect(transport.up).toBe(false);
    redis.answers = true;
    await secondsWithReading(1);
    expect(transport.up).toBe(true);
  });
});
