import { t } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';

/** What a step waits for, in a sentence. */
export function waitWords(waitsFor: Record<string, unknown>): string {
  const { kind, until, event } = waitsFor;
  const time = typeof until === 'string' ? preferences.dateTime(until) : null;
  switch (kind) {
    case 'time':
      return time === null ? t('runs.waits.somehow') : t('runs.waits.time', { time });
    case 'retry':
      return time === null ? t('runs.waits.retry') : t('runs.waits.retry_at', { time });
    case 'event':
      return t('runs.waits.event', { event: typeof event === 'string' ? event : '' });
    case 'approval':
      return t('runs.waits.approval');
    case 'child':
      return t('runs.waits.child');
    case 'items':
    case 'collect':
      return t('runs.waits.items');
    case 'branches':
      return t('runs.waits.branches');
    default:
      return t('runs.waits.somehow');
  }
}
