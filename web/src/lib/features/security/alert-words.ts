import type { SecurityAlert } from '@aiwfe/api-client';
import { writeDuration } from '#lib/messages/durations.ts';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { countryName } from './words.ts';

type Facts = SecurityAlert['facts'];
type Signal = Facts['signals'][number];

const country = (code: string | undefined): string =>
  code === undefined ? t('security.alerts.somewhere') : countryName(code);

const sentences: Record<Signal, (facts: Facts) => string> = {
  new_device: ({ device, country: code }) => {
    const name = device ?? t('security.alerts.unknown_device');
    return code === undefined
      ? t('security.alerts.new_device', { device: name })
      : t('security.alerts.new_device_in', { device: name, country: country(code) });
  },
  new_country: (facts) => t('security.alerts.new_country', { country: country(facts.country) }),
  impossible_travel: (facts) =>
    t('security.alerts.impossible_travel', {
      country: country(facts.country),
      previous: country(facts.previous_country),
      time: writeDuration(Math.max(1, facts.minutes ?? 0) * 60_000, { long: true }),
      distance: facts.distance_km ?? 0,
    }),
  burst: (facts) =>
    facts.failures === undefined
      ? t('security.alerts.burst', { count: facts.sign_ins ?? 0, minutes: facts.within_minutes ?? 0 })
      : t('security.alerts.burst_failures', { count: facts.failures }),
  unusual_hour: (facts) =>
    t('security.alerts.unusual_hour', {
      hour: `${String(facts.hour ?? 0).padStart(2, '0')}:00`,
      zone: facts.time_zone ?? 'UTC',
    }),
  password_spraying: (facts) => t('security.alerts.password_spraying', { count: facts.accounts ?? 0 }),
};

const isKnown = (signal: string): signal is Signal => Object.hasOwn(sentences, signal);

/** What happened, in plain words; the server's own where it speaks of something this page does not know. */
export function explain(alert: SecurityAlert): string {
  const { signals } = alert.facts;
  if (signals.length === 0 || !signals.every(isKnown)) return alert.explanation;
  const after = alert.response === 'notify' ? [] : [t(`security.alerts.after_${alert.response}`)];
  return [...signals.map((signal) => sentences[signal](alert.facts)), ...after].join(' ');
}

/** What kind of thing it was, in a few words. */
export function alertTitle(alert: SecurityAlert): string {
  return textOr(`security.alerts.kind.${alert.kind}`, t('security.alerts.kind.other'));
}

/** Device, country and address, as far as they are known. */
export function alertPlace({ facts }: SecurityAlert): string {
  return [facts.device, facts.country && countryName(facts.country), facts.address]
    .filter(Boolean)
    .join(' · ');
}
