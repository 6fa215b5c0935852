import { redirect } from '@sveltejs/kit';
import { accountSetup } from '#lib/messages/en/account-setup.ts';
import { texts } from '#lib/messages/translate.svelte.ts';
import { publicConfig } from '#lib/public-config.svelte.ts';

export async function load() {
  const [config] = await Promise.all([publicConfig.get(), texts.addAtEntrance(async () => accountSetup)]);
  if (!config.setup_required) redirect(307, '/');
  return { config };
}
