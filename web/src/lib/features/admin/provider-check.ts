import type { SignInProviderTest } from '@aiwfe/api-client';
import { refusalText } from '#lib/messages/refusals.ts';
import { t, textOr } from '#lib/messages/translate.svelte.ts';

export type ProviderCheck = SignInProviderTest['checks'][number];

/** What a check of a sign-in provider found, and what to do about it, in the person's language. */
export function checkText({ name, code, detail, params, refusal }: ProviderCheck): string {
  if (!refusal) return textOr(`admin.providers.found.${name}.${code}`, detail, params);
  const told = refusalText(refusal);
  return refusal.detail === detail ? told : `${told} ${t('admin.providers.advice')}`;
}
