import type { Profile } from '@aiwfe/api-client';
import { redirect } from '@sveltejs/kit';
import { api, session } from '#lib/api/index.ts';
import { signInPath } from '#lib/features/account/next-path.ts';
import { preferences } from '#lib/preferences.svelte.ts';
import { publicConfig } from '#lib/public-config.svelte.ts';

/** Lets only signed-in people in. Without an answer of the server it throws, and signs nobody out (I12). */
export async function load({ url, untrack }) {
  const here = untrack(() => url.pathname + url.search + url.hash);
  const config = await publicConfig.get();
  if (config.setup_required) redirect(307, '/setup');
  const status = await session.load();
  if (!status.authenticated) redirect(307, signInPath(here));
  if (status.restriction) redirect(307, `/finish-sign-in?next=${encodeURIComponent(here)}`);
  await preferences.apply(await api.get<Profile>('/profile'));
  return { config };
}
