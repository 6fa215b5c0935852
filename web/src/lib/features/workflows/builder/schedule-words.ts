/** A schedule as people think of it; everything else is written as cron or RRULE. */
export type ScheduleKind = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'cron' | 'rrule';

export interface ScheduleForm {
  kind: ScheduleKind;
  /** 09:30; of hourly schedules only the minutes count. */
  time: string;
  /** 1 is Monday, 7 is Sunday. */
  days: number[];
  dayOfMonth: number;
  cron: string;
  rrule: string;
  /** Local time at which an RRULE begins: 2026-03-01T09:00. */
  startsAt: string;
  timeZone: string;
  missed: 'skip' | 'once' | 'all';
}

export interface ScheduleSettings {
  cron?: string;
  rrule?: string;
  starts_at?: string;
  time_zone: string;
  missed: ScheduleForm['missed'];
}

/** What the server keeps of a schedule. */
export function scheduleSettings(form: ScheduleForm): ScheduleSettings {
  const base = { time_zone: form.timeZone.trim(), missed: form.missed };
  if (form.kind === 'rrule') {
    const rrule = form.rrule.trim().replace(/^RRULE:/i, '');
    return { rrule, starts_at: `${form.startsAt}:00`.slice(0, 19), ...base };
  }
  return { cron: cronOf(form), ...base };
}

function cronOf({ kind, time, days, dayOfMonth, cron }: ScheduleForm): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  if (kind === 'hourly') return `${minute} * * * *`;
  if (kind === 'daily') return `${minute} ${hour} * * *`;
  if (kind === 'weekly')
    return `${minute} ${hour} * * ${
      days
        .toSorted()
        .map((day) => day % 7)
        .join(',') || '*'
    }`;
  if (kind === 'monthly') return `${minute} ${hour} ${dayOfMonth} * *`;
  return cron.trim();
}

/** The plain form behind a cron; of what people do not say so, the cron itself. */
export function readCron(cron: string): {
  kind: Exclude<ScheduleKind, 'rrule'>;
  time: string;
  days: number[];
  dayOfMonth: number;
} {
  const [minute = '', hour = '', date = '', month = '', week = ''] = cron.trim().split(/\s+/);
  const custom = { kind: 'cron', time: '09:00', days: [], dayOfMonth: 1 } as const;
  const plain = { ...custom, days: [] as number[] };
  if (!/^\d{1,2}$/.test(minute) || month !== '*') return plain;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (hour === '*' && date === '*' && week === '*')
    return { ...plain, kind: 'hourly', time: `00:${minute.padStart(2, '0')}` };
  if (!/^\d{1,2}$/.test(hour)) return plain;
  if (date === '*' && week === '*') return { ...plain, kind: 'daily', time };
  if (date === '*' && /^[0-7](,[0-7])*$/.test(week))
    return { ...plain, kind: 'weekly', time, days: week.split(',').map((day) => Number(day) || 7) };
  if (/^\d{1,2}$/.test(date) && week === '*')
    return { ...plain, kind: 'monthly', time, dayOfMonth: Number(date) };
  return plain;
}

/** A short name of a day of the week, 1 for Monday. */
export function dayName(day: number, locale: string): string {
  // 1 January 2024 was a Monday.
  return new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, day),
  );
}

/** A request that starts the workflow, signed as the server checks it. */
export function curlExample(url: string, secret: string): string {
  return [
    `URL='${url}'`,
    `SECRET='${secret}'`,
    `BODY='{"hello":"world"}'`,
    'ID="msg_$(date +%s)"; TIME="$(date +%s)"',
    `KEY=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d " \\n")`,
    'SIGNATURE=$(printf %s "$ID.$TIME.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)',
    'curl "$URL" -H "content-type: application/json" -H "webhook-id: $ID" \\',
    '  -H "webhook-timestamp: $TIME" -H "webhook-signature: v1,$SIGNATURE" -d "$BODY"',
  ].join('\n');
}
