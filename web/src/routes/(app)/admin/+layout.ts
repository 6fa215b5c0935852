import { error } from '@sveltejs/kit';
import { session } from '#lib/api/index.ts';
import { t } from '#lib/messages/translate.svelte.ts';

/** For everybody else these addresses lead nowhere; what they show is refused by the server anyway. */
export async function load({ parent }) {
  await parent();
  const role = session.user?.role;
  if (role === 'admin' || role === 'superuser') return;
  error(404, { title: t('ui.error.not_found_title'), message: t('ui.error.not_found_text') });
}
