import type { HandleClientError } from '@sveltejs/kit/hooks';
import { describeError } from '#lib/messages/describe-error.ts';
import { t } from '#lib/messages/translate.svelte.ts';

/** Turns what a load function or a component threw into what the error page shows. */
export const handleError: HandleClientError = ({ error, kind }) => {
  // A load function that refuses by itself has its own words.
  if (kind === 'app') return {};
  // The framework itself raises nothing but addresses that lead nowhere.
  if (kind === 'framework') {
    return { title: t('ui.error.not_found_title'), message: t('ui.error.not_found_text') };
  }
  const described = describeError(error);
  return { title: described.title, message: described.text, requestId: described.requestId };
};
