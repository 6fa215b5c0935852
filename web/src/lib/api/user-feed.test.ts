import { beforeEach, expect, it, vi } from 'vitest';
import { userFeed } from './user-feed.svelte.ts';

type Options = { onState(state: string): void; onEvent(type: string, data: unknown): void };
const opened = vi.hoisted(() => ({ feeds: [] as Options[] }));
vi.mock('./socket-feed.ts', () => ({
  createSocketFeed: (options: Options) => {
    opened.feeds.push(options);
    return { closed: new Promise(() => undefined), close: () => undefined };
  },
}));
vi.mock('./connection-probe.ts', () => ({ checkConnection: async () => undefined }));
vi.mock('./index.ts', () => ({ api: {}, connection: {}, session: {}, openEventStream: vi.fn() }));
beforeEach(() => {
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined });
  userFeed.stop();
  opened.feeds.length = 0;
});

it('lets pages read again once it is open: what they read before may have changed since', () => {
  const heard: string[] = [];
  const end = userFeed.subscribe('document', (id) => heard.push(id));
  userFeed.start();
  expect(heard).toEqual([]);
  opened.feeds[0]?.onState('open');
  expect(heard).toEqual(['*']);
  opened.feeds[0]?.onEvent('changed', { kind: 'document', id: 'd1' });
  opened.feeds[0]?.onState('reconnecting');
  opened.feeds[0]?.onState('open');
  expect(heard).toEqual(['*', 'd1', '*']);
  end();
});
