import type { Step } from '@aiwfe/api-client';
import { t } from '#lib/messages/translate.svelte.ts';

export interface StepSummary {
  /** What goes on now, while something does. */
  running: string | undefined;
  /** The step that waits for a decision of the person. */
  waiting: Step | undefined;
  /** What the search found, who was asked, what was used. */
  highlight: string;
  durationMs: number;
}

/** The line that stands for all steps of an answer. */
export function summaryOfSteps(steps: readonly Step[]): StepSummary {
  return {
    running: runningLine(steps.filter(({ state }) => state === 'running')),
    waiting: steps.findLast(({ state }) => state === 'waiting'),
    highlight: [...searches(steps), ...counts(steps)].join(' · '),
    durationMs: durationOf(steps),
  };
}

function runningLine(running: Step[]): string | undefined {
  const experts = running.filter(({ kind }) => kind === 'expert');
  if (experts.length > 1) return t('chat.experts_writing', { count: experts.length });
  return running.at(-1)?.title;
}

function searches(steps: readonly Step[]): string[] {
  return (
    steps
      .filter(({ kind }) => kind === 'retrieve' || kind === 'web')
      // That nothing was found is for those who look closer.
      .filter(({ detail }) => detail === null || /\d/.test(detail))
      .map(({ detail, title, kind }) => (kind === 'web' ? `${title}: ${detail ?? ''}` : (detail ?? title)))
  );
}

function counts(steps: readonly Step[]): string[] {
  const count = (kind: Step['kind']) =>
    steps.filter((step) => step.kind === kind && step.state !== 'failed').length;
  const experts = count('expert');
  const tools = count('tool');
  return [
    ...(experts > 0 ? [t('chat.asked_experts', { count: experts })] : []),
    ...(tools > 0 ? [t('chat.used_tools', { count: tools })] : []),
  ];
}

/** What the assistant took. Experts who follow one another here worked beside each other: the slowest counts. */
function durationOf(steps: readonly Step[]): number {
  let total = 0;
  let slowestExpert = 0;
  for (const { kind, duration_ms } of steps) {
    // How long a person thought about it is not the assistant's time.
    const duration = kind === 'approval' ? 0 : (duration_ms ?? 0);
    if (kind === 'expert') {
      slowestExpert = Math.max(slowestExpert, duration);
      continue;
    }
    total += slowestExpert + duration;
    slowestExpert = 0;
  }
  return total + slowestExpert;
}
