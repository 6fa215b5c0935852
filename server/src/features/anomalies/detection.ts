import { countryName, distanceKm, type Geo } from '../../platform/geo/geo.ts';
import type { AnomalyKind, AnomalyResponse } from '../policies/index.ts';
import type { RiskSignal } from '../sign-in/index.ts';

export interface PastSignIn {
  atMs: number;
  country: string | undefined;
}

/** What is known when somebody has just proved a first factor. */
export interface SignInFacts {
  atMs: number;
  country: string | undefined;
  /** For people: "Firefox on Linux". */
  deviceLabel: string;
  deviceKnown: boolean;
  /** False for an account that nobody has signed in to before: then nothing can be new. */
  hasHistory: boolean;
  /** Newest first. */
  past: PastSignIn[];
  /** Countries of devices, beside those of `past`. */
  deviceCountries: string[];
  /** Failed attempts on this account since its last sign-in, within `failureWindowMinutes`. */
  failures: number;
  timeZone: string;
  /** How many accounts this network was seen trying; 0 when it was not. */
  sprayedAccounts: number;
}

const minuteMs = 60_000;
/** Faster than an airliner. */
const maxSpeedKmh = 900;
/** Borders and offline data are coarse. */
const travelToleranceKm = 100;
export const failureWindowMinutes = 15;
const failuresBeforeSuccess = 5;
const burstWindowMinutes = 10;
const burstSignIns = 6;
/** Fewer sign-ins say nothing about habits. */
const habitSignIns = 20;
/** An hour is unusual when less than this share of sign-ins fell into it or an hour beside it. */
const usualShare = 0.02;

/** All that is unusual about a sign-in, whatever the policy makes of it. Pure: the same facts give the same signals. */
export function detectSignals(facts: SignInFacts, geo: Pick<Geo, 'centroidOf'>): RiskSignal[] {
  const found = [
    spraying(facts),
    impossibleTravel(facts, geo),
    newCountry(facts),
    burst(facts),
    newDevice(facts),
    unusualHour(facts),
  ];
  return found.filter((signal) => signal !== undefined);
}

function newDevice({ deviceKnown, hasHistory, deviceLabel }: SignInFacts): RiskSignal | undefined {
  if (deviceKnown || !hasHistory) return undefined;
  return { kind: 'new_device', severity: 'info', facts: { device: deviceLabel } };
}

function newCountry({ country, past, deviceCountries }: SignInFacts): RiskSignal | undefined {
  const known = new Set([...deviceCountries, ...past.map((signIn) => signIn.country)]);
  known.delete(undefined);
  if (country === undefined || known.size === 0 || known.has(country)) return undefined;
  return { kind: 'new_country', severity: 'warning', facts: { country } };
}

/**
 * Compares the time since the last sign-in with the way between the two countries. Coarse on purpose: what counts is the
 * shortest way between their circles, less a tolerance, so that neighbours are never impossible.
 */
function impossibleTravel(facts: SignInFacts, geo: Pick<Geo, 'centroidOf'>): RiskSignal | undefined {
  const last = facts.past.find((signIn) => signIn.country !== undefined);
  if (!last?.country || facts.country === undefined || last.country === facts.country) return undefined;
  const from = geo.centroidOf(last.country);
  const to = geo.centroidOf(facts.country);
  if (!from || !to) return undefined;
  const distance = distanceKm(from, to);
  const shortestKm = distance - from.radiusKm - to.radiusKm - travelToleranceKm;
  const minutes = Math.max(0, (facts.atMs - last.atMs) / minuteMs);
  if (shortestKm <= (minutes / 60) * maxSpeedKmh) return undefined;
  return {
    kind: 'impossible_travel',
    severity: 'critical',
    facts: {
      country: facts.country,
      previous_country: last.country,
      distance_km: Math.round(distance / 10) * 10,
      minutes: Math.round(minutes),
    },
  };
}

function burst({ past, atMs, failures }: SignInFacts): RiskSignal | undefined {
  if (failures >= failuresBeforeSuccess)
    return {
      kind: 'burst',
      severity: 'warning',
      facts: { failures, within_minutes: failureWindowMinutes },
    };
  const since = atMs - burstWindowMinutes * minuteMs;
  const signIns = 1 + past.filter((signIn) => signIn.atMs > since).length;
  if (signIns < burstSignIns) return undefined;
  return {
    kind: 'burst',
    severity: 'warning',
    facts: { sign_ins: signIns, within_minutes: burstWindowMinutes },
  };
}

function unusualHour({ past, atMs, timeZone }: SignInFacts): RiskSignal | undefined {
  if (past.length < habitSignIns) return undefined;
  const hourOf = hoursIn(timeZone);
  const histogram = new Array<number>(24).fill(0);
  for (const signIn of past) {
    const hour = hourOf(signIn.atMs);
    histogram[hour] = (histogram[hour] ?? 0) + 1;
  }
  const hour = hourOf(atMs);
  const near = [hour + 23, hour, hour + 1].reduce((sum, each) => sum + (histogram[each % 24] ?? 0), 0);
  if (near / past.length >= usualShare) return undefined;
  return { kind: 'unusual_hour', severity: 'info', facts: { hour, time_zone: timeZone } };
}

function spraying({ sprayedAccounts }: SignInFacts): RiskSignal | undefined {
  if (sprayedAccounts === 0) return undefined;
  return { kind: 'password_spraying', severity: 'critical', facts: { accounts: sprayedAccounts } };
}

function hoursIn(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  return (atMs) => Number(format.format(atMs));
}

/** An alert of the same person that may speak for this sign-in too. */
export interface EarlierAlert {
  kinds: AnomalyKind[];
  atMs: number;
  /** `denied` only as long as the password is the one it was then. */
  decision: 'confirmed' | 'denied' | undefined;
  country: string | undefined;
  /** Where an impossible journey began. */
  previousCountry: string | undefined;
  network: string | undefined;
  userAgent: string | undefined;
}

export interface Place {
  country: string | undefined;
  network: string;
  userAgent: string;
}

const dayMs = 86_400_000;
export const confirmationDays = 30;
/** Of these "this was me" says something about later sign-ins as well. */
const placeBound: readonly AnomalyKind[] = ['new_device', 'new_country', 'impossible_travel', 'unusual_hour'];
const countryBound: readonly AnomalyKind[] = ['new_country', 'impossible_travel'];

/**
 * Drops what the person confirmed for this place before, and what they would only be told of twice within a day. What
 * asks for more than a notice goes on asking until it is confirmed.
 */
export function withoutAnswered(
  signals: RiskSignal[],
  earlier: EarlierAlert[],
  at: Place & { atMs: number },
  responseTo: (kind: AnomalyKind) => AnomalyResponse,
): RiskSignal[] {
  return signals.filter(({ kind, facts }) => {
    const answers = (alert: EarlierAlert): boolean => {
      if (alert.decision === 'denied') return false;
      const wayBack = alert.previousCountry === at.country && alert.country === facts.previous_country;
      if (!alert.kinds.includes(kind) || (alert.country !== at.country && !wayBack)) return false;
      const samePlace =
        countryBound.includes(kind) || alert.network === at.network || alert.userAgent === at.userAgent;
      if (!samePlace) return false;
      const ageMs = at.atMs - alert.atMs;
      if (alert.decision === undefined) return responseTo(kind) === 'notify' && ageMs < dayMs;
      return ageMs < (placeBound.includes(kind) ? confirmationDays * dayMs : dayMs);
    };
    return !earlier.some(answers);
  });
}

/**
 * True where the person said of a sign-in from this place that it was not them. Whoever it was knows the password, and
 * would otherwise be asked to choose the next one.
 */
export function isDeniedPlace(earlier: EarlierAlert[], at: Place): boolean {
  return earlier.some(
    (alert) =>
      alert.decision === 'denied' &&
      (alert.network === at.network || (alert.country === at.country && alert.userAgent === at.userAgent)),
  );
}

const strength: readonly AnomalyResponse[] = ['ignore', 'notify', 'step_up', 'block'];

/** The strongest answer wins. */
export function strongestResponse(responses: AnomalyResponse[]): AnomalyResponse {
  const strongest = Math.max(0, ...responses.map((response) => strength.indexOf(response)));
  return strength[strongest] ?? 'ignore';
}

/** "Portugal", or "an unknown country". */
export function nameCountry(country: unknown): string {
  return typeof country === 'string' ? countryName(country) : 'an unknown country';
}
