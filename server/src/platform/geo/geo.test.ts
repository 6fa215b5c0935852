import { describe, expect, test } from 'vitest';
import { countryName, createGeo, distanceKm, geoFrom, locationLabel } from './geo.ts';

const unreadable: unknown[] = [];
const geo = createGeo({ onUnreadable: (error) => unreadable.push(error) });

describe('the country of an address', () => {
  test.each([
    ['193.136.128.1', 'PT'],
    ['141.20.1.1', 'DE'],
    ['129.132.1.1', 'CH'],
    ['2001:690::1', 'PT'],
    ['::ffff:141.20.1.1', 'DE'],
  ])('%s is in %s by the bundled database', (address, country) => {
    expect(geo.countryOf(address)).toBe(country);
    expect(unreadable).toEqual([]);
  });

  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.1.1',
    '172.20.0.1',
    '100.64.0.1',
    '169.254.1.1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '192.0.2.1',
    '2001:db8::1',
    'unknown',
    '',
  ])('%s has none, and the database is not even asked', (address) => {
    const asked: string[] = [];
    const watched = geoFrom((found) => {
      asked.push(found);
      return 'DE';
    });
    expect(watched.countryOf(address)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(geo.countryOf(address)).toBeUndefined();
  });

  test('an unreadable database is reported once and leaves countries unknown', () => {
    const reports: unknown[] = [];
    const broken = createGeo({
      databaseFile: '/nowhere/countries.mmdb',
      onUnreadable: (error) => reports.push(error),
    });
    expect([broken.countryOf('141.20.1.1'), broken.countryOf('193.136.128.1')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(reports).toHaveLength(1);
  });
});

describe('distance', () => {
  const between = (from: string, to: string) => distanceKm(geo.centroidOf(from)!, geo.centroidOf(to)!);

  test('is the great circle between the centres', () => {
    expect(Math.round(between('DE', 'DE'))).toBe(0);
    expect(between('DE', 'PT')).toBeGreaterThan(1_800);
    expect(between('DE', 'PT')).toBeLessThan(2_100);
    expect(between('DE', 'PT')).toBeCloseTo(between('PT', 'DE'), 6);
    expect(between('ES', 'NZ')).toBeGreaterThan(19_000);
    expect(between('ES', 'NZ')).toBeLessThan(20_016);
  });

  test('takes the short way across the date line', () => {
    expect(between('FJ', 'WS')).toBeLessThan(1_300);
  });

  test('a country without a centre has none', () => {
    expect(geo.centroidOf('ZZ')).toBeUndefined();
    expect(geo.centroidOf('toString')).toBeUndefined();
  });
});

describe('names of places', () => {
  test('are those of the language', () => {
    expect([countryName('PT'), countryName('DE', 'de'), countryName('nonsense')]).toEqual([
      'Portugal',
      'Deutschland',
      'nonsense',
    ]);
  });

  test('a private address is "this network", an unknown one has no label', () => {
    expect(locationLabel('PT', '193.136.128.1')).toBe('Portugal');
    expect(locationLabel(null, '192.168.1.9')).toBe('this network');
    expect(locationLabel(null, '8.8.8.8')).toBeNull();
    expect(locationLabel(null, null)).toBeNull();
  });
});
