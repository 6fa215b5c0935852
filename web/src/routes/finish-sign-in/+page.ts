import { redirect } from '@sveltejs/kit';
import { session } from '#lib/api/index.ts';
import { safeNextPath, signInPath } from '#lib/features/account/next-path.ts';
import { factorTexts } from '#lib/features/factors/factor-texts.ts';
import { publicConfig } from '#lib/public-config.svelte.ts';

/** For sign-ins that may do one thing only; everybody else is led on. */
export async function load({ url }) {
  const [config] = await Promise.all([publicConfig.get(), factorTexts()]);
  const next = safeNextPath(url.searchParams.get('next'), url.origin);
  const status = await session.load();
  if (!status.authenticated) redirect(307, signInPath(next));
  if (!status.restriction) redirect(307, next);
  return { config, next, restriction: status.restriction };
}
