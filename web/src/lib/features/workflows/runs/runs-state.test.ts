import type { RunSummary } from '@aiwfe/api-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunsState } from './runs-state.svelte.ts';

const server = vi.hoisted(() => ({ get: vi.fn() }));
const feed = vi.hoisted(() => ({ tell: (_id: string) => undefined as unknown }));
vi.mock('#lib/api/index.ts', async () => ({
  ...(await import('#lib/api/api-problem.ts')),
  ...(await import('#lib/api/coalesce.ts')),
  api: server,
  connection: { onChange: () => () => undefined },
}));
vi.mock('#lib/api/user-feed.svelte.ts', () => ({
  userFeed: {
    subscribe: (_kind: string, tell: (id: string) => unknown) => {
      feed.tell = tell;
      return () => undefined;
    },
  },
}));
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const run = (id: string, status: RunSummary['status'] = 'running') => ({ id, status }) as RunSummary;
const pageOf = (items: RunSummary[], next_cursor: string | null = null) => ({ items, next_cursor });
const all = { status: '', workflowId: '', kind: '' } as const;

async function opened() {
  server.get.mockResolvedValueOnce(pageOf([run('r9'), run('r8')], 'r8'));
  const list = new RunsState(all);
  list.follow();
  await vi.advanceTimersByTimeAsync(0);
  return list;
}

it('reads again what changed while a further page came', async () => {
  const list = await opened();
  const newest = Promise.withResolvers<object>();
  server.get.mockReturnValueOnce(newest.promise);
  feed.tell('r9');
  await vi.advanceTimersByTimeAsync(400);
  server.get.mockResolvedValueOnce(pageOf([run('r7')]));
  await list.more();
  newest.resolve(pageOf([run('r9', 'succeeded'), run('r8')], 'r8'));
  await vi.advanceTimersByTimeAsync(0);
  expect(list.items.map(({ id }) => id)).toEqual(['r9', 'r8', 'r7']);
  server.get.mockResolvedValueOnce(pageOf([run('r9', 'succeeded'), run('r8')], 'r8'));
  await vi.advanceTimersByTimeAsync(400);
  expect(list.items.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'r9 succeeded',
    'r8 running',
    'r7 running',
  ]);
});

it('does not fall back to its beginning when something changes while a further page comes', async () => {
  const list = await opened();
  const further = Promise.withResolvers<object>();
  server.get.mockReturnValueOnce(further.promise);
  const more = list.more();
  feed.tell('r9');
  await vi.advanceTimersByTimeAsync(400);
  further.resolve(pageOf([run('r7')]));
  await more;
  expect(list.items.map(({ id }) => id)).toEqual(['r9', 'r8', 'r7']);
});
