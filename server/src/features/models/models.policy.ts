import type { Actor } from '../../platform/http/route.ts';

/** Models serve everybody, so only administrators change them. */
export function canChangeModels(actor: Pick<Actor, 'role'>): boolean {
  return actor.role === 'admin' || actor.role === 'superuser';
}
