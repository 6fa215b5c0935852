import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { curlExample, readCron, type ScheduleForm, scheduleSettings } from './schedule-words.ts';

const form: ScheduleForm = {
  kind: 'daily',
  time: '09:05',
  days: [7, 1],
  dayOfMonth: 15,
  cron: '*/5 * * * *',
  rrule: 'RRULE:FREQ=DAILY',
  startsAt: '2026-03-01T09:00',
  timeZone: 'Europe/Berlin',
  missed: 'skip',
};
const cronOf = (changes: Partial<ScheduleForm>) => scheduleSettings({ ...form, ...changes }).cron;

describe('a schedule in the words of people', () => {
  it('becomes a cron', () => {
    expect(cronOf({ kind: 'hourly' })).toBe('5 * * * *');
    expect(cronOf({ kind: 'daily' })).toBe('5 9 * * *');
    expect(cronOf({ kind: 'weekly' })).toBe('5 9 * * 1,0');
    expect(cronOf({ kind: 'monthly' })).toBe('5 9 15 * *');
    expect(cronOf({ kind: 'cron' })).toBe('*/5 * * * *');
  });

  it('is read back from it, and what nobody says so stays a cron', () => {
    expect(readCron('5 9 * * 1,0')).toEqual({ kind: 'weekly', time: '09:05', days: [1, 7], dayOfMonth: 1 });
    expect(readCron('0 7 31 * *')).toMatchObject({ kind: 'monthly', dayOfMonth: 31 });
    for (const cron of ['*/5 * * * *', '0 9 1 1 *', '0 9-17 * * *', '0 9 * * 1-5'])
      expect(readCron(cron).kind).toBe('cron');
  });

  it('begins at a local time where it is an RRULE', () => {
    expect(scheduleSettings({ ...form, kind: 'rrule' })).toEqual({
      rrule: 'FREQ=DAILY',
      starts_at: '2026-03-01T09:00:00',
      time_zone: 'Europe/Berlin',
      missed: 'skip',
    });
  });
});

describe('the example of a signed request', () => {
  it('is signed as the server checks it', () => {
    const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
    const script = curlExample('http://localhost/hook', secret).split('\ncurl ')[0];
    const output = execFileSync('bash', [
      '-c',
      `${script}\nprintf '%s\\n' "$ID" "$TIME" "$BODY" "$SIGNATURE"`,
    ]);
    const [id, time, body, signature] = output.toString().split('\n');
    const expected = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(
      `${id}.${time}.${body}`,
    );
    expect(signature).toBe(expected.digest('base64'));
  });
});
