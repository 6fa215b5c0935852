import type { SecurityOverview } from '@aiwfe/api-client';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { joinWords } from './words.ts';

/** "You sign in with a passkey or your password." */
export function signInSentence(methods: string[]): string {
  const ways = methods
    .filter((method) => method !== 'totp')
    .map((method) => {
      const [kind, name = ''] = method.split(':');
      return textOr(`security.way.${kind}`, name || method, { name });
    });
  const words = joinWords([...new Set(ways)], 'disjunction');
  // The app's code follows a password; who has no other way in than that one is asked for it at each sign-in.
  return methods.includes('totp')
    ? t('security.overview.ways_totp', { ways: words })
    : t('security.overview.ways', { ways: words });
}

/** What the person should know first: how they sign in, on how many devices, and whether anything is odd. */
export function overviewSentence(overview: SecurityOverview): string {
  return [
    signInSentence(overview.sign_in_methods),
    t('security.overview.devices', { count: overview.devices }),
    overview.open_alerts === 0
      ? t('security.overview.nothing_unusual')
      : t('security.overview.alerts', { count: overview.open_alerts }),
  ].join(' ');
}
