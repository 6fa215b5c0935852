import type { OwnEvent } from '@aiwfe/api-client';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { countryName, factorWords } from './words.ts';

/** What was done, as a sentence; an action that this page does not know by its code. */
export function activitySentence({ action, outcome }: OwnEvent): string {
  const what = textOr(`security.action.${action}`, action);
  if (outcome === 'success') return what;
  return textOr(`security.action.${action}.failed`, t('security.activity.refused', { what }));
}

/** By whom, with what, from where, and why not: what is known of it. */
export function activityFacts(event: OwnEvent): string[] {
  const reason = event.code && textOr(`security.reason.${event.code}`, event.code);
  return [
    event.by === 'you' ? null : t(`security.activity.by.${event.by}`),
    event.factor &&
      t('security.activity.with', { factors: factorWords(event.factor.split(/[\s,+]+/).filter(Boolean)) }),
    event.outcome === 'failure' ? reason : null,
    event.user_agent_label,
    event.country && countryName(event.country),
    event.address,
  ].filter((fact): fact is string => typeof fact === 'string' && fact !== '');
}
