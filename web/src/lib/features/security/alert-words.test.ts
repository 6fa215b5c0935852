import type { SecurityAlert } from '@aiwfe/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { alertPlace, alertTitle, explain } from './alert-words.ts';

const alert = (facts: SecurityAlert['facts'], more: Partial<SecurityAlert> = {}): SecurityAlert => ({
  id: '019aa000-0000-7000-8000-000000000001',
  kind: facts.signals[0] ?? 'new_device',
  severity: 'warning',
  response: 'notify',
  created_at: '2026-11-20T10:00:00Z',
  explanation: 'As the server says it.',
  facts,
  session: null,
  device_id: null,
  decision: null,
  decided_at: null,
  ...more,
});

beforeAll(() => texts.use('en'));
afterAll(() => texts.use('en'));

describe('alerts in the person’s words', () => {
  it('tells an impossible journey with both countries, the time and the distance', () => {
    const told = explain(
      alert(
        {
          signals: ['impossible_travel'],
          country: 'PT',
          previous_country: 'DE',
          minutes: 40,
          distance_km: 2300,
        },
        { response: 'step_up' },
      ),
    );
    expect(told).toBe(
      'Somebody signed in from Portugal. 40 minutes earlier you were in Germany, 2,300 km away. A further proof was asked for.',
    );
  });

  it('tells several reasons one after the other', () => {
    const told = explain(alert({ signals: ['new_country', 'new_device'], country: 'PT', device: 'curl' }));
    expect(told).toContain('from Portugal, where this account was not used before.');
    expect(told).toContain('curl, in Portugal');
  });

  it('keeps the server’s sentence for a signal that it does not know', () => {
    const unknown = alert({ signals: ['teleport' as never] }, { kind: 'teleport' as never });
    expect(explain(unknown)).toBe('As the server says it.');
    expect(alertTitle(unknown)).toBe('Something unusual');
  });

  it('names device, country and address', () => {
    expect(alertPlace(alert({ signals: ['new_device'], device: 'Firefox on Linux', country: 'PT' }))).toBe(
      'Firefox on Linux · Portugal',
    );
  });

  it('speaks German too', async () => {
    await texts.use('de');
    expect(explain(alert({ signals: ['burst'], failures: 6, within_minutes: 15 }))).toContain('6');
    expect(alertTitle(alert({ signals: ['burst'] }))).not.toContain('security.');
  });
});
