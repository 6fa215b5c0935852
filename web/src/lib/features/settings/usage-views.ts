import type { AdminModelUsage, OwnModelUsage } from '@aiwfe/api-client';
import type { ChartView } from '#lib/features/admin/metric-views.ts';
import { t } from '#lib/messages/translate.svelte.ts';

type Row = OwnModelUsage['items'][number];

const dayMs = 86_400_000;

/** The days up to today in UTC, the oldest first, as `2026-01-31`. */
export function lastDays(count: number, nowMs: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(nowMs - (count - 1 - index) * dayMs).toISOString().slice(0, 10),
  );
}

/** Tokens by day, read and written, as a chart and its table. */
export function chartOf(rows: readonly Row[], days: string[], label: (day: string) => string): ChartView {
  const countsOf = (field: 'prompt_tokens' | 'completion_tokens') =>
    days.map((day) => rows.reduce((sum, row) => (row.day === day ? sum + row[field] : sum), 0));
  return {
    id: 'model-usage',
    title: t('model_usage.chart'),
    text: t('model_usage.chart_text'),
    axis: t('model_usage.day'),
    labels: days.map(label),
    series: [
      { label: t('model_usage.prompt'), colour: 'info', counts: countsOf('prompt_tokens') },
      { label: t('model_usage.completion'), colour: 'accent', counts: countsOf('completion_tokens') },
    ],
    threshold: null,
    lying: false,
  };
}

export interface UsageSum {
  key: string;
  names: string[];
  calls: number;
  failed: number;
  prompt: number;
  completion: number;
}

/** Rows of many days put together by what `namesOf` says, the largest use first. */
export function sumBy<Each extends Row | AdminModelUsage>(
  rows: readonly Each[],
  namesOf: (row: Each) => string[],
): UsageSum[] {
  const sums = new Map<string, UsageSum>();
  for (const row of rows) {
    const names = namesOf(row);
    const key = names.join('\n');
    const sum = sums.get(key) ?? { key, names, calls: 0, failed: 0, prompt: 0, completion: 0 };
    sum.calls += row.calls;
    sum.failed += row.failed_calls;
    sum.prompt += row.prompt_tokens;
    sum.completion += row.completion_tokens;
    sums.set(key, sum);
  }
  return [...sums.values()].sort((a, b) => b.prompt + b.completion - a.prompt - a.completion);
}
