import { afterEach, expect, it } from 'vitest';
import { texts } from '#lib/messages/translate.svelte.ts';
import { factText, partText, readHealthChecks, stateText } from './system-health.ts';

const health = {
  status: 'healthy',
  database: 'connected',
  auth_service: 'operational',
  version: '1.0.0',
  redis: 'degraded',
  checks: [],
};
const shown = () =>
  readHealthChecks({ ...health, new_part: 'warm' }).map((check) => [partText(check), stateText(check)]);

afterEach(() => texts.use('en'));

it('names the parts of the server and how they are in German, and what is new as the server does', async () => {
  await texts.use('de');
  expect(shown()).toEqual([
    ['Datenbank', 'verbunden'],
    ['Anmeldung', 'funktioniert'],
    ['Redis', 'eingeschränkt'],
    ['new part', 'warm'],
  ]);
  expect(factText('registration', 'invitation')).toBe('mit Einladung');
  expect(factText('environment', 'production')).toBe('Produktion');
});

it('uses the words of the server in English', async () => {
  await texts.use('en');
  expect(shown()).toEqual([
    ['database', 'connected'],
    ['auth service', 'operational'],
    ['redis', 'degraded'],
    ['new part', 'warm'],
  ]);
  for (const mode of ['open', 'approval', 'invitation', 'closed'])
    expect(factText('registration', mode)).toBe(mode);
  expect(factText('environment', undefined)).toBeUndefined();
});
