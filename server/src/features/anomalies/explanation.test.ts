import { expect, test } from 'vitest';
import { type AlertFacts, explainAlert } from './explanation.ts';

const explain = (facts: AlertFacts, response: 'notify' | 'step_up' | 'block' = 'notify', ofSystem = false) =>
  explainAlert({ facts, response, ofSystem });

test('an impossible journey names both countries, the time and the distance', () => {
  const facts: AlertFacts = {
    signals: ['impossible_travel', 'new_country'],
    country: 'PT',
    previous_country: 'DE',
    minutes: 40,
    distance_km: 2300,
  };
  expect(explain(facts)).toBe(
    'Somebody signed in from Portugal. You were in Germany 40 minutes earlier, which is 2,300 km away.',
  );
  expect(explain(facts, 'step_up')).toMatch(/A further proof was asked for\.$/);
});

test.each<[AlertFacts, string]>([
  [
    { signals: ['new_device'], device: 'Firefox on Linux', country: 'PT' },
    'Somebody signed in from a device that was not used before: Firefox on Linux, in Portugal.',
  ],
  [
    { signals: ['new_country'], country: 'PT' },
    'Somebody signed in from Portugal, where this account was not used before.',
  ],
  [
    { signals: ['burst'], failures: 6, within_minutes: 15 },
    'Somebody signed in right after 6 attempts that failed.',
  ],
  [{ signals: ['burst'], sign_ins: 7, within_minutes: 10 }, 'There were 7 sign-ins within 10 minutes.'],
  [
    { signals: ['unusual_hour'], hour: 3, time_zone: 'Europe/Berlin' },
    'Somebody signed in at about 03:00 (Europe/Berlin), when you usually do not.',
  ],
  [
    { signals: ['password_spraying'], accounts: 12 },
    'Somebody signed in from a network that was trying passwords on 12 accounts.',
  ],
])('%j is explained in plain words', (facts, sentence) => {
  expect(explain(facts)).toBe(sentence);
});

test('several reasons are told one after the other, and that the sign-in was refused', () => {
  expect(explain({ signals: ['new_country', 'new_device'], country: 'PT', device: 'curl' }, 'block')).toBe(
    'Somebody tried to sign in from Portugal, where this account was not used before. Somebody tried to sign in from a device that was not used before: curl, in Portugal. That was refused.',
  );
});

test('administrators read of the accounts and networks, not of a person', () => {
  const facts: AlertFacts = { signals: ['password_spraying'], accounts: 31, networks: 1, within_minutes: 60 };
  expect(explain(facts, 'notify', true)).toBe(
    'Somebody is trying passwords on many accounts: 31 accounts from 1 network within 60 minutes.',
  );
});
