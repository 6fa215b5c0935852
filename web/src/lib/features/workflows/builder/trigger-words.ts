import { t } from '#lib/messages/translate.svelte.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { dayName, readCron, type ScheduleSettings } from './schedule-words.ts';

/** "On weekdays at 09:00": a schedule in words; what has none is shown as it is written. */
export function scheduleWords({ cron, rrule }: Pick<ScheduleSettings, 'cron' | 'rrule'>): string {
  if (cron === undefined) return rrule ?? '';
  const { kind, time, days, dayOfMonth } = readCron(cron);
  if (kind === 'hourly') return t('workflow_triggers.words_hourly', { minute: time.slice(3) });
  if (kind === 'daily') return t('workflow_triggers.words_daily', { time });
  if (kind === 'monthly') return t('workflow_triggers.words_monthly', { day: dayOfMonth, time });
  if (kind !== 'weekly') return cron;
  if (days.toSorted().join() === '1,2,3,4,5') return t('workflow_triggers.words_weekdays', { time });
  const names = days.toSorted().map((day) => dayName(day, preferences.locale));
  return t('workflow_triggers.words_weekly', { days: names.join(', '), time });
}
