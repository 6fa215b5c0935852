import { publicConfig } from '#lib/public-config.svelte.ts';

export async function load() {
  return { config: await publicConfig.get() };
}
