import { expect, it } from 'vitest';
import { durationOf, startOf } from './run-words.ts';

it('knows what led to a run', () => {
  const none = { parent_run_id: null, retry_of: null, trigger_kind: null, conversation_id: null };
  expect(startOf(none)).toBe('person');
  expect(startOf({ ...none, trigger_kind: 'webhook' })).toBe('webhook');
  expect(startOf({ ...none, conversation_id: 'c' })).toBe('chat');
  expect(startOf({ ...none, parent_run_id: 'p', conversation_id: 'c' })).toBe('workflow');
  expect(startOf({ ...none, trigger_kind: 'schedule', retry_of: 'r' })).toBe('retry');
});

it('counts what goes on until now, and nothing before it began', () => {
  const started_at = '2026-01-01T10:00:00Z';
  const nowMs = Date.parse('2026-01-01T10:00:05Z');
  expect(durationOf({ started_at: null, ended_at: null }, nowMs)).toBeNull();
  expect(durationOf({ started_at, ended_at: null }, nowMs)).toBe(5_000);
  expect(durationOf({ started_at, ended_at: '2026-01-01T10:00:02Z' }, nowMs)).toBe(2_000);
});
