import { redirect } from '@sveltejs/kit';

/** Sessions have moved; old links lead to their new place. */
export function load() {
  redirect(307, '/security/sessions');
}
