import { redirect } from '@sveltejs/kit';
import { publicConfig } from '#lib/public-config.svelte.ts';

export async function load() {
  const config = await publicConfig.get();
  if (!config.setup_required) redirect(307, '/');
  return { config };
}
