import { describe, expect, test } from 'vitest';
import fc from '../../../test/property.ts';
import { createGeo } from '../../platform/geo/geo.ts';
import type { AnomalyKind, AnomalyResponse } from '../policies/index.ts';
import {
  detectSignals,
  type EarlierAlert,
  isDeniedPlace,
  type PastSignIn,
  type SignInFacts,
  strongestResponse,
  withoutAnswered,
} from './detection.ts';

const geo = createGeo({ onUnreadable: (error) => expect.unreachable(String(error)) });
const now = Date.parse('2026-03-10T09:30:00Z');
const minutes = (count: number): number => count * 60_000;
const days = (count: number): number => minutes(count * 1440);

const usual: SignInFacts = {
  atMs: now,
  country: 'DE',
  deviceLabel: 'Firefox on Linux',
  deviceKnown: true,
  hasHistory: true,
  past: [{ atMs: now - days(2), country: 'DE' }],
  deviceCountries: ['DE'],
  failures: 0,
  timeZone: 'Europe/Berlin',
  sprayedAccounts: 0,
};
const kindsOf = (facts: Partial<SignInFacts>): AnomalyKind[] =>
  detectSignals({ ...usual, ...facts }, geo).map((signal) => signal.kind);
const earlier = (ageMs: number, country: string): PastSignIn[] => [{ atMs: now - ageMs, country }];

test('a usual sign-in has no signals', () => {
  expect(kindsOf({})).toEqual([]);
});

describe('new device', () => {
  test('an unknown device is new', () => {
    expect(kindsOf({ deviceKnown: false })).toEqual(['new_device']);
  });

  test('the first device of an account is not', () => {
    expect(kindsOf({ deviceKnown: false, hasHistory: false, past: [], deviceCountries: [] })).toEqual([]);
  });
});

describe('new country', () => {
  test('a country that is in no earlier sign-in is new', () => {
    expect(kindsOf({ country: 'PT' })).toEqual(['new_country']);
  });

  test('a country of any earlier sign-in or device is known', () => {
    const past = [...earlier(days(1), 'DE'), ...earlier(days(20), 'PT')];
    expect(kindsOf({ country: 'PT', past })).toEqual([]);
    expect(kindsOf({ country: 'PT', deviceCountries: ['PT'] })).toEqual([]);
  });

  test('nothing is new while no country is known', () => {
    expect(kindsOf({ country: undefined })).toEqual([]);
    expect(kindsOf({ past: [{ atMs: now - days(1), country: undefined }], deviceCountries: [] })).toEqual([]);
  });
});

describe('impossible travel', () => {
  const travel = (from: string, to: string, minutesBetween: number) =>
    detectSignals(
      {
        ...usual,
        country: to,
        deviceCountries: [from, to],
        past: earlier(minutes(minutesBetween), from),
      },
      geo,
    ).find((signal) => signal.kind === 'impossible_travel');

  test('Portugal forty minutes after Germany is impossible, and says how far it is', () => {
    const signal = travel('DE', 'PT', 40);
    expect(signal?.severity).toBe('critical');
    expect(signal?.facts).toMatchObject({ country: 'PT', previous_country: 'DE', minutes: 40 });
    expect(signal?.facts.distance_km).toBeGreaterThan(1_800);
  });

  test('the same way in the time of a flight is possible', () => {
    expect(travel('DE', 'PT', 180)).toBeUndefined();
  });

  test.each([
    ['DE', 'FR'],
    ['PT', 'ES'],
    ['US', 'CA'],
    ['RU', 'FI'],
    ['CL', 'AR'],
    ['MY', 'ID'],
  ])('neighbours %s and %s are never impossible', (from, to) => {
    expect(travel(from, to, 0)).toBeUndefined();
  });

  test('the last sign-in whose country is known counts', () => {
    const past = [{ atMs: now - minutes(5), country: undefined }, ...earlier(minutes(10), 'DE')];
    expect(kindsOf({ country: 'US', deviceCountries: ['US'], past })).toEqual(['impossible_travel']);
  });

  test('more time never makes a journey less possible', () => {
    const country = fc.constantFrom('DE', 'PT', 'US', 'JP', 'NZ', 'BR', 'RU', 'IS');
    fc.assert(
      fc.property(country, country, fc.nat(2_000), fc.nat(2_000), (from, to, few, more) => {
        if (travel(from, to, few) === undefined) expect(travel(from, to, few + more)).toBeUndefined();
      }),
    );
  });
});

describe('burst', () => {
  test('a success right after five failures', () => {
    expect(kindsOf({ failures: 4 })).toEqual([]);
    expect(kindsOf({ failures: 5 })).toEqual(['burst']);
  });

  test('the sixth sign-in within ten minutes', () => {
    const past = (count: number, ageMs: number): PastSignIn[] =>
      Array.from({ length: count }, () => ({ atMs: now - ageMs, country: 'DE' }));
    expect(kindsOf({ past: past(4, minutes(9)) })).toEqual([]);
    expect(kindsOf({ past: past(5, minutes(9)) })).toEqual(['burst']);
    expect(kindsOf({ past: past(5, minutes(11)) })).toEqual([]);
  });
});

describe('unusual hour', () => {
  const atHour = (hour: number, count: number): PastSignIn[] =>
    Array.from({ length: count }, (_unused, index) => ({
      atMs: Date.parse(`2026-02-0${1 + (index % 9)}T${String(hour).padStart(2, '0')}:15:00Z`),
      country: 'DE',
    }));
  const atNight = Date.parse('2026-03-10T02:10:00Z');

  test('an hour far from all of twenty sign-ins', () => {
    const signal = detectSignals({ ...usual, atMs: atNight, past: atHour(9, 20) }, geo)[0];
    expect(signal).toEqual({
      kind: 'unusual_hour',
      severity: 'info',
      facts: { hour: 3, time_zone: 'Europe/Berlin' },
    });
  });

  test('nineteen sign-ins are no habit', () => {
    expect(kindsOf({ atMs: atNight, past: atHour(9, 19) })).toEqual([]);
  });

  test('the hour beside a usual one is usual, around midnight too', () => {
    expect(kindsOf({ atMs: Date.parse('2026-03-10T10:10:00Z'), past: atHour(9, 20) })).toEqual([]);
    const midnight = { timeZone: 'UTC', atMs: Date.parse('2026-03-10T00:10:00Z') };
    expect(kindsOf({ ...midnight, past: atHour(23, 20) })).toEqual([]);
  });

  test('is told by the clock of the person', () => {
    const facts = { atMs: atNight, past: atHour(9, 20) };
    // 02:10 UTC is 11:10 in Tokyo; 09:15 UTC is 18:15.
    expect(detectSignals({ ...usual, ...facts, timeZone: 'Asia/Tokyo' }, geo)[0]?.facts.hour).toBe(11);
  });
});

test('a network that was seen spraying is a signal of its own, the gravest first', () => {
  expect(kindsOf({ sprayedAccounts: 12, deviceKnown: false })).toEqual(['password_spraying', 'new_device']);
});

describe('the answer', () => {
  test.each<[AnomalyResponse[], AnomalyResponse]>([
    [[], 'ignore'],
    [['ignore', 'notify'], 'notify'],
    [['notify', 'step_up', 'ignore'], 'step_up'],
    [['block', 'step_up'], 'block'],
  ])('to %j is %s', (responses, expected) => {
    expect(strongestResponse(responses)).toBe(expected);
  });
});

describe('what was answered before', () => {
  const here = { country: 'PT', network: '193.136.1.1', userAgent: 'Firefox', atMs: now };
  const alert: EarlierAlert = {
    kinds: ['new_country', 'new_device'],
    atMs: now - days(3),
    decision: 'confirmed',
    country: 'PT',
    previousCountry: undefined,
    network: '193.136.1.1',
    userAgent: 'Firefox',
  };
  const signals = detectSignals({ ...usual, country: 'PT', deviceKnown: false }, geo);
  const left = (changes: Partial<EarlierAlert>, response: AnomalyResponse = 'notify') =>
    withoutAnswered(signals, [{ ...alert, ...changes }], here, () => response).map((signal) => signal.kind);

  test('a confirmed place does not alert again', () => {
    expect(signals.map((signal) => signal.kind)).toEqual(['new_country', 'new_device']);
    expect(left({})).toEqual([]);
    expect(left({}, 'block')).toEqual([]);
  });

  test('a confirmation holds for its country only, and not for ever', () => {
    expect(left({ country: 'ES' })).toEqual(['new_country', 'new_device']);
    expect(left({ atMs: now - days(31) })).toEqual(['new_country', 'new_device']);
  });

  test('another device in a confirmed country is still new', () => {
    expect(left({ network: '198.51.100.1', userAgent: 'Chrome' })).toEqual(['new_device']);
  });

  test('who confirmed a journey is not asked again on the way back', () => {
    const past = earlier(minutes(10), 'PT');
    const home = detectSignals({ ...usual, past, deviceCountries: ['DE', 'PT'] }, geo);
    expect(home.map((signal) => signal.kind)).toEqual(['impossible_travel']);
    const confirmed: EarlierAlert = { ...alert, kinds: ['impossible_travel'], previousCountry: 'DE' };
    const place = { ...here, country: 'DE' };
    expect(withoutAnswered(home, [confirmed], place, () => 'step_up')).toEqual([]);
    const elsewhere = { ...confirmed, previousCountry: 'FR' };
    expect(withoutAnswered(home, [elsewhere], place, () => 'step_up')).toHaveLength(1);
  });

  test('an open alert spares a second notice within a day, but lifts no demand', () => {
    const open = { decision: undefined, atMs: now - minutes(60) };
    expect(left(open)).toEqual([]);
    expect(left(open, 'step_up')).toEqual(['new_country', 'new_device']);
    expect(left({ ...open, atMs: now - days(2) })).toEqual(['new_country', 'new_device']);
  });

  test('what was denied is no answer, and marks its place', () => {
    expect(left({ decision: 'denied' })).toEqual(['new_country', 'new_device']);
    const denied: EarlierAlert = { ...alert, decision: 'denied' };
    expect(isDeniedPlace([denied], here)).toBe(true);
    expect(isDeniedPlace([denied], { ...here, network: '193.136.9.9' })).toBe(true);
    expect(isDeniedPlace([denied], { ...here, network: '193.136.9.9', userAgent: 'Chrome' })).toBe(false);
    expect(isDeniedPlace([alert], here)).toBe(false);
  });
});
