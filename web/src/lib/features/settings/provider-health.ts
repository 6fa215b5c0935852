import type { ProviderHealth } from '@aiwfe/api-client';
import { refusalText } from '#lib/messages/refusals.ts';
import { t } from '#lib/messages/translate.svelte.ts';

/** Why a provider is not well, in the person's language. */
export function healthText({ code, detail, reason, params }: ProviderHealth): string {
  const told = code === null ? detail : refusalText({ code, detail: detail ?? '', reason, params });
  return told || t('settings.providers.no_detail');
}
