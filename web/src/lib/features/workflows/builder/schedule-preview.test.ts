import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiProblem, ConnectionProblem } from '#lib/api/api-problem.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { SchedulePreview } from './schedule-preview.svelte.ts';
import type { ScheduleSettings } from './schedule-words.ts';

const server = vi.hoisted(() => ({ post: vi.fn() }));
vi.mock('#lib/api/index.ts', async () => ({
  ...(await import('#lib/api/api-problem.ts')),
  api: server,
}));
beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

const daily: ScheduleSettings = { cron: '0 9 * * *', time_zone: 'Asia/Tokyo', missed: 'once' };
const times = ['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'];
const rest = () => vi.advanceTimersByTimeAsync(1_000);

it('asks for the next times once the settings rest', async () => {
  server.post.mockResolvedValue({ times });
  const preview = new SchedulePreview();
  preview.follow({ ...daily, cron: '1 9 * * *' })();
  preview.follow(daily);
  await rest();
  expect(server.post.mock.calls.map(([, body]) => body)).toEqual([daily]);
  expect(preview).toMatchObject({ shown: { times, timeZone: 'Asia/Tokyo' }, isAsking: false });
});

it('takes no answer to settings that have changed meanwhile', async () => {
  const late = Promise.withResolvers<object>();
  server.post.mockReturnValueOnce(late.promise).mockResolvedValueOnce({ times });
  const preview = new SchedulePreview();
  const end = preview.follow({ ...daily, time_zone: 'UTC' });
  await rest();
  end();
  preview.follow(daily);
  await rest();
  late.resolve({ times: [] });
  await rest();
  expect(preview.shown).toEqual({ times, timeZone: 'Asia/Tokyo' });
});

it('says why a schedule cannot be read, and nothing without an answer', async () => {
  const preview = new SchedulePreview();
  const detail = 'The schedule cannot be read.';
  server.post.mockRejectedValueOnce(
    new ApiProblem({ status: 422, code: 'workflows.trigger_invalid', detail }),
  );
  preview.follow(daily);
  await rest();
  expect(preview).toMatchObject({ shown: null, problem: detail });
  server.post.mockRejectedValueOnce(new ConnectionProblem('offline'));
  preview.follow(daily);
  await rest();
  expect(preview).toMatchObject({ shown: null, problem: null, isAsking: false });
});

it('writes times in the time zone of the schedule, where the browser knows it', () => {
  Object.assign(preferences, { locale: 'en-GB', timeZone: 'UTC' });
  expect(preferences.dayAndTime('2026-11-20T23:30:00Z', 'Asia/Tokyo')).toBe('Sat, 21 Nov 2026, 08:30');
  expect(preferences.dayAndTime('2026-11-20T23:30:00Z', 'Mars/Base')).toBe('Fri, 20 Nov 2026, 23:30');
  expect(preferences.dateTime('2026-11-20T23:30:00Z')).toBe('20 Nov 2026, 23:30');
});
