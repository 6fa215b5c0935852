import { beforeAll, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { workflowTexts } from '../workflow-texts.ts';
import { durationOf, isRunOver, runStatuses, startInFull, startOf } from './run-words.ts';

beforeAll(() => texts.use('en'));

it('knows what led to a run', () => {
  const none = { parent_run_id: null, retry_of: null, trigger_kind: null, conversation_id: null };
  expect(startOf(none)).toBe('person');
  expect(startOf({ ...none, trigger_kind: 'webhook' })).toBe('webhook');
  expect(startOf({ ...none, conversation_id: 'c' })).toBe('chat');
  expect(startOf({ ...none, parent_run_id: 'p', conversation_id: 'c' })).toBe('workflow');
  expect(startOf({ ...none, trigger_kind: 'schedule', retry_of: 'r' })).toBe('retry');
});

it('knows by its status that a run is over', () => {
  const over = runStatuses.filter((status) => isRunOver({ status }));
  expect(over).toEqual(['succeeded', 'failed', 'cancelled']);
});

it('names the trigger as it was when it started the run', async () => {
  const none = { parent_run_id: null, retry_of: null, trigger_kind: null, conversation_id: null };
  const words = (trigger_kind: string, trigger_name: string | null) =>
    startInFull({ ...none, trigger_kind, trigger_name });
  expect(words('schedule', '0 9 * * *')).toBe('A schedule: 0 9 * * *');
  expect(words('event', 'document.ready')).toBe('An event: document.ready');
  await workflowTexts();
  expect(words('schedule', '0 9 * * *')).toBe('A schedule: Every day at 09:00');
  expect(words('schedule', 'FREQ=WEEKLY;BYDAY=MO')).toBe('A schedule: FREQ=WEEKLY;BYDAY=MO');
  expect(words('event', 'document.ready')).toBe('An event: A document is ready');
  expect(words('event', 'world.ended')).toBe('An event: world.ended');
  expect(words('webhook', null)).toBe('A webhook');
  expect(words('schedule', null)).toBe('A schedule');
  expect(startInFull({ ...none, retry_of: 'r', trigger_name: null })).toBe('Repeats an earlier run');
});

it('counts what goes on until now, and nothing before it began', () => {
  const started_at = '2026-01-01T10:00:00Z';
  const nowMs = Date.parse('2026-01-01T10:00:05Z');
  expect(durationOf({ started_at: null, ended_at: null }, nowMs)).toBeNull();
  expect(durationOf({ started_at, ended_at: null }, nowMs)).toBe(5_000);
  expect(durationOf({ started_at, ended_at: '2026-01-01T10:00:02Z' }, nowMs)).toBe(2_000);
});
