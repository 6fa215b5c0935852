import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ipaddr from 'ipaddr.js';
import { type CountryResponse, Reader } from 'mmdb-lib';
import { countryCentroids } from './country-centroids.ts';

/** The middle of a country's main land and how far its farthest border is from there. */
export interface Centroid {
  latitude: number;
  longitude: number;
  radiusKm: number;
}

export interface Geo {
  /** ISO 3166-1 alpha-2; `undefined` for private and reserved addresses and where nothing is known. */
  countryOf(address: string): string | undefined;
  centroidOf(country: string): Centroid | undefined;
}

const bundledDatabase = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';
const earthRadiusKm = 6_371;
const displayNames = new Map<string, Intl.DisplayNames>();

/** Countries of addresses from an offline database: no address leaves this machine. It is read when first needed. */
export function createGeo(options: {
  /** A country database in MaxMind's format, instead of the bundled one. */
  databaseFile?: string | undefined;
  onUnreadable: (error: unknown) => void;
}): Geo {
  let reader: Reader<CountryResponse> | undefined;
  let wasRead = false;
  const read = (): Reader<CountryResponse> | undefined => {
    if (wasRead) return reader;
    wasRead = true;
    try {
      const file = options.databaseFile ?? createRequire(import.meta.url).resolve(bundledDatabase);
      reader = new Reader<CountryResponse>(readFileSync(file));
    } catch (error) {
      // Sign-ins go on without countries: they are a hint, never a condition.
      options.onUnreadable(error);
    }
    return reader;
  };
  return geoFrom((address) => countryOfRecord(read()?.get(address) ?? {}));
}

/** The same over any source of countries; it is asked for public addresses only. */
export function geoFrom(lookUp: (address: string) => string | undefined): Geo {
  return {
    countryOf(address) {
      const publicAddress = toPublicAddress(address);
      return publicAddress === undefined ? undefined : lookUp(publicAddress);
    },
    centroidOf(country) {
      const found = Object.hasOwn(countryCentroids, country) ? countryCentroids[country] : undefined;
      return found && { latitude: found[0], longitude: found[1], radiusKm: found[2] };
    },
  };
}

/** Length of the great circle between two centres. */
export function distanceKm(from: Centroid, to: Centroid): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const latitude = radians(to.latitude - from.latitude);
  const longitude = radians(to.longitude - from.longitude);
  const chord =
    Math.sin(latitude / 2) ** 2 +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(longitude / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** The name of a country for people; the code itself when there is none. */
export function countryName(country: string, language = 'en'): string {
  const names = displayNames.get(language) ?? new Intl.DisplayNames([language], { type: 'region' });
  displayNames.set(language, names);
  return /^[A-Z]{2}$/.test(country) ? (names.of(country) ?? country) : country;
}

/** Where somebody is, as lists show it: a country, "this network" for private addresses, nothing when unknown. */
export function locationLabel(country: string | null, address: string | null): string | null {
  if (country !== null) return countryName(country);
  if (address === null || !ipaddr.isValid(address)) return null;
  return toPublicAddress(address) === undefined ? 'this network' : null;
}

/** As country databases of different makers spell it. */
interface CountryRecord {
  country_code?: unknown;
  country?: { iso_code?: unknown };
}

function countryOfRecord(record: CountryRecord): string | undefined {
  const code = record.country_code ?? record.country?.iso_code;
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : undefined;
}

function toPublicAddress(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' ? parsed.toString() : undefined;
}
