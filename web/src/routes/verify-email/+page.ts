import { recoveryTexts } from '#lib/features/recovery/recovery-texts.ts';
import { publicConfig } from '#lib/public-config.svelte.ts';

export async function load() {
  await recoveryTexts();
  return { config: await publicConfig.get() };
}
