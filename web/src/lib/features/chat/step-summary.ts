import type { Step } from '@aiwfe/api-client';
import { texts } from '#lib/messages/translate.svelte.ts';

export interface StepSummary {
  running: Step | undefined;
  /** What the search found or did, when there was one. */
  highlight: string;
  durationMs: number;
}

/** The line that stands for all steps of an answer. */
export function summaryOfSteps(steps: readonly Step[]): StepSummary {
  const search = steps.findLast((step) => step.kind === 'retrieve');
  return {
    running: steps.findLast((step) => step.state === 'running'),
    highlight: search?.detail ?? search?.title ?? '',
    durationMs: steps.reduce((sum, step) => sum + (step.duration_ms ?? 0), 0),
  };
}

/** A duration in milliseconds below one second, in seconds above: `320 ms`, `1.2 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs).toLocaleString(texts.language)} ms`;
  const seconds = durationMs / 1_000;
  return `${seconds.toLocaleString(texts.language, { maximumFractionDigits: seconds < 10 ? 1 : 0 })} s`;
}
