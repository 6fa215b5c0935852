import type { AnomalyKind } from '../policies/index.ts';
import { nameCountry } from './detection.ts';

/** Plain values that say what was unusual; the page says it in its own language from them. */
export interface AlertFacts {
  signals: AnomalyKind[];
  country?: string;
  device?: string;
  previous_country?: string;
  distance_km?: number;
  minutes?: number;
  sign_ins?: number;
  failures?: number;
  within_minutes?: number;
  hour?: number;
  time_zone?: string;
  accounts?: number;
  networks?: number;
  attempts?: number;
}

const number = new Intl.NumberFormat('en');

const sentences: Record<AnomalyKind, (facts: AlertFacts, who: string) => string> = {
  new_device: (facts, who) =>
    `${who} from a device that was not used before: ${facts.device ?? 'an unknown device'}${
      facts.country === undefined ? '' : `, in ${nameCountry(facts.country)}`
    }.`,
  new_country: (facts, who) =>
    `${who} from ${nameCountry(facts.country)}, where this account was not used before.`,
  impossible_travel: (facts, who) =>
    `${who} from ${nameCountry(facts.country)}. You were in ${nameCountry(facts.previous_country)} ${ago(
      facts.minutes ?? 0,
    )} earlier, which is ${number.format(facts.distance_km ?? 0)} km away.`,
  burst: (facts, who) =>
    facts.failures === undefined
      ? `There were ${facts.sign_ins ?? 0} sign-ins within ${facts.within_minutes ?? 0} minutes.`
      : `${who} right after ${facts.failures} attempts that failed.`,
  unusual_hour: (facts, who) =>
    `${who} at about ${String(facts.hour ?? 0).padStart(2, '0')}:00 (${facts.time_zone ?? 'UTC'}), when you usually do not.`,
  password_spraying: (facts, who) =>
    `${who} from a network that was trying passwords on ${facts.accounts ?? 0} accounts.`,
};

const afterwards = {
  notify: '',
  step_up: ' A further proof was asked for.',
  block: ' That was refused.',
};

/** What happened, in plain words, for the person or (without an owner) for administrators. */
export function explainAlert(alert: {
  facts: AlertFacts;
  response: 'notify' | 'step_up' | 'block';
  ofSystem: boolean;
}): string {
  const { facts } = alert;
  if (alert.ofSystem)
    return `Somebody is trying passwords on many accounts: ${facts.accounts ?? 0} accounts from ${plural(
      facts.networks ?? 0,
      'network',
    )} within ${facts.within_minutes ?? 0} minutes.`;
  // Beside an impossible journey it goes without saying that the country is new.
  const told = facts.signals.includes('impossible_travel')
    ? facts.signals.filter((kind) => kind !== 'new_country')
    : facts.signals;
  const who = alert.response === 'block' ? 'Somebody tried to sign in' : 'Somebody signed in';
  return told.map((kind) => sentences[kind](facts, who)).join(' ') + afterwards[alert.response];
}

function ago(minutes: number): string {
  if (minutes < 1) return 'less than a minute';
  return minutes < 120 ? plural(minutes, 'minute') : plural(Math.round(minutes / 60), 'hour');
}

function plural(count: number, word: string): string {
  return `${number.format(count)} ${word}${count === 1 ? '' : 's'}`;
}
