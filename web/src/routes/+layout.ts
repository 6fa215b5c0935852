import { texts } from '#lib/messages/translate.svelte.ts';

export const ssr = false;
export const prerender = false;

/** Before somebody is signed in, the browser says which language they read. */
export async function load() {
  await texts.useAtEntrance(navigator.language);
}
