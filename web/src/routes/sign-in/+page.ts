import { redirect } from '@sveltejs/kit';
import { session } from '#lib/api/index.ts';
import { safeNextPath } from '#lib/features/account/next-path.ts';
import { publicConfig } from '#lib/public-config.svelte.ts';

export async function load({ url }) {
  const config = await publicConfig.get();
  if (config.setup_required) redirect(307, '/setup');
  const next = safeNextPath(url.searchParams.get('next'), url.origin);
  if (!session.endedByServer && (await session.load()).authenticated) redirect(307, next);
  return { config, next };
}
