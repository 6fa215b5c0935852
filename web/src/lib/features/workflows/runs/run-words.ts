import type { RunFailure, RunStatus, RunSummary } from '@aiwfe/api-client';
import { t, textOr, texts } from '#lib/messages/translate.svelte.ts';
import { scheduleWords } from '../builder/trigger-words.ts';
import { hasWorkflowTexts } from '../workflow-texts.ts';
import type { StepStatus } from './run-progress.ts';

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger' | 'info';

export const runTones: Record<RunStatus | StepStatus, Tone> = {
  pending: 'neutral',
  queued: 'neutral',
  running: 'accent',
  waiting: 'warning',
  paused: 'info',
  succeeded: 'success',
  failed: 'danger',
  cancelled: 'neutral',
};

export const runStatuses = [
  'queued',
  'running',
  'waiting',
  'paused',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies RunStatus[];

/** By its status: that comes with the run's last event, the time of its end a moment later. */
export function isRunOver({ status }: Pick<RunSummary, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

/** What led to a run. */
export type Start = 'person' | 'schedule' | 'webhook' | 'event' | 'workflow' | 'retry' | 'chat';

export function startOf(
  run: Pick<RunSummary, 'parent_run_id' | 'retry_of' | 'trigger_kind' | 'conversation_id'>,
): Start {
  if (run.retry_of !== null) return 'retry';
  if (run.parent_run_id !== null) return 'workflow';
  if (run.conversation_id !== null) return 'chat';
  const kind = run.trigger_kind;
  return kind === 'schedule' || kind === 'webhook' || kind === 'event' ? kind : 'person';
}

/** What to do about a failure, where more can be said than its own sentence does. */
export function adviceFor({ code }: Pick<RunFailure, 'code'>): string | null {
  const key = `runs.advice.${code.replace(/^workflows\./, '')}`;
  return textOr(key, '') || null;
}

/** How long a run or a step took, or has taken until now; null before it began. */
export function durationOf(
  { started_at, ended_at }: { started_at: string | null; ended_at: string | null },
  nowMs: number,
): number | null {
  if (started_at === null) return null;
  return Math.max(0, (ended_at === null ? nowMs : Date.parse(ended_at)) - Date.parse(started_at));
}

export function writeNumber(value: number): string {
  return value.toLocaleString(texts.language);
}

export function startWords(start: Start): string {
  return t(`runs.start.${start}`);
}

/** "A schedule: Every day at 09:00": with the trigger as it was when it started the run. */
export function startInFull(run: Parameters<typeof startOf>[0] & Pick<RunSummary, 'trigger_name'>): string {
  const start = startOf(run);
  const name = triggerWords(start, run.trigger_name);
  return name === null ? startWords(start) : t('runs.start.named', { start: startWords(start), name });
}

function triggerWords(start: Start, name: string | null): string | null {
  if (start === 'event' && name !== null) return textOr(`workflow_triggers.event.${name}`, name);
  if (start !== 'schedule' || name === null) return null;
  return hasWorkflowTexts() ? scheduleWords({ cron: name }) : name;
}
